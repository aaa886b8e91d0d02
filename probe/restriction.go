// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/sys"
)

const (
	seccompFilter = 2

	reasonSeccomp = "a seccomp filter is in force and may be what answers"
	fixSeccomp    = "allow the call in the filter: a container's seccomp profile, or SystemCallFilter= and RestrictAddressFamilies= of a unit"
	reasonUserNS  = "capabilities of a user namespace do not count for this"
	fixUserNS     = "run it in the initial user namespace: as root outside of a rootless container"
	fixLockdown   = "boot without lockdown=, and with Secure Boot off where it raises lockdown: it cannot be lowered while the kernel runs"
)

// forbidden names what stands behind an EPERM or EACCES, in the order in which
// the kernel would ask: the capability, the namespace that it holds in, and
// what may be put in between. everywhere says that the capability counts in
// any user namespace.
func (s *system) forbidden(path, capability string, everywhere bool, err error) Result {
	if has, known := s.capable(capability); known && !has {
		return restricted(path, "needs "+capability, fixCapability(capability), err)
	}
	if s.filtered() {
		return restricted(path, reasonSeccomp, fixSeccomp, err)
	}
	if !everywhere && s.inUserNamespace() {
		return restricted(path, reasonUserNS, fixUserNS, err)
	}
	return restricted(path, "a policy forbids it: a security module, or a container's device rules", "look for a denial in the audit log", err)
}

func fixCapability(name string) string {
	return fmt.Sprintf("run it as root, or: setcap %s+ep PROGRAM", strings.ToLower(name))
}

// capable reports whether the calling thread has the capability. "" is one
// that everybody has.
func (s *system) capable(name string) (has, known bool) {
	number, ok := feature.Capability(name)
	if !ok {
		return true, true
	}
	set, err := feature.EffectiveCapabilities(s.root + "/")
	return set>>number&1 == 1, err == nil
}

// filtered reports whether a seccomp filter stands between this thread and
// the kernel.
func (s *system) filtered() bool {
	mode, err := feature.Seccomp(s.root + "/")
	return err == nil && mode == seccompFilter
}

// initialUserNamespace is PROC_USER_INIT_INO of include/linux/proc_ns.h, which
// never changed.
const initialUserNamespace = "user:[4026531837]"

func (s *system) inUserNamespace() bool {
	var name [64]byte
	dir, err := sys.Open(s.root+"/proc/thread-self/ns", sys.PathOnly|sys.Directory)
	if err != nil {
		return false
	}
	defer sys.Close(dir)
	n, err := sys.ReadLinkAt(dir, "user", name[:])
	return err == nil && string(name[:n]) != initialUserNamespace
}

// securityfs holds the state of lockdown and is no channel.
var securityfs = filesystem{name: "securityfs", usual: []string{"/sys/kernel/security"}, magic: 0x73636673}

// locked is the state of lockdown, "" when there is none. It is not known
// where securityfs is not mounted, as in most containers.
func (s *system) locked() (state string, known bool) {
	if _, err := s.read("/sys/kernel/security/lockdown"); err == nil {
		state = feature.Lockdown(s.root + "/")
		if state == "none" {
			state = ""
		}
		return state, true
	}
	_, mounted, err := s.find(securityfs)
	return "", mounted && err == nil || s.option("CONFIG_SECURITY_LOCKDOWN_LSM") == "n"
}

const unseenLockdown = "how far cannot be seen: securityfs is not mounted"

// lockdown says that a file was refused because the kernel is locked down.
func (s *system) lockdown(path, effect string, err error) Result {
	state, known := s.locked()
	switch {
	case state == "" && known: // then it is somebody else who refuses
		return s.forbidden(path, "", true, err)
	case state == "":
		state = unseenLockdown
	}
	return restricted(path, fmt.Sprintf("the kernel is locked down (%s): %s", state, effect), fixLockdown, err)
}

// feltLockdown looks whether the kernel refuses what lockdown refuses. It is
// not known where there is nothing to try it on.
func (s *system) feltLockdown() (locked, known bool) {
	if s.captured() || s.filtered() {
		return false, false
	}
	m, mounted, err := s.find(debugfs)
	if err != nil || !mounted {
		return false, false
	}
	for _, name := range harmless {
		err := s.open(m.Point+name, sys.ReadOnly)
		if err == nil || errors.Is(err, syscall.EPERM) {
			return err != nil, true
		}
	}
	return false, false
}
