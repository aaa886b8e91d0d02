// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"strings"
)

// Cmdline reads /proc/PID/cmdline: the arguments that the program was started
// with. The program may have written over them, so that there is one with
// blanks in it. They are nil without an error for a kernel thread and for a
// zombie, which have none.
//
// The errors are those of [Process.Stat]. It opens the file, reads it, and
// closes it.
func (p *Process) Cmdline() ([]string, error) {
	var args []string
	err := p.read(fileCmdline, func(b []byte) string {
		args = ParseCmdline(b)
		return ""
	})
	return args, err
}

// ReadCmdlineInto reads /proc/PID/cmdline into *dst, whose memory and that of
// its elements it uses again: each argument as raw bytes, none for a kernel
// thread and for a zombie. An owned handle keeps the file open, as
// [Process.ReadStatInto] does, and shows the arguments of the program that
// runs now.
//
// The errors are those of [Process.Stat]. It allocates for more or longer
// arguments than the last time.
func (p *Process) ReadCmdlineInto(dst *[]Text) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.text(fileCmdline, p.larger(0))
	if err != nil {
		return err
	}
	*dst = arguments(*dst, b)
	return nil
}

// arguments is ParseCmdline into memory that is used again.
func arguments(dst []Text, b []byte) []Text {
	dst = dst[:0]
	for len(b) > 0 {
		var arg []byte
		arg, b, _ = bytes.Cut(b, []byte{0})
		if len(dst) == cap(dst) {
			dst = append(dst, nil)
		} else {
			dst = dst[:len(dst)+1] // an element of last time, for its memory
		}
		last := &dst[len(dst)-1]
		*last = append((*last)[:0], arg...)
	}
	return dst
}

// ParseCmdline takes the text of /proc/PID/cmdline apart: each argument ends
// with a zero byte, and the last may lack it. Any bytes are such a text; none
// at all are nil.
func ParseCmdline(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	return strings.Split(string(bytes.TrimSuffix(b, []byte{0})), "\x00")
}

// Comm reads /proc/PID/comm: the name of the thread, raw, at most 15 bytes as
// a rule. The errors are those of [Process.Stat]. It opens the file, reads it,
// and closes it.
func (p *Process) Comm() (string, error) {
	var name string
	err := p.read(fileComm, func(b []byte) string {
		name = string(bytes.TrimSuffix(b, []byte("\n")))
		return ""
	})
	return name, err
}
