// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"time"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/decimal"
)

// Pressure is a file of /proc/pressure, or a cgroup's cpu.pressure and its
// like: for how much of the time work stood still for want of something.
//
// Some is the time in which one task did at least, and Full that in which all
// did. The file of interrupts has no Some, that of CPUs has Full since Linux
// 5.13: [Pressure.Has] tells what was printed.
type Pressure struct {
	Some, Full Stall

	has uint8
}

// Stall is a line of Pressure: averages over 10, 60 and 300 seconds, in
// percent, and all since boot (or since the cgroup was made).
type Stall struct {
	Avg10, Avg60, Avg300 float64
	Total                time.Duration // to the microsecond
}

// PressureLine is a line of a file of pressure.
type PressureLine uint8

// The lines of a file of pressure.
const (
	PressureSome PressureLine = iota
	PressureFull
)

// String is the kernel's word for the line: "some".
func (l PressureLine) String() string {
	switch l {
	case PressureSome:
		return "some"
	case PressureFull:
		return "full"
	}
	return "line"
}

// PressureResource is what there may be too little of.
type PressureResource int

// The files of /proc/pressure.
const (
	PressureCPU PressureResource = iota
	PressureMemory
	PressureIO
	PressureIRQ // Linux 6.1

	pressureResources
)

// String is the name of the file: "memory".
func (r PressureResource) String() string {
	if r < 0 || r >= pressureResources {
		return "resource"
	}
	return systemTable[r.file()].name[len("pressure/"):]
}

func (r PressureResource) file() systemFile { return systemPressureCPU + systemFile(r) }

// valid says of a resource that there is none of its number.
func (r PressureResource) valid(f *FS) error {
	if r < 0 || r >= pressureResources {
		return failure("read", f.path+"/pressure", fmt.Errorf("%w: no resource has the number %d", fs.ErrInvalid, int(r)))
	}
	return nil
}

// Has reports whether the kernel printed the line.
func (p *Pressure) Has(l PressureLine) bool { return p.has&(1<<l) != 0 }

// ParsePressure reads the text of a file of pressure into *dst. Lines and
// numbers that this package does not know are passed over.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates for an error only.
func ParsePressure(b []byte, dst *Pressure) error {
	if problem := parsePressure(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parsePressure(b []byte, dst *Pressure) (problem string) {
	*dst = Pressure{}
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		key, rest := word(text)
		var ok bool
		switch string(key) {
		case "some":
			ok = dst.Some.parse(rest)
			dst.has |= 1 << PressureSome
		case "full":
			ok = dst.Full.parse(rest)
			dst.has |= 1 << PressureFull
		default:
			continue
		}
		if !ok {
			return "a line that has not three averages and a total"
		}
	}
	if dst.has == 0 {
		return "neither some nor full"
	}
	return ""
}

func (s *Stall) parse(b []byte) bool {
	seen := 0
	for {
		var pair []byte
		if pair, b = word(b); len(pair) == 0 {
			return seen == 1<<4-1
		}
		key, value, ok := bytes.Cut(pair, []byte("="))
		if !ok {
			return false
		}
		switch string(key) {
		case "avg10":
			s.Avg10, ok = percent(value)
			seen |= 1
		case "avg60":
			s.Avg60, ok = percent(value)
			seen |= 2
		case "avg300":
			s.Avg300, ok = percent(value)
			seen |= 4
		case "total":
			var n uint64
			n, ok = decimal.Parse(value)
			s.Total = duration(n, time.Microsecond)
			seen |= 8
		}
		if !ok {
			return false
		}
	}
}

func percent(b []byte) (float64, bool) {
	n, ok := fixed(b)
	return float64(n) / 100, ok
}

// Pressure reads a file of /proc/pressure: it opens the file, reads it, and
// closes it.
//
// errors.Is finds [kernlink.ErrNotSupported] where the kernel was built or
// started without it: the Hint says what it takes.
func (f *FS) Pressure(r PressureResource) (p Pressure, err error) {
	if err := r.valid(f); err != nil {
		return p, err
	}
	err = once(f, r.file(), &p, parsePressure)
	return p, err
}

// ReadPressureInto reads a file of /proc/pressure into *dst, as
// [FS.ReadMeminfoInto] does. The errors are those of [FS.Pressure].
func (f *FS) ReadPressureInto(r PressureResource, dst *Pressure) error {
	if err := r.valid(f); err != nil {
		return err
	}
	k := &f.kept[r.file()]
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := f.text(r.file())
	if err != nil {
		return err
	}
	return f.parsed(r.file(), b, parsePressure(b, dst))
}

// PressureAt reads a file of pressure that is elsewhere, a cgroup's:
//
//	group, err := attr.OpenDir("/sys/fs/cgroup/my.slice", attr.Sysfs)
//	p, err := procfs.PressureAt(group.File("memory.pressure"))
//
// errors.Is finds [kernlink.ErrGone] when the cgroup was removed,
// [kernlink.ErrNotSupported] when pressure is switched off, and what
// [attr.File.Read] says.
func PressureAt(file attr.File) (p Pressure, err error) {
	b, err := file.Read()
	if err != nil {
		return p, err
	}
	if problem := parsePressure(b, &p); problem != "" {
		err = malformed(file.Path(), b, problem)
	}
	return p, err
}
