// SPDX-License-Identifier: Apache-2.0

// Package lines reads a pseudo-file line by line, in memory that all lines
// share.
package lines

import (
	"bytes"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// Sizes of the buffer for lines: seq_file gives a page at a time and more only
// for a record that is longer, and there is an end to what is one line.
const (
	firstBuffer = 8 << 10
	lastBuffer  = 64 << 20
)

// Reader reads an open file line by line. It owns the descriptor.
type Reader struct {
	fd         int
	buf        []byte
	start, end int // what is read and not taken yet
	scanned    int // from start on, where no newline is
	total      int // bytes altogether
	ended      bool
}

// New takes the descriptor over.
func New(fd int) *Reader { return &Reader{fd: fd, buf: make([]byte, firstBuffer)} }

// Close gives the descriptor back.
func (r *Reader) Close() { sys.Close(r.fd) }

// FD is the descriptor, which stays the Reader's.
func (r *Reader) FD() int { return r.fd }

// Rewind begins the file again.
func (r *Reader) Rewind() error {
	*r = Reader{fd: r.fd, buf: r.buf}
	_, err := sys.Seek(r.fd, 0, sys.SeekSet)
	return err
}

// Total is how many bytes have been read.
func (r *Reader) Total() int { return r.total }

// Next is the next line without its newline, borrowed until the call after it
// and the caller's to change, and nil at the end. The last line may lack the
// newline. A line of more than 64 MiB is EFBIG.
func (r *Reader) Next() ([]byte, error) {
	for {
		rest := r.buf[r.start:r.end]
		if i := bytes.IndexByte(rest[r.scanned:], '\n'); i >= 0 {
			i += r.scanned
			r.start, r.scanned = r.start+i+1, 0
			return rest[:i:i], nil
		}
		if r.scanned = len(rest); r.ended {
			r.start, r.scanned = r.end, 0
			if len(rest) == 0 {
				return nil, nil
			}
			return rest, nil
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

func (r *Reader) fill() error {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) >= lastBuffer {
			return syscall.EFBIG
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := sys.Read(r.fd, r.buf[r.end:])
	r.end += n
	r.total += n
	r.ended = n == 0 && err == nil
	return err
}
