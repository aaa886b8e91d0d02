// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// nullDevice is the device that is everywhere, and indifferent to being opened.
const nullDevice = "/dev/null"

// chardev shows by one device that nodes are there and open.
func chardev(s *system) Result {
	err := s.open(s.root+nullDevice, sys.ReadOnly)
	switch {
	case err == nil:
		return usable("/dev", "devices can be opened")
	case s.captured():
		return unknown(nullDevice, "the tree has no such file", err)
	case errors.Is(err, syscall.ENOENT):
		return missing(nullDevice, "/dev has no device nodes", "mount -t devtmpfs none /dev", err)
	case errors.Is(err, syscall.EACCES):
		return restricted(nullDevice, "/dev is mounted with nodev, or its nodes are of a user namespace", "mount -o remount,dev /dev", err)
	case errors.Is(err, syscall.EPERM):
		return restricted(nullDevice, "the device rules of the control group forbid it", "give the container its devices (--device)", err)
	}
	return unknown(nullDevice, "it is there and cannot be opened", err)
}

// ioctl sends a request that the null device does not know: ENOTTY is the
// answer of a driver, and so a good one.
func ioctl(s *system) Result {
	r := chardev(s)
	if r.State != Usable || s.captured() {
		return r
	}
	err := s.ioctl(nullDevice)
	switch {
	case err == nil, errors.Is(err, syscall.ENOTTY):
		return usable("/dev", "requests reach the drivers")
	case s.filtered():
		return restricted(nullDevice, reasonSeccomp, fixSeccomp, err)
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return s.forbidden(nullDevice, "", true, err)
	}
	return unknown(nullDevice, "ioctl gives an answer of its own", err)
}

// syscalls are always there. Which of them pass a filter, only a call shows,
// and it may be the caller's last.
func syscalls(s *system) Result {
	name := "Linux"
	if release, err := s.read("/proc/sys/kernel/osrelease"); err == nil {
		name += " " + string(bytes.TrimSpace(release))
	}
	if s.filtered() {
		return usable("", name+"; a seccomp filter decides about each call")
	}
	return usable("", name)
}
