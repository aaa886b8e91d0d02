// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
)

const channel = "configfs"

// failure wraps what the kernel said, once.
func failure(op, path string, err error) error {
	if _, done := err.(*kernlink.Error); done {
		return err
	}
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errno.Kind(err), Err: err}
}

// explained is failure with a meaning that the errno alone does not have here.
func explained(op, path string, err, kind error, hint string) error {
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: kind, Err: err, Hint: hint}
}

// vanished says that something was there when a list was made, and is not any
// more: no error of a scan.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, kernlink.ErrGone)
}

// hintLog is for a refusal of the driver, which has nothing but an errno to
// say in the call.
const hintLog = "the driver refuses it; the kernel's log may say why"

// makeFailure says what the kernel means when it makes no item.
func (f *FS) makeFailure(path string, err error) error {
	where := f.where(path)
	switch {
	case errors.Is(err, syscall.EPERM):
		return explained("create", where, err, kernlink.ErrNotSupported, "nothing can be made there: the driver has no items of that place")
	case errors.Is(err, syscall.EINVAL):
		return explained("create", where, err, nil, hintLog+": of a name, as a rule")
	}
	return failure("create", where, err)
}

// linkFailure says what the kernel means when it makes no link.
func (f *FS) linkFailure(path, target string, err error) error {
	where := f.where(path) + " -> " + target
	switch {
	case errors.Is(err, syscall.EPERM):
		return explained("link", where, err, kernlink.ErrNotSupported, "the driver has no links of that place, or the target is no item")
	case errors.Is(err, syscall.EINVAL):
		return explained("link", where, err, nil, hintLog+": an item of another kind, or one that is not ready")
	}
	return failure("link", where, err)
}
