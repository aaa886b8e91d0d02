// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// kmod asks in the order in which the kernel does: is there a loader, may this
// thread use it, is it switched off.
func kmod(s *system) Result {
	const (
		list     = "/proc/modules"
		disabled = "/proc/sys/kernel/modules_disabled"
	)
	listed := s.open(s.root+list, sys.ReadOnly)
	if errors.Is(listed, syscall.ENOENT) && s.is("/proc/sys/kernel/ostype", "Linux") {
		return missing(list, "the kernel was built without CONFIG_MODULES", "a kernel with CONFIG_MODULES=y", listed)
	}
	if has, known := s.capable("CAP_SYS_MODULE"); known && !has {
		return restricted("", "needs CAP_SYS_MODULE", fixCapability("CAP_SYS_MODULE"), nil)
	}
	if s.is(disabled, "1") {
		return restricted(disabled, "kernel.modules_disabled is 1: nothing can be loaded or unloaded", "reboot: it cannot be set back", nil)
	}
	if s.inUserNamespace() {
		return restricted("", reasonUserNS, fixUserNS, nil)
	}
	if s.captured() && listed != nil {
		return unknown(list, "the tree has no such file", listed)
	}
	if s.captured() {
		return usable(list, s.signatures())
	}
	if s.filtered() {
		return unknown("", "not tried: a seccomp filter is in force, which may kill who tries", nil)
	}
	err := s.insert()
	switch {
	case errors.Is(err, syscall.EBADF):
		return usable("", s.signatures())
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return s.forbidden("", "CAP_SYS_MODULE", false, err)
	case errors.Is(err, syscall.ENOSYS):
		return missing("", "the kernel was built without CONFIG_MODULES", "a kernel with CONFIG_MODULES=y", err)
	}
	return unknown("", "finit_module gives an answer of its own", err)
}

// signatures says which modules the kernel takes.
func (s *system) signatures() string {
	state, known := s.locked()
	switch {
	case state != "":
		return "signed modules only: the kernel is locked down (" + state + ")"
	case s.is("/sys/module/module/parameters/sig_enforce", "Y"):
		return "signed modules only: module.sig_enforce is set"
	case known:
		return "modules can be loaded"
	}
	switch locked, felt := s.feltLockdown(); {
	case locked:
		return "signed modules only: the kernel is locked down (" + unseenLockdown + ")"
	case felt:
		return "modules can be loaded"
	}
	return "modules can be loaded; whether they must be signed cannot be seen: securityfs is not mounted"
}
