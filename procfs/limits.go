// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Unlimited is a [Limit] that is none.
const Unlimited = math.MaxUint64

// Resource is what a limit is about: RLIMIT_CPU and so on, by the number that
// getrlimit(2) has for it on most architectures.
type Resource int

// The resources of Linux (include/uapi/asm-generic/resource.h).
const (
	CPUTime      Resource = iota // seconds
	FileSize                     // bytes
	DataSize                     // bytes
	StackSize                    // bytes
	CoreFileSize                 // bytes
	ResidentSet                  // bytes
	ProcessCount                 // of the user
	OpenFiles
	LockedMemory   // bytes
	AddressSpace   // bytes
	FileLocks      //
	PendingSignals // of the user
	MsgQueueSize   // bytes
	NicePriority   // 20 minus the nice value
	RTPriority
	RTTime // microseconds

	resources
)

// limitNames are the words of the file, in the order of Resource.
var limitNames = [resources]string{
	"Max cpu time", "Max file size", "Max data size", "Max stack size", "Max core file size",
	"Max resident set", "Max processes", "Max open files", "Max locked memory", "Max address space",
	"Max file locks", "Max pending signals", "Max msgqueue size", "Max nice priority",
	"Max realtime priority", "Max realtime timeout",
}

// String returns the name that the limits file has for the resource.
func (r Resource) String() string {
	if r < 0 || r >= resources {
		return "resource"
	}
	return limitNames[r]
}

// Limit is a resource's two limits, in the unit of its [Resource]. [Unlimited]
// is none.
type Limit struct{ Soft, Hard uint64 }

// Limits is /proc/PID/limits: limits[OpenFiles].Soft.
type Limits [resources]Limit

// ParseLimits reads the text of /proc/PID/limits into *dst. errors.Is finds
// [ErrMalformed] for bytes that are no such text, or that lack one of the
// resources. It allocates for an error only.
func ParseLimits(b []byte, dst *Limits) error {
	if problem := parseLimits(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseLimits(b []byte, dst *Limits) (problem string) {
	*dst = Limits{}
	seen := 0
	_, b = line(b) // the headings
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		r, values, ok := limitOf(text)
		if !ok {
			continue // of a newer kernel
		}
		soft, values := word(values)
		hard, _ := word(values)
		var ok1, ok2 bool
		dst[r].Soft, ok1 = limit(soft)
		dst[r].Hard, ok2 = limit(hard)
		if !ok1 || !ok2 {
			return "a limit that is no number"
		}
		seen |= 1 << r
	}
	if seen != 1<<resources-1 {
		return "not all of the sixteen limits"
	}
	return ""
}

// limitOf finds the resource of a line: its name has spaces of its own, and
// two at least stand after it.
func limitOf(text []byte) (r Resource, values []byte, ok bool) {
	for i, name := range limitNames {
		if len(text) > len(name) && string(text[:len(name)]) == name && text[len(name)] == ' ' {
			return Resource(i), text[len(name):], true
		}
	}
	return 0, nil, false
}

func limit(b []byte) (uint64, bool) {
	if bytes.Equal(b, []byte("unlimited")) {
		return Unlimited, true
	}
	return decimal.Parse(b)
}

// Limits reads /proc/PID/limits: it opens the file, reads it, and closes it.
// The errors are those of [Process.Stat].
func (p *Process) Limits() (Limits, error) {
	var l Limits
	err := p.read(fileLimits, func(b []byte) string { return parseLimits(b, &l) })
	return l, err
}
