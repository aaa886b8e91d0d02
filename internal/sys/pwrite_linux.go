// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Pwrite is exactly one pwrite(2), never a loop, as [Write].
func Pwrite(fd int, b []byte, off int64) (int, error) {
	for {
		n, err := unix.Pwrite(fd, b, off)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
