// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// capabilities are the names in the order of their numbers
// (include/uapi/linux/capability.h).
var capabilities = []string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
	"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
}

// Capability returns the number of a capability named as in capabilities(7).
func Capability(name string) (number int, ok bool) {
	number = slices.Index(capabilities, name)
	return number, number >= 0
}

// HasCapability reports whether the capability is in this process's effective
// set.
func HasCapability(name string) (bool, error) {
	number, ok := Capability(name)
	if !ok {
		return false, fmt.Errorf("%s is no capability's name", name)
	}
	set, err := EffectiveCapabilities("/")
	return set>>number&1 == 1, err
}

// EffectiveCapabilities is the effective set of this process, one bit each.
func EffectiveCapabilities(root string) (uint64, error) {
	text, err := sys.ReadFile(filepath.Join(root, "proc/self/status"))
	if err != nil {
		return 0, fmt.Errorf("reading the capabilities of this process: %w", err)
	}
	value, ok := statusField(text, "CapEff")
	if !ok {
		return 0, fmt.Errorf("/proc/self/status has no CapEff line")
	}
	return strconv.ParseUint(value, 16, 64)
}

// Seccomp is this process's mode: 0 none, 1 strict, 2 filter.
func Seccomp(root string) (int, error) {
	text, err := sys.ReadFile(filepath.Join(root, "proc/self/status"))
	if err != nil {
		return 0, err
	}
	value, ok := statusField(text, "Seccomp")
	if !ok {
		return 0, nil // a kernel without it
	}
	return strconv.Atoi(value)
}

func statusField(text []byte, name string) (string, bool) {
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
