// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/errno"
)

const channel = "sysfs"

// failure wraps what the kernel said, once, with what it means in sysfs.
func failure(op, path string, err error) error {
	if _, done := err.(*kernlink.Error); done {
		return err
	}
	e := &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errno.Kind(err), Err: err}
	if errors.Is(err, syscall.ENODEV) {
		e.Kind = kernlink.ErrGone
	}
	return e
}

// failureIn is failure for something in an open folder: what is missing there
// may be missing because the folder is.
func failureIn(dir *attr.Dir, op, path string, err error) error {
	err = failure(op, path, err)
	if e, ok := err.(*kernlink.Error); ok && e.Kind == nil && errors.Is(err, fs.ErrNotExist) && dir.Gone() {
		e.Kind = kernlink.ErrGone
	}
	return err
}

// vanished says that something was there when a list was made, and is not any
// more: no error of a scan.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, kernlink.ErrGone)
}

func readOnly(op, path string, err error) error {
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: kernlink.ErrReadOnly, Err: err}
}
