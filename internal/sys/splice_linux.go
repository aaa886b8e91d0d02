// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Pipe makes a pipe whose ends do not wait.
func Pipe() (r, w int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return -1, -1, err
	}
	return p[0], p[1], nil
}

// Splice moves up to n bytes between two descriptors, of which one is a pipe,
// at their own positions and without waiting for the pipe.
func Splice(from, to, n int) (int, error) {
	for {
		m, err := unix.Splice(from, nil, to, nil, n, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		if err != unix.EINTR {
			return int(max(m, 0)), err
		}
	}
}
