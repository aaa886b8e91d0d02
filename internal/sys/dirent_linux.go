// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// ReadDir is one getdents64(2): the entries that fit into buf, to be taken
// apart with [NextDirent], and 0 at the end.
func ReadDir(fd int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(fd, buf)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// ReadLinkAt reads where a link below dir leads; "" is the link that the
// descriptor itself stands for (opened with PathOnly and NoFollow).
func ReadLinkAt(dir int, name string, buf []byte) (int, error) {
	n, err := unix.Readlinkat(dir, name, buf)
	return max(n, 0), err
}
