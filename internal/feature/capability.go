// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"errors"
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

// Capability returns the number of a capability named as in capabilities(7):
// "CAP_SYS_MODULE" is 16.
func Capability(name string) (number int, ok bool) {
	number = slices.Index(capabilities, name)
	return number, number >= 0
}

var errCapability = errors.New("no capability has this name")

// HasCapability reports whether the capability is in this thread's effective
// set. An unknown name is an error, as are those of [EffectiveCapabilities].
func HasCapability(name string) (bool, error) {
	number, ok := Capability(name)
	if !ok {
		return false, failed("look up capability", name, errCapability)
	}
	set, err := EffectiveCapabilities("/")
	return set>>number&1 == 1, err
}

// EffectiveCapabilities is the effective set of this thread, one bit each: a
// set is a thread's, and a process that never changes it has the same in all.
// It holds in the thread's user namespace, so that root's full set in a
// container loads no module. The errors are those of the file, and
// [ErrFormat] for one without a CapEff line of 64 bits.
func EffectiveCapabilities(root string) (uint64, error) {
	path := filepath.Join(root, statusFile)
	text, err := sys.ReadFile(path)
	if err != nil {
		return 0, failed("read", path, err)
	}
	value, _ := statusField(text, "CapEff")
	set, err := strconv.ParseUint(value, 16, 64)
	if err != nil {
		return 0, failed("read CapEff", path, ErrFormat)
	}
	return set, nil
}

// statusFile is that of the calling thread: proc/self is the thread that the
// process began with.
const statusFile = "proc/thread-self/status"

// Seccomp is this thread's mode: 0 none, 1 strict, 2 filter. With a filter an
// EPERM or ENOSYS may be the filter's answer and not the kernel's. A kernel
// without seccomp has no such line: 0. The errors are those of the file, and
// [ErrFormat] for another mode.
func Seccomp(root string) (int, error) {
	path := filepath.Join(root, statusFile)
	text, err := sys.ReadFile(path)
	if err != nil {
		return 0, failed("read", path, err)
	}
	value, ok := statusField(text, "Seccomp")
	if !ok {
		return 0, nil
	}
	mode, err := strconv.Atoi(value)
	if err != nil || mode < 0 || mode > 2 {
		return 0, failed("read Seccomp", path, ErrFormat)
	}
	return mode, nil
}

func statusField(text []byte, name string) (string, bool) {
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
