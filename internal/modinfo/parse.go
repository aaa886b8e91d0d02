// SPDX-License-Identifier: Apache-2.0

package modinfo

import (
	"bytes"
	"iter"
)

// Parse yields the entries of a .modinfo section, `key=value` each ended by a
// NUL, in the order of the file; a key may come many times. It never fails:
// the padding NULs that linkers put between entries are skipped, an entry
// without '=' has its text as the key and a nil value, and a last entry
// without NUL counts.
//
// Key and value are borrowed: they point into section. Nothing is allocated.
// The same section may be parsed by several goroutines.
//
// The format is that of __MODULE_INFO in include/linux/moduleparam.h.
func Parse(section []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for len(section) > 0 {
			entry := section
			if end := bytes.IndexByte(section, 0); end >= 0 {
				entry, section = section[:end], section[end+1:]
			} else {
				section = nil
			}
			if len(entry) == 0 {
				continue
			}
			key, value, found := bytes.Cut(entry, []byte{'='})
			if !found {
				value = nil
			}
			if !yield(key, value) {
				return
			}
		}
	}
}
