// SPDX-License-Identifier: Apache-2.0

// Package errno knows what an errno means, whatever channel it comes from.
//
// What it means in one channel only is that channel's own matter: ENODEV is an
// object that went away in sysfs, EIO one in /proc.
package errno

import (
	"errors"
	"syscall"

	"github.com/kernlink/kernlink"
)

// Kind returns the sentinel that stands for err in every channel, or nil.
func Kind(err error) error {
	switch {
	case errors.Is(err, syscall.EBUSY):
		return kernlink.ErrBusy
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return kernlink.ErrRestricted
	case errors.Is(err, syscall.EROFS):
		return kernlink.ErrReadOnly
	case errors.Is(err, errors.ErrUnsupported): // ENOSYS, EOPNOTSUPP, and other systems
		return kernlink.ErrNotSupported
	}
	return nil
}
