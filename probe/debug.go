// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// harmless are files of debugfs that can be opened without effect, and whose
// mode is not 0444, so that lockdown refuses them.
var harmless = []string{"/fault_around_bytes", "/sched/features"}

const effectDebug = "only files with mode 0444 can be opened"

// debug is debugfs, of which lockdown leaves little: the folders can be
// listed and most files not be opened.
func debug(s *system) Result {
	r := s.filesystem(debugfs)
	if r.State != Usable {
		return r
	}
	if state, _ := s.locked(); state != "" {
		return s.lockdown(r.Path, effectDebug, nil)
	}
	if s.captured() {
		return r
	}
	for _, name := range harmless {
		err := s.open(r.Path+name, sys.ReadOnly)
		switch {
		case err == nil:
			return r
		case errors.Is(err, syscall.EPERM):
			return s.lockdown(r.Path+name, effectDebug, err)
		case errors.Is(err, syscall.EACCES):
			return s.forbidden(r.Path+name, "CAP_DAC_OVERRIDE", false, err)
		}
	}
	return r
}

// relay stands on debugfs. That the kernel has it shows only in its
// configuration, or in its symbols.
func relay(s *system) Result {
	const option = "CONFIG_RELAY"
	if r := debug(s); r.State != Usable {
		r.Reason = "debugfs: " + r.Reason
		return r
	}
	switch s.option(option) {
	case "y":
		return usable("", "for modules that make channels, in debugfs")
	case "":
		symbols, err := s.read("/proc/kallsyms")
		if err != nil {
			return unknown("/proc/kallsyms", "neither the kernel's configuration nor its symbols can be read", err)
		}
		if bytes.Contains(symbols, []byte(" T relay_open\n")) {
			return usable("", "for modules that make channels, in debugfs")
		}
	}
	return missing("", "the kernel was built without "+option, "a kernel with "+option+"=y", nil)
}
