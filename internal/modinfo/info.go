// SPDX-License-Identifier: Apache-2.0

package modinfo

import "iter"

// Info is what [Reader.Read] found. It is borrowed from the Reader's buffer
// and good until the next Read.
type Info struct {
	Section   []byte // the contents of .modinfo
	Bits      int    // 32 or 64: the width of the kernel's long
	BigEndian bool
	Machine   uint16 // e_machine: 62 is x86-64, 183 is arm64

	// Tail is what was seen behind the section headers, up to the end of the
	// file; it is nil if the end is further away. A signature is there.
	Tail []byte
}

// All yields every entry; see [Parse].
func (i Info) All() iter.Seq2[[]byte, []byte] { return Parse(i.Section) }

// Get returns the first value of key, as the kernel's get_modinfo does, and
// whether there is one. The value is borrowed.
func (i Info) Get(key string) ([]byte, bool) {
	for k, v := range Parse(i.Section) {
		if string(k) == key {
			return v, true
		}
	}
	return nil, false
}
