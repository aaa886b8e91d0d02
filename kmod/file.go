// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"io"

	"github.com/kernlink/kernlink/internal/sys"
)

// fdReader reads a descriptor that somebody else owns, at offsets, and leaves
// its position alone.
type fdReader int

func (fd fdReader) ReadAt(b []byte, off int64) (int, error) {
	for n := 0; ; {
		got, err := sys.Pread(int(fd), b[n:], off+int64(n))
		n += got
		switch {
		case err != nil:
			return n, err
		case n == len(b):
			return n, nil
		case got == 0:
			return n, io.EOF
		}
	}
}

// ReadPart is one read: less than was asked for is the end of the file, or
// nearly so.
func (fd fdReader) ReadPart(b []byte, off int64) (int, error) { return sys.Pread(int(fd), b, off) }

// openFile opens a module file and measures it. A folder is EISDIR on every
// filesystem and a pipe ESPIPE, at once.
func openFile(path string) (fd int, size int64, err error) {
	fd, err = sys.Open(path, sys.ReadOnly|sys.NonBlock)
	if err != nil {
		return -1, 0, err
	}
	if _, err = readHead(fdReader(fd)); err == nil {
		size, err = sys.Seek(fd, 0, sys.SeekEnd)
	}
	if err != nil {
		sys.Close(fd)
		return -1, 0, err
	}
	return fd, size, nil
}

// readHead reads the bytes that tell a module file's format; fewer when the
// file is shorter.
func readHead(src io.ReaderAt) ([]byte, error) {
	head := make([]byte, magicSize)
	n, err := src.ReadAt(head, 0)
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}
