// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// kmsg opens the log for reading, which moves nobody's position but its own.
func kmsg(s *system) Result {
	const path = "/dev/kmsg"
	err := s.open(s.root+path, sys.ReadOnly|sys.NonBlock)
	if s.captured() || errors.Is(err, syscall.EPERM) {
		if r, refused := s.logPolicy(path, err); refused {
			return r
		}
	}
	switch {
	case err == nil:
		return usable(path, path)
	case s.captured():
		return unknown(path, "the tree has no such file", err)
	case errors.Is(err, syscall.EPERM):
		return s.forbidden(path, "CAP_SYSLOG", false, err)
	case errors.Is(err, syscall.EACCES):
		return s.forbidden(path, "CAP_DAC_READ_SEARCH", false, err)
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV):
		return missing(path, "there is no such device: a container was not given it, or the kernel was built without CONFIG_PRINTK",
			"mknod -m 600 /dev/kmsg c 1 11", err)
	}
	return unknown(path, "it is there and cannot be opened", err)
}

// logPolicy names the sysctl that closes the log to this thread.
func (s *system) logPolicy(path string, err error) (Result, bool) {
	if s.is("/proc/sys/kernel/printk_devkmsg", "off") {
		return restricted(path, "the sysctl kernel.printk_devkmsg is off", "sysctl kernel.printk_devkmsg=on", err), true
	}
	has, known := s.capable("CAP_SYSLOG")
	if known && !has && s.is("/proc/sys/kernel/dmesg_restrict", "1") {
		return restricted(path, "needs CAP_SYSLOG, because the sysctl kernel.dmesg_restrict is 1",
			"sysctl kernel.dmesg_restrict=0, or: setcap cap_syslog+ep PROGRAM", err), true
	}
	return Result{}, false
}
