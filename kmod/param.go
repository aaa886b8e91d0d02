// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Param returns the file of one of the module's parameters, to be read and
// written with package attr:
//
//	words, err := attr.Get[[]string](mod.Param("args"))
//
// "-" and "_" are equal in its name. The file holds nothing open and goes by
// the names, as the module does.
//
// It does not look whether there is one: what is wrong shows when the file is
// used. Then errors.Is finds fs.ErrInvalid for what cannot be a name, and
// fs.ErrNotExist for a parameter that the module does not have, one without a
// file, since its permissions are 0, and for a module that has been unloaded.
//
// To list the parameters, and for those of what is built into the kernel, see
// modparam.FS.
func (m *Module) Param(name string) attr.File {
	name = Normalize(name)
	if !sys.IsName(name) {
		return attr.Invalid(m.name+"/parameters/"+name, attr.Param)
	}
	return attr.At("/sys/module/"+m.name+"/parameters/"+name, attr.Param)
}
