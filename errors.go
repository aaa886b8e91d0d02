// SPDX-License-Identifier: Apache-2.0

package kernlink

import (
	"errors"
	"strings"
)

// The sentinels say what a failure means, whatever the channel and whatever
// errno that channel's drivers happen to use for it. Test them with
// [errors.Is]; the errno stays reachable below them.
var (
	// ErrGone: the object itself went away (process reaped, device removed,
	// module unloaded, item removed) under a handle that was once good.
	ErrGone = errors.New("object is gone")

	// ErrNoValue: the attribute exists and has no value now, like the speed
	// of a network link that is down.
	ErrNoValue = errors.New("no value now")

	// ErrBusy: the kernel refuses because something still uses the object.
	// [Error.Err] or [Error.Hint] names the users where they can be found.
	ErrBusy = errors.New("in use")

	// ErrReadOnly: the object has no way to store a value.
	ErrReadOnly = errors.New("read only")

	// ErrRestricted: the kernel could, and a policy forbids it: a missing
	// capability, lockdown, a sysctl, a seccomp filter. [Error.Hint] names it.
	ErrRestricted = errors.New("restricted")

	// ErrNotSupported: this kernel, as configured and with the modules that
	// are loaded, cannot do it. [Error.Hint] says what would change that.
	// errors.Is(err, errors.ErrUnsupported) holds too.
	ErrNotSupported error = notSupported{}
)

// notSupported makes ErrNotSupported match errors.ErrUnsupported as well, so
// that callers who know only the standard library's sentinel are served.
type notSupported struct{}

func (notSupported) Error() string { return "not supported here" }

func (notSupported) Is(target error) bool { return target == errors.ErrUnsupported }

// Error is the one shape of error that all channels return.
//
// Its text is "channel: op path: kind: err (hint)", without what is missing,
// and without a kind that err itself begins with.
// The errno alone would say too little: a procfs entry that a module has
// removed is an "input/output error", and an attribute without a value an
// "invalid argument". Err ends in the
// [syscall.Errno] that the kernel gave, where the kernel gave one, so
// errors.Is(err, fs.ErrNotExist) and errors.Is(err, syscall.ENODEV) work;
// where a channel knows more it puts a type of its own in between
// (*kmod.LogError with the kernel's lines, for example), found by
// [errors.AsType].
//
// An Error is a value to read; nothing in this module changes one after it
// has been returned, so it may be shared.
type Error struct {
	Channel string // package that speaks: "kmod", "kmsg", "sysfs"
	Op      string // what was tried: "insert", "read", "set"
	Path    string // the object's own name: a file, a module, a route
	Kind    error  // one of the sentinels of this package, or nil
	Err     error  // what went wrong; ends in a syscall.Errno where there is one
	Hint    string // what to do about it, or ""
}

// Error returns the text described at [Error].
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Channel)
	b.WriteString(": ")
	b.WriteString(e.Op)
	if e.Path != "" {
		b.WriteByte(' ')
		b.WriteString(e.Path)
	}
	cause := ""
	if e.Err != nil {
		cause = e.Err.Error()
	}
	if e.Kind != nil && !strings.HasPrefix(cause, e.Kind.Error()) {
		b.WriteString(": ")
		b.WriteString(e.Kind.Error())
	}
	if cause != "" {
		b.WriteString(": ")
		b.WriteString(cause)
	}
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As both branches: the sentinel and the
// cause.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Kind != nil {
		errs = append(errs, e.Kind)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}
