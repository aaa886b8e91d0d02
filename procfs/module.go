// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// Module is a line of /proc/modules. What it holds is borrowed. Package kmod
// has modules to work with.
type Module struct {
	Name  Text
	Size  uint64 // bytes that it takes up in the kernel
	State Text   // Live, Loading or Unloading
	Taint Text   // letters, as Documentation/admin-guide/tainted-kernels.rst has them: OE

	// Refs is how many use it, -1 in a kernel that cannot unload modules.
	Refs int

	// Address is where it lies. The kernel prints 0 to those who are not to
	// know it: see [FS.Symbols].
	Address uint64

	users []byte
}

// Users goes through the modules that use this one.
func (m *Module) Users() iter.Seq[Text] {
	return func(yield func(Text) bool) {
		for name := range bytes.SplitSeq(m.users, []byte(",")) {
			if len(name) > 0 && string(name) != permanent && string(name) != "-" && !yield(name) {
				return
			}
		}
	}
}

const permanent = "[permanent]"

// Permanent reports whether the module can never be unloaded.
func (m *Module) Permanent() bool {
	for name := range bytes.SplitSeq(m.users, []byte(",")) {
		if string(name) == permanent {
			return true
		}
	}
	return false
}

// ParseModule reads one line of /proc/modules. What it returns borrows from b.
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for an error only.
func ParseModule(b []byte) (Module, error) { return one(b, parseModule) }

func parseModule(b []byte) (m Module, problem string) {
	r := row{b: b}
	m = Module{Name: r.text(), Size: r.uint64()}
	if refs := r.text(); string(refs) == "-" {
		m.Refs = -1
	} else {
		var ok bool
		m.Refs, ok = narrow[int](signed(refs))
		r.bad = r.bad || !ok
	}
	m.users, m.State = r.text(), r.text()
	address, ok := bytes.CutPrefix(r.text(), []byte("0x"))
	if m.Address, r.bad = address16(address, r.bad || !ok); r.bad || r.count < 6 {
		return m, "not a name, a size, users, a state and an address"
	}
	if taint := r.text(); len(taint) > 2 && taint[0] == '(' && taint[len(taint)-1] == ')' {
		m.Taint = taint[1 : len(taint)-1]
	}
	return m, ""
}

func address16(b []byte, bad bool) (uint64, bool) {
	n, ok := hex(b)
	return n, bad || !ok
}

// Modules goes through /proc/modules. What a Module holds is borrowed until
// the next turn.
//
// errors.Is finds [kernlink.ErrNotSupported] in a kernel without
// CONFIG_MODULES; the other errors in the loop are those of [Records].
func (f *FS) Modules() iter.Seq2[Module, error] {
	return table(f.Entry("modules"), "it needs CONFIG_MODULES", func() parser[Module] { return plain(parseModule) })
}
