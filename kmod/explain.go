// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/sys"
)

// Linux's numbers of errnos that package syscall of other systems lacks.
const (
	errnoNoPkg       = syscall.Errno(65)
	errnoBadMsg      = syscall.Errno(74)
	errnoNoKey       = syscall.Errno(126)
	errnoKeyExpired  = syscall.Errno(127)
	errnoKeyRevoked  = syscall.Errno(128)
	errnoKeyRejected = syscall.Errno(129)
)

// explain turns the kernel's refusal to load a module into an error that says
// what it means and what to do. It asks the system for what the kernel left
// out, which costs nothing that matters on this path.
func explain(path, name string, info *Info, l *LogError) error {
	e := &kernlink.Error{Channel: channel, Op: "insert", Path: path, Err: l}
	switch l.Errno {
	case syscall.EEXIST:
		explainExists(e, l, name)
	case syscall.ENOENT:
		explainSymbol(e, l, info)
	case syscall.ENOEXEC:
		explainFormat(e, l, info)
	case syscall.EINVAL:
		if l.has(name + ": module is already loaded") {
			l.Reason, e.Hint = ErrLoaded, "it is built into the kernel"
		}
	case syscall.EPERM:
		e.Kind, e.Hint = kernlink.ErrRestricted, insertPermissionHint(l, name)
	case syscall.EACCES:
		e.Kind, e.Hint = kernlink.ErrRestricted, "a security module refuses this file: SELinux, LoadPin or IMA"
	case errnoKeyRejected, errnoNoKey, errnoKeyExpired, errnoKeyRevoked, errnoBadMsg, errnoNoPkg:
		e.Kind, e.Hint = kernlink.ErrRestricted, hintSigned
	case syscall.EBUSY:
		e.Kind, e.Hint = kernlink.ErrBusy, "a module of this name is being loaded or unloaded"
	case syscall.ETXTBSY:
		e.Kind, e.Hint = kernlink.ErrBusy, "the file is open for writing: close it, or open it for reading only"
	case syscall.ENOSYS:
		e.Kind, e.Hint = kernlink.ErrNotSupported, hintNoModules
	}
	return e
}

// The init function may return EEXIST for a reason of its own.
func explainExists(e *kernlink.Error, l *LogError, name string) {
	if s, err := status(name); err == nil {
		l.Reason = ErrLoaded
		e.Hint = "its state is " + s.State.String() + "; remove it first to load it anew"
	}
}

func explainSymbol(e *kernlink.Error, l *LogError, info *Info) {
	absent := missing(info.Depends)
	if len(absent) > 0 || l.has("Unknown symbol ") {
		l.Reason = ErrUnknownSymbol
	}
	if len(absent) > 0 {
		e.Hint = "load " + strings.Join(absent, ", ") + " first"
	}
}

func explainFormat(e *kernlink.Error, l *LogError, info *Info) {
	l.Reason = ErrFormat
	switch {
	case l.has(": version magic '"): // the line names both sides
		l.Reason = ErrVermagic
		e.Hint = hintRebuild
	case l.has("disagrees about version of symbol "):
		l.Reason = ErrVermagic
		e.Hint = "its kernel was configured otherwise, another flavour of the same version perhaps: " + hintRebuild
	case len(l.Records) > 0:
	default: // no log to read: what can be seen from outside
		k, err := sys.Uname()
		release, _, _ := strings.Cut(info.Vermagic, " ")
		if err == nil && release != "" && release != k.Release {
			l.Reason = ErrVermagic
			e.Hint = fmt.Sprintf("built for %s, this kernel is %s: %s", release, k.Release, hintRebuild)
		}
	}
}

func insertPermissionHint(l *LogError, name string) string {
	switch {
	case l.has("is blacklisted"):
		return hintBlacklist
	case l.has("Lockdown: "):
		return hintLockdown
	}
	if hint := permissionHint(); hint != hintPolicy {
		return hint
	}
	if text, err := sys.ReadFile("/proc/cmdline"); err == nil && blacklisted(string(text), name) {
		return hintBlacklist
	}
	if feature.Lockdown("/") != "none" {
		return hintLockdown
	}
	return hintPolicy
}
