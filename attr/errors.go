// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/kernlink/kernlink"
	errnos "github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/sys"
)

// ErrMalformed is what errors.Is finds when a file's text is no value of the
// type that was asked for, and when a Go value has no text of that type.
var ErrMalformed = errors.New("not a value of this type")

// malformed says which text is not of type what, and why where there is more
// to say.
func malformed(text []byte, what string, why error) error {
	if why == nil {
		return fmt.Errorf("%w: %s is no %s", ErrMalformed, quoted(text), what)
	}
	return fmt.Errorf("%w: %s is no %s: %w", ErrMalformed, quoted(text), what, why)
}

// quoted is how a text begins, for people to read.
func quoted(text []byte) string {
	const shown = 40
	if len(text) > shown {
		return fmt.Sprintf("%q...", text[:shown])
	}
	return fmt.Sprintf("%q", text)
}

// failure wraps what went wrong with the file, once.
func (f File) failure(op string, err error) error {
	if _, done := err.(*kernlink.Error); done {
		return err
	}
	return &kernlink.Error{Channel: f.channel(), Op: op, Path: f.Path(), Kind: errnos.Kind(err), Err: err}
}

// openFailure wraps what openat(2) said and finds out what it means. known
// says that the file had been open before.
func (f File) openFailure(op string, err error, writing, known bool) error {
	if isAway(err) {
		return err
	}
	e := &kernlink.Error{Channel: f.channel(), Op: op, Path: f.Path(), Err: err}
	switch {
	case errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ESRCH):
		if !f.exists() {
			e.Kind = kernlink.ErrGone
		}
	case errors.Is(err, syscall.ENXIO) && slices.Contains(f.policy.Gone, syscall.ENXIO):
		e.Kind, e.Hint = kernlink.ErrGone, "its module is being unloaded"
	case errors.Is(err, fs.ErrNotExist):
		if known || f.dir.Gone() {
			e.Kind = kernlink.ErrGone
		}
	case errors.Is(err, syscall.EROFS):
		e.Kind, e.Hint = kernlink.ErrReadOnly, "the file system is mounted read only"
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		e.Hint, e.Kind = f.refusal(err, writing)
	case f.policy.Beneath && errors.Is(err, syscall.EXDEV):
		e.Hint = "something is mounted over it or over a folder on the way, or a link on the way leads outside"
	case f.policy.Beneath && errors.Is(err, syscall.ELOOP):
		e.Hint = "it is, or the way to it leads over, a link to a place outside"
	default:
		e.Kind = errnos.Kind(err)
	}
	return e
}

// refusal tells a file that nobody may write (the kernel refuses even root)
// from one that this user may not.
func (f File) refusal(err error, writing bool) (hint string, kind error) {
	st, failed := f.stat()
	if failed != nil {
		return "a folder on the way to it, or a security module, forbids it", kernlink.ErrRestricted
	}
	errno, _ := errors.AsType[syscall.Errno](err)
	if f.policy.Refused != nil {
		if hint := f.policy.Refused(errno, fs.FileMode(st.Mode&0o777), writing); hint != "" {
			return hint, kernlink.ErrRestricted
		}
	}
	mode := modeText(st)
	switch {
	case writing && st.Mode&0o222 == 0:
		return mode, kernlink.ErrReadOnly
	case !writing && st.Mode&0o444 == 0:
		return mode + ": it can only be written", kernlink.ErrNotSupported
	}
	return mode, kernlink.ErrRestricted
}

func modeText(st sys.Stat) string {
	return fmt.Sprintf("its mode is %04o, owner %d:%d", st.Mode&0o7777, st.UID, st.GID)
}

// modeOf is modeText for an open file.
func modeOf(fd int) string {
	st, err := sys.Fstat(fd)
	if err != nil {
		return ""
	}
	return modeText(st)
}

// exists reports whether there is a file of this name now.
func (f File) exists() bool {
	_, err := f.stat()
	return err == nil
}

// isStill reports whether the name leads to the file that is open as fd. What
// an errno says about an object that went away, a driver may say of one that
// is there: bus/remove answers ENODEV for a device that it does not know.
func (f File) isStill(fd int) bool {
	mine, err := sys.Fstat(fd)
	if err != nil {
		return false
	}
	// procfs gives the number of a removed entry to the next one.
	now, err := f.stat()
	if isAway(err) {
		return true // for all that is known
	}
	return err == nil && now.Ino == mine.Ino && now.Dev == mine.Dev && now.Changed == mine.Changed
}

func (f File) stat() (sys.Stat, error) {
	dir, err := f.dir.acquire()
	if err != nil {
		return sys.Stat{}, err
	}
	defer f.dir.release()
	return f.policy.statAt(dir, f.name)
}

// ReadFailure makes the error of a channel that reads a file from [File.Open]
// in its own way: it wraps what read(2) of fd said, and finds out what it
// means. op is what was tried.
func (f File) ReadFailure(op string, fd int, err error) error { return f.readFailure(op, fd, err) }

// readFailure wraps what read(2) of an open file said.
func (f File) readFailure(op string, fd int, err error) error {
	e := &kernlink.Error{Channel: f.channel(), Op: op, Path: f.Path(), Err: err}
	errno, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case !isErrno:
		return f.failure(op, err)
	case slices.Contains(f.policy.Gone, errno) && !f.isStill(fd):
		e.Kind = kernlink.ErrGone
	case slices.Contains(f.policy.NoValue, errno):
		e.Kind = kernlink.ErrNoValue
	case f.lacks(fd, 0o444, errno):
		e.Kind, e.Hint = kernlink.ErrNotSupported, modeOf(fd)+": it can only be written"
	default:
		e.Kind = errnos.Kind(errno)
	}
	return e
}

// lacks reports whether the open file has none of these permissions: root, who
// may open it all the same, learns only now that there is no way to read or to
// write it, in the words of EINVAL or EACCES.
func (f File) lacks(fd int, perm uint32, errno syscall.Errno) bool {
	if errno != syscall.EINVAL && errno != syscall.EACCES && errno != syscall.EPERM {
		return false
	}
	st, err := sys.Fstat(fd)
	return err == nil && st.Mode&perm == 0
}

// writeFailure wraps what write(2) to an open file said: EINVAL there is a
// value that the kernel does not take, and so is what a removed file would
// say, when it is there.
func (f File) writeFailure(op string, fd int, value []byte, err error) error {
	e := &kernlink.Error{Channel: f.channel(), Op: op, Path: f.Path(), Err: err}
	errno, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case !isErrno:
		return f.failure(op, err)
	case slices.Contains(f.policy.Gone, errno) && !f.isStill(fd):
		e.Kind = kernlink.ErrGone
	case f.lacks(fd, 0o222, errno):
		e.Kind, e.Hint = kernlink.ErrReadOnly, modeOf(fd)
	case errno == syscall.EBUSY, slices.Contains(f.policy.Busy, errno):
		e.Kind, e.Hint = kernlink.ErrBusy, f.policy.BusyHint
	case errno == syscall.EINVAL, errno == syscall.ERANGE, slices.Contains(f.policy.Gone, errno) && errno != syscall.EIO:
		e.Hint = "the kernel does not take the value " + quoted(bytes.TrimSuffix(value, []byte{'\n'}))
		if errno == syscall.EINVAL && f.policy.BusyHint != "" {
			e.Hint += "; " + f.policy.BusyHint
		}
	default:
		e.Kind = errnos.Kind(errno)
	}
	return e
}
