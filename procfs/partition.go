// SPDX-License-Identifier: Apache-2.0

package procfs

import "iter"

// Partition is a line of /proc/partitions: a block device or a part of one,
// that has a size. Name is borrowed.
type Partition struct {
	Major, Minor uint32
	Size         uint64 // bytes, in steps of a KiB
	Name         Text
}

// ParsePartition reads one line of /proc/partitions. Name borrows from b.
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for an error only.
func ParsePartition(b []byte) (Partition, error) { return one(b, parsePartition) }

func parsePartition(b []byte) (p Partition, problem string) {
	r := row{b: b}
	p = Partition{Major: r.uint32(), Minor: r.uint32(), Size: r.kibi(), Name: r.text()}
	if r.bad || r.count < 4 {
		return p, "not a device, a size and a name"
	}
	return p, ""
}

// Partitions goes through /proc/partitions. The Name is borrowed until the
// next turn. The errors in the loop are those of [Records].
func (f *FS) Partitions() iter.Seq2[Partition, error] {
	return table(f.Entry("partitions"), "it needs CONFIG_BLOCK", func() parser[Partition] {
		return below(2, parsePartition)
	})
}
