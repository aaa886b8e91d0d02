// SPDX-License-Identifier: Apache-2.0

package kmod

import "github.com/kernlink/kernlink/modparam"

// Info is what a module file says about itself: its .modinfo section.
type Info struct {
	Name        string
	Version     string // MODULE_VERSION
	SrcVersion  string // a checksum of the sources
	License     string
	Description string
	Authors     []string

	Depends  []string // modules whose symbols it uses
	SoftDeps []string // as the module says it: "pre: a b post: c"
	Aliases  []string // patterns of device identities: "pci:v00008086d*"
	Firmware []string // files it may ask for, below /lib/firmware
	Imports  []string // symbol namespaces, MODULE_IMPORT_NS

	// Params are the parameters that it describes. One with functions of its
	// own and no description is not among them; modparam.ReadSchema looks
	// deeper.
	Params []modparam.Spec

	// Vermagic is what the module was built for: the kernel's release and
	// the options that change what every module sees. The kernel compares it
	// with its own.
	Vermagic string

	InTree    bool // built as part of the kernel's own tree
	Retpoline bool // built with the mitigation of Spectre v2
	Staging   bool // from drivers/staging
	Signed    bool // a signature is appended; not whether this kernel trusts it

	// Other holds the entries that have no field above, as the file has them:
	// "key=value".
	Other []string

	memory *infoMemory // of ReadInfoInto
}
