// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"errors"
	"io/fs"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
)

const channel = "sysctl"

// failure wraps what went wrong, once.
func failure(op, path string, err error) error {
	if _, done := err.(*kernlink.Error); done {
		return err
	}
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errno.Kind(err), Err: err}
}

// vanished says that something was there when a list was made, and is not any
// more: no error of a loop.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, kernlink.ErrGone)
}
