// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// sysctl is a folder of procfs, which containers often have read only.
func sysctl(s *system) Result {
	return s.folder("/proc/sys", "procfs", "CONFIG_PROC_SYSCTL", s.filesystem(procfs))
}

// modparam is a folder of sysfs.
func modparam(s *system) Result {
	return s.folder("/sys/module", "sysfs", "CONFIG_SYSFS", s.filesystem(sysfs))
}

// folder looks at a channel that is a part of a file system.
func (s *system) folder(path, host, option string, below Result) Result {
	if below.State != Usable {
		below.Reason = host + ": " + below.Reason
		return below
	}
	err := s.open(s.root+path, sys.ReadOnly|sys.Directory)
	switch {
	case err == nil && s.readOnly(path):
		return usable(path, "read only: so it is mounted here")
	case err == nil:
		return usable(path, path)
	case errors.Is(err, syscall.ENOENT):
		return missing(path, "the kernel was built without "+option+", or "+host+" is mounted in part", "a kernel with "+option+"=y", err)
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return s.forbidden(path, "CAP_DAC_READ_SEARCH", false, err)
	}
	return unknown(path, "it is there and cannot be opened", err)
}
