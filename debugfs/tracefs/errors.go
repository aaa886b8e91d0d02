// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/feature"
)

const channel = "tracefs"

// ErrMalformed is what errors.Is finds when a text or a page is not as the
// kernel writes it.
var ErrMalformed = errors.New("not in the kernel's format")

// policy is how the files are read: opened anew each time, since one that is
// kept open of an event that went is ENODEV for ever, and read to the end.
var policy = &attr.Policy{
	Channel: channel, Newline: true,
	Gone:    []syscall.Errno{syscall.ENODEV},
	Refused: lockedDown,
}

// confidential is the state of lockdown in which nobody may trace.
const confidential = "confidentiality"

const lockdownHint = "the kernel is locked down (confidentiality), which forbids all tracing; boot without lockdown=confidentiality"

// lockedDown tells lockdown, which is EPERM of an open in tracefs, from what
// the modes forbid, which is EACCES.
func lockedDown(no syscall.Errno, _ fs.FileMode, _ bool) string {
	if no == syscall.EPERM && feature.Lockdown("/") == confidential {
		return lockdownHint
	}
	return ""
}

// failure wraps what the kernel said, once.
func failure(op, path string, err error) error {
	if _, done := err.(*kernlink.Error); done {
		return err
	}
	return &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errno.Kind(err), Err: err}
}

// refuse is failure for what the kernel is not even asked.
func refuse(op, path, format string, args ...any) error {
	return failure(op, path, fmt.Errorf("%w: "+format, append([]any{fs.ErrInvalid}, args...)...))
}

// malformed says what is wrong with a text, and shows how it begins.
func malformed(op string, text []byte, problem string) error {
	const shown = 40
	return failure(op, "", fmt.Errorf("%w: %s: %q", ErrMalformed, problem, text[:min(len(text), shown)]))
}

// hinted adds what to do about an error, unless something is said already.
func hinted(err error, hint string) error {
	if e, ok := err.(*kernlink.Error); ok && e.Hint == "" {
		e.Hint = hint
	}
	return err
}

// without is hinted for a file that is missing because the kernel was built
// without an option.
func without(option string, err error) error {
	e, ok := err.(*kernlink.Error)
	if ok && e.Kind == nil && errors.Is(err, fs.ErrNotExist) {
		e.Kind, e.Hint = kernlink.ErrNotSupported, "the kernel needs "+option
	}
	return err
}

// isMissing says that a name leads nowhere.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// vanished says that something was there when a list was made, and is not any
// more: no error of a loop.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, kernlink.ErrGone)
}
