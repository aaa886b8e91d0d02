// SPDX-License-Identifier: Apache-2.0

package procfs

import "iter"

// Swap is a line of /proc/swaps: a partition or a file that memory is swapped
// to. Path and Type are borrowed.
type Swap struct {
	Path       Text   // \040(deleted) in the text is " (deleted)" here
	Type       Text   // partition or file
	Size, Used uint64 // bytes
	Priority   int    // the largest is used first

	memory []byte // of what had to be unescaped
}

// ParseSwap reads one line of /proc/swaps into *dst, which borrows from b and
// from memory of its own. b is not changed. errors.Is finds [ErrMalformed] for
// bytes that are no such line. It allocates for more escaped text than the
// last time, and for an error.
func ParseSwap(b []byte, dst *Swap) error {
	if problem := parseSwap(trimNewline(b), dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseSwap(b []byte, dst *Swap) (problem string) {
	r := row{b: b}
	c := columns{b: r.text(), memory: dst.memory[:0]}
	*dst = Swap{Path: c.unescaped(), Type: r.text(), Size: r.kibi(), Used: r.kibi(), Priority: r.int(), memory: c.memory}
	if r.bad || r.count < 5 {
		return "not a path, a type and three numbers"
	}
	return ""
}

// Swaps goes through /proc/swaps. What a Swap holds is borrowed until the next
// turn. The errors in the loop are those of [Records].
func (f *FS) Swaps() iter.Seq2[Swap, error] {
	return table(f.Entry("swaps"), "it needs CONFIG_SWAP", func() parser[Swap] {
		var s Swap
		return below(1, func(b []byte) (Swap, string) {
			problem := parseSwap(b, &s)
			return s, problem
		})
	})
}
