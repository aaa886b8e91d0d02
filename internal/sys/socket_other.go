// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import "errors"

// Linux's numbers, so that callers compile; every call fails.
const (
	FamilyInet    = 2
	FamilyNetlink = 16
	FamilyPacket  = 17
	FamilyAlg     = 38

	SocketDatagram  = 2
	SocketRaw       = 3
	SocketSeqPacket = 5
)

func Socket(int, int, int) (int, error) { return -1, errors.ErrUnsupported }
func Readable(int) (int, error)         { return 0, errors.ErrUnsupported }
