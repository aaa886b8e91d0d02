// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// pulse is /proc/PID/schedstat: how long the main thread was on a CPU and how
// long it waited for one, in nanoseconds, and how often it was put on one. It
// is the cheapest sign that a process did something.
//
// All methods may be called on nil, the pulse that is not known.
type pulse struct {
	file attr.File
	fd   int      // kept, and read by one pread(2), which attr.Of does not know to be all
	buf  [80]byte // room for three of the largest numbers
	text []byte
}

// pulseOf returns the pulse of a process, and nil where the kernel does not
// count: CONFIG_SCHED_INFO is missing, or it is off, which shows as zeros of a
// process that must have run.
func pulseOf(h *procfs.Process) *pulse {
	file := h.Entry("schedstat")
	fd, err := file.Open()
	if err != nil {
		return nil
	}
	p := &pulse{file: file, fd: fd}
	if _, err := p.beat(); err != nil || bytes.HasPrefix(p.text, []byte("0 0 0")) {
		p.close()
		return nil
	}
	return p
}

// beat looks, and reports whether the main thread ran since the last time.
func (p *pulse) beat() (ran bool, err error) {
	if p == nil {
		return true, nil
	}
	n, err := unix.Pread(p.fd, p.buf[:], 0)
	if err != nil {
		return true, p.file.ReadFailure("read", p.fd, err)
	}
	ran = !bytes.Equal(p.text, p.buf[:n])
	p.text = append(p.text[:0], p.buf[:n]...)
	return ran, nil
}

// runTime is the first of the numbers.
func (p *pulse) runTime() time.Duration {
	if p == nil {
		return 0
	}
	var ns time.Duration
	for _, c := range p.text {
		if c < '0' || c > '9' {
			break
		}
		ns = ns*10 + time.Duration(c-'0')
	}
	return ns
}

func (p *pulse) close() {
	if p != nil {
		unix.Close(p.fd)
		p.fd = -1 // a second time is for nobody else's file
	}
}
