// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// Slab is a line of /proc/slabinfo, as slabinfo(5) has it: a cache of the
// kernel's for objects of one size. Name is borrowed.
type Slab struct {
	Name                   Text
	ActiveObjects, Objects uint64
	ObjectSize             uint64 // bytes
	ObjectsPerSlab         uint64
	PagesPerSlab           uint64
	Limit, BatchCount      uint64 // 0 since Linux 6.8, and with SLUB
	SharedFactor           uint64 // the same
	ActiveSlabs, Slabs     uint64
	SharedAvailable        uint64
}

// ParseSlab reads one line of /proc/slabinfo. Name borrows from b. errors.Is
// finds [ErrMalformed] for bytes that are no such line. It allocates for an
// error only.
func ParseSlab(b []byte) (Slab, error) { return one(b, parseSlab) }

func parseSlab(b []byte) (s Slab, problem string) {
	objects, rest, ok := bytes.Cut(b, []byte(" : tunables"))
	tunables, slabs, ok1 := bytes.Cut(rest, []byte(" : slabdata"))
	if !ok || !ok1 {
		return s, "no tunables and no slabdata"
	}
	r := row{b: objects}
	s = Slab{Name: r.text(), ActiveObjects: r.uint64(), Objects: r.uint64(), ObjectSize: r.uint64(), ObjectsPerSlab: r.uint64(), PagesPerSlab: r.uint64()}
	t := row{b: tunables}
	s.Limit, s.BatchCount, s.SharedFactor = t.uint64(), t.uint64(), t.uint64()
	d := row{b: slabs}
	s.ActiveSlabs, s.Slabs, s.SharedAvailable = d.uint64(), d.uint64(), d.uint64()
	if r.bad || t.bad || d.bad || r.count < 6 || t.count < 3 || d.count < 3 {
		return s, "not a name and eleven numbers"
	}
	return s, ""
}

// Slabs goes through /proc/slabinfo. The Name is borrowed until the next turn.
//
// errors.Is finds [kernlink.ErrRestricted] for all but root, and
// [kernlink.ErrNotSupported] without CONFIG_SLUB_DEBUG; the other errors in the
// loop are those of [Records]. It allocates for the loop, and nothing for a
// slab.
func (f *FS) Slabs() iter.Seq2[Slab, error] {
	return table(f.Entry("slabinfo"), "it needs CONFIG_SLUB_DEBUG", func() parser[Slab] { return below(2, parseSlab) })
}
