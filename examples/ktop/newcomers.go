// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"os"
	"time"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// newcomers tells whether processes may have begun, without a look at all of
// /proc: the last word of /proc/loadavg is the number that was given to a
// process or a thread last. It moves with each one, except when a checkpoint is
// restored, which asks for certain numbers: seldom is for that.
type newcomers struct {
	file *attr.Value[[]byte] // nil: the number is not known
	buf  [64]byte
	last []byte
	at   time.Duration // when the answer was yes
}

// newNewcomers: loadavg tells of the namespace of who reads it, whichever
// procfs it is in, so the number is known only where that is the same.
func newNewcomers(proc *procfs.FS) *newcomers {
	self, err := proc.Self()
	if err != nil {
		return &newcomers{}
	}
	defer self.Close()
	if proc.Path() != "/proc" || self.PID() != os.Getpid() {
		return &newcomers{}
	}
	return &newcomers{file: attr.Of[[]byte](proc.Entry("loadavg"))}
}

func (n *newcomers) possible(now time.Duration) bool {
	if n.file == nil {
		return true
	}
	size, err := n.file.ReadInto(n.buf[:])
	text := n.buf[:size]
	last := text[bytes.LastIndexByte(text, ' ')+1:]
	if err == nil && bytes.Equal(last, n.last) && now-n.at < seldom {
		return false
	}
	n.last, n.at = append(n.last[:0], last...), now
	return true
}

func (n *newcomers) close() {
	if n.file != nil {
		n.file.Close()
	}
}
