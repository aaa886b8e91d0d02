// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
)

// channel begins the text of the errors.
const channel = "modparam"

// UnknownError says that a module has no parameter of this name. It is found
// by errors.AsType[*modparam.UnknownError] and is a value to read, which may
// be shared.
type UnknownError struct {
	Name    string   // what was asked for
	Known   []string // the parameters that the module has, in its own order
	Closest string   // the one that was probably meant, or ""
}

// Error says that the kernel would have ignored the name. The known names are
// in the Hint of the kernlink.Error around it.
func (e *UnknownError) Error() string {
	return "no such parameter, and the kernel would ignore it"
}

func (e *UnknownError) hint() string {
	if len(e.Known) == 0 {
		return "the module has no parameters"
	}
	known := "it has " + strings.Join(e.Known, ", ")
	if e.Closest == "" {
		return known
	}
	return "did you mean " + e.Closest + "? " + known
}

// at wraps the error for the parameter path, "module.name".
func (e *UnknownError) at(path string) error {
	return &kernlink.Error{Channel: channel, Op: "check", Path: path, Err: e, Hint: e.hint()}
}

// refusal is a reason with the errno that the kernel has for it, if any.
type refusal struct {
	text  string
	errno syscall.Errno
}

func (r *refusal) Error() string { return r.text }

func (r *refusal) Unwrap() error {
	if r.errno == 0 {
		return nil
	}
	return r.errno
}

// refuse makes a refusal without errno: the kernel would not have noticed.
func refuse(format string, args ...any) error {
	return &refusal{text: fmt.Sprintf(format, args...)}
}

// errNeedsValue is what the kernel answers to a bare name, except for a bool.
var errNeedsValue error = &refusal{"needs a value: only a bool may come as a bare name", syscall.EINVAL}

// within says where, and keeps the reason below reachable.
func within(where string, err error) error { return fmt.Errorf("%s: %w", where, err) }

// failed wraps the reason err with what was tried and the parameter's name.
func failed(op, name string, err error) error {
	return &kernlink.Error{Channel: channel, Op: op, Path: name, Err: err}
}
