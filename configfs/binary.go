// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"github.com/kernlink/kernlink/attr"
)

// Binary is a binary attribute: bytes that are read whole and written whole, in
// place of one value as text ("inblob" of a TSM report, "aml" of an ACPI
// table). It owns nothing and needs no Close.
type Binary struct {
	file attr.File
}

// binary is how such an attribute is read and written: as the others are, and
// of any size.
var binary = &attr.Policy{Channel: attr.Configfs.Channel, OneRead: true, Gone: attr.Configfs.Gone}

// Binary is the binary attribute of that name, or at a path below the node. It
// does not look whether there is one.
func (n *Node) Binary(name string) Binary { return Binary{n.dir.File(name).Using(binary)} }

// Path is the whole path, for people to read.
func (b Binary) Path() string { return b.file.Path() }

// Read returns the bytes, all of them as they were at one moment. It is a call.
//
// errors.Is finds [kernlink.ErrGone], [fs.ErrNotExist],
// [kernlink.ErrNotSupported] for one that can only be written,
// [kernlink.ErrRestricted], and what the driver says.
func (b Binary) Read() ([]byte, error) { return b.file.Read() }

// Write stores the bytes in place of those that are there. The driver is given
// them when the file is closed, which Write does; what it says then the kernel
// tells nobody, so that the only way to know what became of them is to read
// them, or whatever else the driver shows. It is a call.
//
// errors.Is finds EFBIG for more than the attribute takes, [fs.ErrInvalid] for
// no bytes at all, [kernlink.ErrReadOnly], [kernlink.ErrGone],
// [fs.ErrNotExist], [kernlink.ErrRestricted].
func (b Binary) Write(p []byte) error { return b.file.Write(p) }
