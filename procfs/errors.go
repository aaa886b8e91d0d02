// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
)

const channel = "procfs"

// ErrMalformed is what errors.Is finds when bytes are not what the kernel
// prints into the file that they were said to be from.
var ErrMalformed = errors.New("not what the kernel prints there")

// malformed says why b is not the text of a file, and shows how it begins.
func malformed(path string, b []byte, problem string) error {
	return &kernlink.Error{
		Channel: channel, Op: "parse", Path: path,
		Err: fmt.Errorf("%w: %s: %q", ErrMalformed, problem, shown(b)),
	}
}

// shown is a copy, so that the bytes may be on the stack of who calls.
func shown(b []byte) string { return string(b[:min(len(b), 40)]) }

// failure wraps what the kernel said of /proc itself.
func failure(op, path string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errno.Kind(err), Err: err}
	switch {
	case denied(err):
		e.Hint = "the file's mode, a folder on the way to it, or a security module forbids it"
	case errors.Is(err, syscall.EXDEV):
		e.Hint = covered
	}
	return e
}

func denied(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}
