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
