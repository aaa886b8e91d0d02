// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// TryLock takes the exclusive advisory lock of an open file without waiting;
// EWOULDBLOCK says that somebody else holds it. It ends with the descriptor.
func TryLock(fd int) error {
	return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
}

// Lock waits for the exclusive advisory lock of an open file.
func Lock(fd int) error {
	for {
		if err := unix.Flock(fd, unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}
