// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"errors"
	"math"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/decimal"
	"github.com/kernlink/kernlink/internal/sys"
)

// SmapsRollup is /proc/PID/smaps_rollup: what all the memory of a process adds
// up to, in bytes; the kernel counts it in KiB. Pss has its share of what it
// has in common with others. Older kernels print fewer fields: one that was
// not printed is zero here, and [SmapsRollup.Has] tells.
type SmapsRollup struct {
	Rss            uint64
	Pss            uint64
	PssDirty       uint64
	PssAnon        uint64
	PssFile        uint64
	PssShmem       uint64
	SharedClean    uint64
	SharedDirty    uint64
	PrivateClean   uint64
	PrivateDirty   uint64
	Referenced     uint64
	Anonymous      uint64
	KSM            uint64
	LazyFree       uint64
	AnonHugePages  uint64
	ShmemPmdMapped uint64
	FilePmdMapped  uint64
	SharedHugetlb  uint64
	PrivateHugetlb uint64
	Swap           uint64
	SwapPss        uint64
	Locked         uint64

	has uint32
}

// SmapsField is one line of /proc/PID/smaps_rollup, for [SmapsRollup.Has].
type SmapsField uint8

// The fields in the order in which the kernel prints them (fs/proc/task_mmu.c).
const (
	SmapsRss SmapsField = iota
	SmapsPss
	SmapsPssDirty // Linux 6.0
	SmapsPssAnon
	SmapsPssFile
	SmapsPssShmem
	SmapsSharedClean
	SmapsSharedDirty
	SmapsPrivateClean
	SmapsPrivateDirty
	SmapsReferenced
	SmapsAnonymous
	SmapsKSM // Linux 6.7
	SmapsLazyFree
	SmapsAnonHugePages
	SmapsShmemPmdMapped
	SmapsFilePmdMapped
	SmapsSharedHugetlb
	SmapsPrivateHugetlb
	SmapsSwap
	SmapsSwapPss
	SmapsLocked

	smapsFields
)

var smapsNames = [smapsFields]string{
	"Rss", "Pss", "Pss_Dirty", "Pss_Anon", "Pss_File", "Pss_Shmem", "Shared_Clean", "Shared_Dirty",
	"Private_Clean", "Private_Dirty", "Referenced", "Anonymous", "KSM", "LazyFree", "AnonHugePages",
	"ShmemPmdMapped", "FilePmdMapped", "Shared_Hugetlb", "Private_Hugetlb", "Swap", "SwapPss", "Locked",
}

// String returns the name that the file has for the field.
func (f SmapsField) String() string {
	if f >= smapsFields {
		return "field"
	}
	return smapsNames[f]
}

// Has reports whether the kernel printed the field.
func (r *SmapsRollup) Has(f SmapsField) bool { return f < smapsFields && r.has&(1<<f) != 0 }

// ParseSmapsRollup reads the text of /proc/PID/smaps_rollup into *dst. Lines
// that this package does not know are passed over. errors.Is finds
// [ErrMalformed] for bytes that are no such text. It allocates for an error
// only.
func ParseSmapsRollup(b []byte, dst *SmapsRollup) error {
	if problem := parseSmapsRollup(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseSmapsRollup(b []byte, dst *SmapsRollup) (problem string) {
	*dst = SmapsRollup{}
	head, b := line(b)
	if !bytes.HasSuffix(head, []byte("[rollup]")) {
		return "no line with [rollup]"
	}
	next := SmapsField(0)
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		key, value, found := bytes.Cut(text, []byte(":"))
		if !found {
			return "a line without a colon"
		}
		f := smapsFieldOf(key, next)
		if f == smapsFields {
			continue // of a newer kernel
		}
		value, found = bytes.CutSuffix(value, []byte(" kB"))
		n, ok := decimal.Parse(trimBlanks(value))
		if !found || !ok || n > math.MaxUint64>>10 {
			return "a value that is no number of kB"
		}
		*dst.field(f) = n << 10
		dst.has |= 1 << f
		next = f + 1
	}
	if !dst.Has(SmapsRss) || !dst.Has(SmapsPss) {
		return "no Rss or no Pss"
	}
	return ""
}

// smapsFieldOf finds a key, looking at first where it is if none is missing.
func smapsFieldOf(key []byte, next SmapsField) SmapsField {
	for i := range smapsFields {
		f := (next + i) % smapsFields
		if string(key) == smapsNames[f] {
			return f
		}
	}
	return smapsFields
}

func (r *SmapsRollup) field(f SmapsField) *uint64 {
	return [...]*uint64{
		&r.Rss, &r.Pss, &r.PssDirty, &r.PssAnon, &r.PssFile, &r.PssShmem, &r.SharedClean, &r.SharedDirty,
		&r.PrivateClean, &r.PrivateDirty, &r.Referenced, &r.Anonymous, &r.KSM, &r.LazyFree, &r.AnonHugePages,
		&r.ShmemPmdMapped, &r.FilePmdMapped, &r.SharedHugetlb, &r.PrivateHugetlb, &r.Swap, &r.SwapPss, &r.Locked,
	}[f]
}

// SmapsRollup reads /proc/PID/smaps_rollup: it opens the file, reads it, and
// closes it. All is 0, and nothing printed, for a kernel thread and for a
// zombie, which have no memory. The kernel goes through all pages of the
// process for it: it is exact, and slower than [Process.Statm] by orders of
// magnitude.
//
// errors.Is finds [kernlink.ErrRestricted] without the right to trace the
// process, [kernlink.ErrGone], and [kernlink.ErrNotSupported] before Linux
// 4.14 or without CONFIG_PROC_PAGE_MONITOR.
func (p *Process) SmapsRollup() (SmapsRollup, error) {
	var r SmapsRollup
	err := p.ReadSmapsRollupInto(&r)
	return r, err
}

// ReadSmapsRollupInto reads /proc/PID/smaps_rollup into *dst, as
// [Process.SmapsRollup] does, without allocation. It keeps nothing open, for
// an owned handle either: an open file of this kind is the memory of the
// program that ran when it was opened.
func (p *Process) ReadSmapsRollupInto(dst *SmapsRollup) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, op, err := p.said(fileSmapsRollup, p.larger(0))
	if err == syscall.ESRCH && p.lives() {
		*dst = SmapsRollup{}
		return nil
	}
	if err != nil {
		return p.failure(op, fileSmapsRollup, err)
	}
	if problem := parseSmapsRollup(b, dst); problem != "" {
		return p.malformed(fileSmapsRollup, b, problem)
	}
	return nil
}

// lives looks, without allocation, whether the process is there. p.mu is held.
func (p *Process) lives() bool {
	fd, err := p.openPlain(fileStat, sys.PathOnly)
	if err == nil {
		sys.Close(fd)
	}
	return err == nil
}

// memoryless reports whether a file says that a process which is there has no
// memory: newer kernels say so when the file is opened.
func memoryless(err error) bool {
	return errors.Is(err, syscall.ESRCH) && !errors.Is(err, kernlink.ErrGone)
}
