// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/kernlink/kernlink/internal/decimal"
)

// IO is /proc/PID/io: what a process has read and written since it began, its
// ended threads and the children that it waited for included. Calls are
// counted, and bytes: ReadChars and WriteChars what the calls moved,
// ReadBytes and WriteBytes what went to and from storage.
type IO struct {
	ReadChars, WriteChars, ReadCalls, WriteCalls uint64
	ReadBytes, WriteBytes, CancelledWriteBytes   uint64
}

// ParseIO reads the text of /proc/PID/io into *dst. errors.Is finds
// [ErrMalformed] for bytes that are no such text, or that lack one of the
// seven. It allocates for an error only.
func ParseIO(b []byte, dst *IO) error {
	if problem := parseIO(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseIO(b []byte, dst *IO) (problem string) {
	*dst = IO{}
	seen := 0
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		key, value, found := bytes.Cut(text, []byte(": "))
		if !found {
			return "a line without a colon"
		}
		field, bit := dst.field(key)
		if field == nil {
			continue // of a newer kernel
		}
		n, ok := decimal.Parse(value)
		if !ok {
			return "a value that is no number"
		}
		*field = n
		seen |= 1 << bit
	}
	if seen != 1<<7-1 {
		return "not all of the seven values"
	}
	return ""
}

func (io *IO) field(key []byte) (field *uint64, bit int) {
	switch string(key) {
	case "rchar":
		return &io.ReadChars, 0
	case "wchar":
		return &io.WriteChars, 1
	case "syscr":
		return &io.ReadCalls, 2
	case "syscw":
		return &io.WriteCalls, 3
	case "read_bytes":
		return &io.ReadBytes, 4
	case "write_bytes":
		return &io.WriteBytes, 5
	case "cancelled_write_bytes":
		return &io.CancelledWriteBytes, 6
	}
	return nil, 0
}

// IO reads /proc/PID/io: it opens the file, reads it, and closes it.
//
// errors.Is finds [kernlink.ErrRestricted] without the right to trace the
// process, [kernlink.ErrNotSupported] in a kernel without
// CONFIG_TASK_IO_ACCOUNTING, and [kernlink.ErrGone].
func (p *Process) IO() (IO, error) {
	var io IO
	err := p.read(fileIO, func(b []byte) string { return parseIO(b, &io) })
	return io, err
}

// ReadIOInto reads /proc/PID/io into *dst as [Process.ReadStatInto] does,
// without allocation. The errors are those of [Process.IO].
func (p *Process) ReadIOInto(dst *IO) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var buf small
	b, err := p.text(fileIO, buf[:])
	if err != nil {
		return err
	}
	if problem := parseIO(b, dst); problem != "" {
		return p.malformed(fileIO, b, problem)
	}
	return nil
}
