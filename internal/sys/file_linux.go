// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Open flags, the subset that pseudo-files need. There is no O_CREAT and no
// O_TRUNC on purpose: on a pseudo-filesystem they turn ENOENT into EACCES and
// clear other people's state.
const (
	ReadOnly  = unix.O_RDONLY
	WriteOnly = unix.O_WRONLY
	ReadWrite = unix.O_RDWR
	NonBlock  = unix.O_NONBLOCK
	Append    = unix.O_APPEND
	Directory = unix.O_DIRECTORY
	NoFollow  = unix.O_NOFOLLOW
	PathOnly  = unix.O_PATH
)

// Whence values of [Seek].
const (
	SeekSet  = unix.SEEK_SET
	SeekCur  = unix.SEEK_CUR
	SeekEnd  = unix.SEEK_END
	SeekData = unix.SEEK_DATA // in /dev/kmsg: after the last clear
)

// Open opens path close-on-exec and returns the raw descriptor, which the
// caller owns.
func Open(path string, flags int) (int, error) {
	for {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// OpenAt opens name below the directory dir.
func OpenAt(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// Close gives the descriptor back. It is not repeated on EINTR: Linux has
// released the number even then.
func Close(fd int) error { return unix.Close(fd) }

// Read reads at the file's own position.
func Read(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// Write is exactly one write(2), never a loop: in pseudo-files each write is
// a store of its own.
func Write(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Write(fd, b)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// Seek moves the file's own position.
func Seek(fd int, off int64, whence int) (int64, error) {
	return unix.Seek(fd, off, whence)
}

// ReadFile reads a whole pseudo-file: until the end, never trusting st_size.
func ReadFile(path string) ([]byte, error) {
	fd, err := Open(path, ReadOnly)
	if err != nil {
		return nil, err
	}
	defer Close(fd)
	return ReadAll(fd)
}

// ReadAll reads fd from its present position to the end.
func ReadAll(fd int) ([]byte, error) {
	b := make([]byte, 0, 4096)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := Read(fd, b[len(b):cap(b)])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return b, nil
		}
		b = b[:len(b)+n]
	}
}
