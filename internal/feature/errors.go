// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"errors"

	"github.com/kernlink/kernlink"
)

const channel = "feature"

// ErrFormat says that a text is not as the kernel writes it.
var ErrFormat = errors.New("not in the kernel's format")

func failed(op, path string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: op, Path: path, Err: err}
	if errors.Is(err, errors.ErrUnsupported) {
		e.Kind = kernlink.ErrNotSupported
	}
	return e
}
