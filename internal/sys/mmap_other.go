// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import "errors"

const (
	ProtRead  = 1
	ProtWrite = 2

	MapShared   = 1
	MapPrivate  = 2
	MapPopulate = 0x8000
	MapLocked   = 0x2000
)

func mmap(int, int64, int, int, int) ([]byte, error) { return nil, errors.ErrUnsupported }
func munmap([]byte) error                            { return errors.ErrUnsupported }
