// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"bytes"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Device names a device in the way that the kernel and udev do, in memory
// borrowed from the record:
//
//	+pci:0000:00:01.0  subsystem and name
//	b8:0               block device number
//	c1:3               character device number
//	n2                 network interface index
//
// An empty Device is none.
type Device []byte

// String returns a copy of the name as it is.
func (d Device) String() string { return string(d) }

// Name splits a device that is named by subsystem and name: "+pci:0000:00:01.0"
// is "pci", "0000:00:01.0", which is /sys/bus/pci/devices/0000:00:01.0. ok is
// false for the other kinds.
func (d Device) Name() (subsystem, name string, ok bool) {
	if len(d) == 0 || d[0] != '+' {
		return "", "", false
	}
	sub, rest, ok := bytes.Cut(d[1:], colon)
	if !ok {
		return "", "", false
	}
	return string(sub), string(rest), true
}

// Block returns the number of a block device, which is /sys/dev/block/M:N. ok
// is false for the other kinds.
func (d Device) Block() (major, minor uint32, ok bool) { return d.number('b') }

// Char returns the number of a character device, which is /sys/dev/char/M:N.
// ok is false for the other kinds.
func (d Device) Char() (major, minor uint32, ok bool) { return d.number('c') }

// Interface returns the index of a network interface. ok is false for the
// other kinds.
func (d Device) Interface() (index int, ok bool) {
	if len(d) == 0 || d[0] != 'n' {
		return 0, false
	}
	n, ok := decimal.Parse(d[1:])
	if !ok || n > 1<<31-1 {
		return 0, false
	}
	return int(n), true
}

func (d Device) number(kind byte) (major, minor uint32, ok bool) {
	if len(d) == 0 || d[0] != kind {
		return 0, 0, false
	}
	left, right, _ := bytes.Cut(d[1:], colon)
	a, ok1 := decimal.Parse(left)
	b, ok2 := decimal.Parse(right)
	if !ok1 || !ok2 || a > 1<<32-1 || b > 1<<32-1 {
		return 0, 0, false
	}
	return uint32(a), uint32(b), true
}
