// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"errors"

	"github.com/kernlink/kernlink"
	errnos "github.com/kernlink/kernlink/internal/errno"
)

const channel = "relay"

// ErrTooLong is what errors.Is finds when a record has not ended after 16 MiB.
// They are passed over.
var ErrTooLong = errors.New("a record without an end")

// failure wraps what went wrong, once.
func failure(op, path string, err error) error {
	if _, done := err.(*kernlink.Error); done {
		return err
	}
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errnos.Kind(err), Err: err}
}
