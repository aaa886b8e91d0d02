// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// Sizes of the buffer for lines: seq_file gives a page at a time and more only
// for a record that is longer, and there is an end to what is one line.
const (
	firstLines = 8 << 10
	lastLine   = 64 << 20
)

// lines reads an open file line by line. It owns the descriptor.
type lines struct {
	fd         int
	buf        []byte
	start, end int // what is read and not taken yet
	scanned    int // from start on, where no newline is
	read       int // bytes altogether
	ended      bool
}

func newLines(fd int) *lines { return &lines{fd: fd, buf: make([]byte, firstLines)} }

func (l *lines) close() { sys.Close(l.fd) }

// rewind begins again.
func (l *lines) rewind() error {
	*l = lines{fd: l.fd, buf: l.buf}
	_, err := sys.Seek(l.fd, 0, sys.SeekSet)
	return err
}

// next is the next line without its newline, borrowed until the call after it,
// and nil at the end.
func (l *lines) next() ([]byte, error) {
	for {
		rest := l.buf[l.start:l.end]
		if i := bytes.IndexByte(rest[l.scanned:], '\n'); i >= 0 {
			i += l.scanned
			l.start, l.scanned = l.start+i+1, 0
			return rest[:i:i], nil
		}
		if l.scanned = len(rest); l.ended {
			l.start, l.scanned = l.end, 0
			if len(rest) == 0 {
				return nil, nil
			}
			return rest, nil
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

func (l *lines) fill() error {
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	if l.end == len(l.buf) {
		if len(l.buf) >= lastLine {
			return syscall.EFBIG
		}
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := sys.Read(l.fd, l.buf[l.end:])
	l.end += n
	l.read += n
	l.ended = n == 0 && err == nil
	return err
}
