// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"iter"
	"math"
	"time"
)

// Disk is a line of /proc/diskstats: what a block device has done since it is
// there. Sizes are in bytes; the kernel counts sectors, which are 512 bytes
// whatever those of the device are. Name is borrowed.
//
// IOTime is the time in which there was a request, and WeightedIOTime counts
// it for each of them. The kernel counts times in milliseconds and lets them
// wrap, at 49 days on many versions: take differences.
type Disk struct {
	Major, Minor uint32
	Name         Text

	Reads, ReadsMerged, ReadBytes            uint64
	ReadTime                                 time.Duration
	Writes, WritesMerged, WrittenBytes       uint64
	WriteTime                                time.Duration
	InFlight                                 uint64 // requests at this moment
	IOTime, WeightedIOTime                   time.Duration
	Discards, DiscardsMerged, DiscardedBytes uint64
	DiscardTime                              time.Duration
	Flushes                                  uint64
	FlushTime                                time.Duration

	// Fields is how many columns the kernel printed: 14, with discards 18
	// (Linux 4.18), with flushes 20 (Linux 5.5). What comes after them is 0
	// because this kernel does not know it.
	Fields int
}

// ParseDisk reads one line of /proc/diskstats. Name borrows from b. errors.Is
// finds [ErrMalformed] for bytes that are no such line. It allocates for an
// error only.
func ParseDisk(b []byte) (Disk, error) { return one(b, parseDisk) }

func parseDisk(b []byte) (d Disk, problem string) {
	r := row{b: b}
	d = Disk{
		Major: r.uint32(), Minor: r.uint32(), Name: r.text(),
		Reads: r.uint64(), ReadsMerged: r.uint64(), ReadBytes: r.sectors(), ReadTime: r.millis(),
		Writes: r.uint64(), WritesMerged: r.uint64(), WrittenBytes: r.sectors(), WriteTime: r.millis(),
		InFlight: r.uint64(), IOTime: r.millis(), WeightedIOTime: r.millis(),
		Discards: r.uint64(), DiscardsMerged: r.uint64(), DiscardedBytes: r.sectors(), DiscardTime: r.millis(),
		Flushes: r.uint64(), FlushTime: r.millis(),
	}
	if d.Fields = r.count; r.bad || d.Fields < 14 {
		return d, "not a device, a name and eleven numbers"
	}
	return d, ""
}

// sectors takes a number of sectors, as bytes.
func (r *row) sectors() uint64 { return scaled(r.uint64(), 512) }

// kibi takes a number of KiB, as bytes.
func (r *row) kibi() uint64 { return scaled(r.uint64(), 1024) }

// scaled does not go round: a counter that the kernel got wrong is large.
func scaled(n, unit uint64) uint64 {
	if n > math.MaxUint64/unit {
		return math.MaxUint64
	}
	return n * unit
}

func (r *row) millis() time.Duration { return duration(r.uint64(), time.Millisecond) }

func duration(n uint64, unit time.Duration) time.Duration {
	return time.Duration(min(n, uint64(math.MaxInt64/unit))) * unit
}

// Disks goes through /proc/diskstats, block devices and their partitions. The
// Name is borrowed until the next turn. The errors in the loop are those of
// [Records].
func (f *FS) Disks() iter.Seq2[Disk, error] {
	return table(f.Entry("diskstats"), "it needs CONFIG_BLOCK", func() parser[Disk] { return plain(parseDisk) })
}
