// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// Buddy is a line of /proc/buddyinfo: the free blocks of a zone of memory.
// What it holds is borrowed.
type Buddy struct {
	Node int
	Zone Text // DMA, Normal

	// Free are how many blocks there are of each order: Free[n] of 1<<n pages.
	Free []uint64
}

// Pages are all the free ones.
func (b *Buddy) Pages() uint64 {
	pages := uint64(0)
	for order, n := range b.Free {
		pages += n << order
	}
	return pages
}

// ParseBuddy reads one line of /proc/buddyinfo into *dst, whose memory it uses
// again. Zone borrows from b. errors.Is finds [ErrMalformed] for bytes that
// are no such line. It allocates for more orders than the last time, and for
// an error.
func ParseBuddy(b []byte, dst *Buddy) error {
	if problem := parseBuddy(trimNewline(b), dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseBuddy(b []byte, dst *Buddy) (problem string) {
	*dst = Buddy{Free: dst.Free[:0]}
	node, zone, rest, ok := zoneHeading(b)
	if !ok {
		return "not a node and a zone"
	}
	dst.Node, dst.Zone = node, zone
	r := row{b: rest}
	for !r.ended() {
		dst.Free = append(dst.Free, r.uint64())
	}
	if r.bad || r.count == 0 {
		return "not a list of numbers"
	}
	return ""
}

// zoneHeading takes the words "Node 0, zone Normal" off a line.
func zoneHeading(b []byte) (node int, zone Text, rest []byte, ok bool) {
	r := row{b: b}
	if string(r.text()) != "Node" {
		return 0, nil, nil, false
	}
	number, comma := bytes.CutSuffix(r.text(), []byte(","))
	node, ok = narrow[int](signed(number))
	word := r.text()
	zone = r.text()
	return node, zone, r.b, comma && ok && string(word) == "zone" && len(zone) > 0
}

// Buddies goes through /proc/buddyinfo. What a Buddy holds is borrowed until
// the next turn. The errors in the loop are those of [Records].
func (f *FS) Buddies() iter.Seq2[Buddy, error] {
	return table(f.Entry("buddyinfo"), everyKernel, func() parser[Buddy] {
		var v Buddy
		return plain(func(b []byte) (Buddy, string) {
			problem := parseBuddy(b, &v)
			return v, problem
		})
	})
}
