// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// MakeDir makes a folder called name below dir. On some pseudo-filesystems
// that is how an object of the kernel is made.
func MakeDir(dir int, name string, perm uint32) error {
	for {
		if err := unix.Mkdirat(dir, name, perm); err != unix.EINTR {
			return err
		}
	}
}

// RemoveDir removes the folder called name below dir.
func RemoveDir(dir int, name string) error {
	for {
		if err := unix.Unlinkat(dir, name, unix.AT_REMOVEDIR); err != unix.EINTR {
			return err
		}
	}
}
