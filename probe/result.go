// SPDX-License-Identifier: Apache-2.0

package probe

import "github.com/kernlink/kernlink"

// State is the answer in a word.
type State uint8

// The states of a channel. [Missing] needs something to be loaded, mounted,
// configured or installed, [Restricted] is there and forbidden to this thread,
// and [Unknown] could not be found out.
const (
	Unknown State = iota
	Usable
	Missing
	Restricted
)

// String is the state's name in small letters.
func (s State) String() string {
	switch s {
	case Usable:
		return "usable"
	case Missing:
		return "missing"
	case Restricted:
		return "restricted"
	}
	return "unknown"
}

// MarshalText is [State.String], for encodings.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Result is what was found out about one channel. It is a value of its own
// and may be kept and shared.
type Result struct {
	Channel string // as its package is called: "configfs", "nl"
	State   State
	Path    string // the file or folder that decided, or ""
	Reason  string // what was seen, for people: "its module is not loaded"
	Fix     string // a command where one helps, else what would; "" if usable
	Err     error  // what the kernel said, a syscall.Errno as a rule; or nil
}

// Failure is nil for a channel that is usable, and else a *kernlink.Error with
// the Result's Channel and Path, its Reason and Err below Err, and its Fix as
// Hint. errors.Is finds kernlink.ErrNotSupported for [Missing],
// kernlink.ErrRestricted for [Restricted], and the errno.
func (r Result) Failure() error {
	e := &kernlink.Error{Channel: r.Channel, Op: "probe", Path: r.Path, Err: &finding{r.Reason, r.Err}, Hint: r.Fix}
	switch r.State {
	case Usable:
		return nil
	case Missing:
		e.Kind = kernlink.ErrNotSupported
	case Restricted:
		e.Kind = kernlink.ErrRestricted
	}
	return e
}

// finding puts the reason before the kernel's own word.
type finding struct {
	reason string
	err    error
}

func (f *finding) Error() string {
	if f.err == nil {
		return f.reason
	}
	return f.reason + ": " + f.err.Error()
}

func (f *finding) Unwrap() error { return f.err }

func usable(path, reason string) Result {
	return Result{State: Usable, Path: path, Reason: reason}
}

func missing(path, reason, fix string, err error) Result {
	return Result{State: Missing, Path: path, Reason: reason, Fix: fix, Err: err}
}

func restricted(path, reason, fix string, err error) Result {
	return Result{State: Restricted, Path: path, Reason: reason, Fix: fix, Err: err}
}

func unknown(path, reason string, err error) Result {
	return Result{State: Unknown, Path: path, Reason: reason, Err: err}
}
