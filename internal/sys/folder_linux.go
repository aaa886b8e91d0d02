// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// MakeDirAt makes a folder below dir. It is not repeated on EINTR, since the
// folder may be there by then.
func MakeDirAt(dir int, name string, mode uint32) error { return unix.Mkdirat(dir, name, mode) }

// RemoveDirAt removes an empty folder below dir.
func RemoveDirAt(dir int, name string) error { return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR) }

// UnlinkAt removes a link or a file below dir.
func UnlinkAt(dir int, name string) error { return unix.Unlinkat(dir, name, 0) }

// LinkAt makes a symbolic link below dir that leads to target.
func LinkAt(target string, dir int, name string) error { return unix.Symlinkat(target, dir, name) }

// Cut shortens an ordinary file. Nothing in a pseudo-filesystem is ever cut.
func Cut(fd int, size int64) error {
	for {
		if err := unix.Ftruncate(fd, size); err != unix.EINTR {
			return err
		}
	}
}

// MakeFile makes an ordinary file below dir that is not there yet. No file of
// a pseudo-filesystem is made like this.
func MakeFile(dir int, name string, text []byte) error {
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	defer Close(fd)
	_, err = Write(fd, text)
	return err
}
