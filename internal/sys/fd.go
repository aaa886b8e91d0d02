// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"io/fs"
	"sync/atomic"
)

// FD owns a file descriptor that several goroutines may use at once.
//
// Close takes effect at once for those who come later, and gives the number
// back to the kernel when the last one who uses it is done: a number that was
// given back is somebody else's file a moment later.
type FD struct {
	fd    int
	state atomic.Int64 // users, and closing once closed
}

// closing is a bit above any number of users.
const closing = 1 << 62

// NewFD takes over fd.
func NewFD(fd int) *FD { return &FD{fd: fd} }

// Acquire lends the descriptor until Release. After Close it fails with
// fs.ErrClosed.
func (f *FD) Acquire() (int, error) {
	if f.state.Add(1)&closing != 0 {
		f.Release()
		return -1, fs.ErrClosed
	}
	return f.fd, nil
}

// Release ends what Acquire began.
func (f *FD) Release() {
	if f.state.Add(-1) == closing && f.state.CompareAndSwap(closing, closing|closing>>1) {
		Close(f.fd)
	}
}

// Close lends the descriptor to nobody any more. A second Close fails with
// fs.ErrClosed.
func (f *FD) Close() error {
	for {
		s := f.state.Load()
		if s&closing != 0 {
			return fs.ErrClosed
		}
		if f.state.CompareAndSwap(s, s+1|closing) { // its own user, so that Release closes
			f.Release()
			return nil
		}
	}
}
