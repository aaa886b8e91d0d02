// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"fmt"

	"github.com/kernlink/kernlink"
)

// Frame is one function of the kernel on the stack of a thread.
type Frame struct {
	Function string // or an address in hexadecimal that belongs to none
	Offset   uint64 // how far into it, in bytes
	Size     uint64 // of the function
	Module   string // "" for one of the kernel itself
}

// String is the kernel's form of the frame, do_wait+0x5a/0x120.
func (f Frame) String() string {
	s := f.Function
	if f.Size > 0 {
		s = fmt.Sprintf("%s+%#x/%#x", f.Function, f.Offset, f.Size)
	}
	if f.Module != "" {
		s += " [" + f.Module + "]"
	}
	return s
}

// ParseFrame reads one line of /proc/PID/stack. errors.Is finds [ErrMalformed]
// for bytes that are no such line.
func ParseFrame(b []byte) (Frame, error) {
	f, problem := parseFrame(b)
	if problem != "" {
		return Frame{}, malformed("", b, problem)
	}
	return f, nil
}

func parseFrame(b []byte) (f Frame, problem string) {
	address, rest := word(b)
	if !bytes.HasPrefix(address, []byte("[<")) || !bytes.HasSuffix(address, []byte(">]")) {
		return f, "no address in [<>]"
	}
	where, rest := word(rest)
	name, numbers, found := bytes.Cut(where, []byte("+"))
	if f.Function = string(name); f.Function == "" {
		return f, "no function"
	}
	if module, rest := word(rest); len(module) > 0 {
		if module[0] != '[' || module[len(module)-1] != ']' && len(trimBlanks(rest)) == 0 {
			return f, "something behind the function that is no module"
		}
		// With CONFIG_STACKTRACE_BUILD_ID the build follows the name.
		f.Module = string(bytes.Trim(module, "[]"))
	}
	if !found {
		return f, ""
	}
	offset, size, ok := bytes.Cut(numbers, []byte("/"))
	var ok1, ok2 bool
	f.Offset, ok1 = hex(bytes.TrimPrefix(offset, []byte("0x")))
	f.Size, ok2 = hex(bytes.TrimPrefix(size, []byte("0x")))
	if !ok || !ok1 || !ok2 || f.Offset > f.Size {
		return f, "an offset and a size that are none"
	}
	return f, ""
}

// Stack reads /proc/PID/stack: where in the kernel a thread is, the innermost
// function first; the first thread of a process. It is empty for one that runs,
// and no snapshot of one that goes on meanwhile. It opens the file, reads it,
// and closes it.
//
// It needs CAP_SYS_ADMIN in the first user namespace: errors.Is finds
// [kernlink.ErrRestricted] without, [kernlink.ErrGone], and
// [kernlink.ErrNotSupported] in a kernel without CONFIG_STACKTRACE.
func (p *Process) Stack() ([]Frame, error) {
	var frames []Frame
	err := p.read(fileStack, func(b []byte) (problem string) {
		for len(b) > 0 && problem == "" {
			var text []byte
			text, b = line(b)
			var f Frame
			f, problem = parseFrame(text)
			frames = append(frames, f)
		}
		return problem
	})
	if e, ok := err.(*kernlink.Error); ok && e.Kind == kernlink.ErrRestricted {
		e.Hint = "it needs CAP_SYS_ADMIN in the first user namespace"
	}
	return frames, err
}
