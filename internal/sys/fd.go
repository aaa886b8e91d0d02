// SPDX-License-Identifier: Apache-2.0

package sys

import "io/fs"

// FD owns a file descriptor that several goroutines may use at once.
//
// Close takes effect at once for those who come later, and gives the number
// back to the kernel when the last one who uses it is done: a number that was
// given back is somebody else's file a moment later.
type FD struct {
	fd    int
	users lease
}

// NewFD takes over fd.
func NewFD(fd int) *FD { return &FD{fd: fd} }

// Acquire lends the descriptor until Release. After Close it fails with
// fs.ErrClosed.
func (f *FD) Acquire() (int, error) {
	if !f.users.acquire() {
		f.Release()
		return -1, fs.ErrClosed
	}
	return f.fd, nil
}

// Release ends what Acquire began.
func (f *FD) Release() {
	if f.users.release() {
		Close(f.fd)
	}
}

// Close lends the descriptor to nobody any more. A second Close fails with
// fs.ErrClosed.
func (f *FD) Close() error {
	last, err := f.users.close()
	if last {
		Close(f.fd)
	}
	return err
}
