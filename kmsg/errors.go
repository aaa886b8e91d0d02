// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

const channel = "kmsg"

// ErrMalformed is what errors.Is finds when bytes are not one record of the
// kernel log.
var ErrMalformed = errors.New("not a record of the kernel log")

// malformed says why b is not a record, and shows how it begins.
func malformed(b []byte, problem string) error {
	const shown = 40
	return &kernlink.Error{
		Channel: channel,
		Op:      "parse",
		Err:     fmt.Errorf("%w: %s: %q", ErrMalformed, problem, b[:min(len(b), shown)]),
	}
}

// failure wraps what went wrong with an open log.
func failure(op, path string, err error) error {
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Err: err}
}

// openFailure wraps what open(2) said, and finds out what would help.
func openFailure(path string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: "open", Path: path, Err: err}
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		e.Kind, e.Hint = kernlink.ErrRestricted, restrictedHint(err)
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV):
		e.Kind = kernlink.ErrNotSupported
		e.Hint = "the kernel needs CONFIG_PRINTK, and a container has to be given the host's /dev/kmsg"
	case errors.Is(err, errors.ErrUnsupported):
		e.Kind, e.Hint = kernlink.ErrNotSupported, "the kernel log is Linux's"
	}
	return e
}

// restrictedHint names what forbids to open the device. The kernel itself
// answers EPERM, and file permissions EACCES.
func restrictedHint(err error) string {
	if errors.Is(err, syscall.EACCES) {
		return "the permissions of the file or a security module forbid it; root has them"
	}
	if sys.FileIs("/proc/sys/kernel/printk_devkmsg", "off") {
		return "the sysctl kernel.printk_devkmsg is off"
	}
	if sys.FileIs("/proc/sys/kernel/dmesg_restrict", "1") {
		return "needs CAP_SYSLOG, because the sysctl kernel.dmesg_restrict is 1"
	}
	return "CAP_SYSLOG, the sysctls kernel.dmesg_restrict and kernel.printk_devkmsg, and a container's device rules decide it"
}
