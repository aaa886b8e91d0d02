// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
)

// failure wraps what the kernel said of a process's file and finds out what it
// means: the kernel says ESRCH of a folder that is open, and ENOENT of one
// that it looks up, which is also its word for a file that it does not have.
func (p *Process) failure(op string, f file, err error) error {
	return p.failed(op, f.String(), err)
}

func (p *Process) failed(op, name string, err error) error {
	if _, done := err.(*kernlink.Error); done { // the folder's own, after Close
		return err
	}
	e := &kernlink.Error{Channel: channel, Op: op, Path: p.path(name), Kind: errno.Kind(err), Err: err}
	switch {
	case errors.Is(err, syscall.ESRCH) && p.reaped(p.look()): // or a kernel thread, which has no memory to show
		e.Kind = kernlink.ErrGone
	case errors.Is(err, fs.ErrNotExist):
		e.Hint, e.Kind = p.missing(op, name)
	case denied(err):
		e.Hint = p.hint()
	case errors.Is(err, syscall.EXDEV):
		e.Hint = covered
	}
	return e
}

// covered is what EXDEV means to a hardened handle.
const covered = "something is mounted over it, or over a folder on the way to it"

// missing is what ENOENT means.
func (p *Process) missing(op, name string) (hint string, kind error) {
	look := p.look()
	switch {
	case p.reaped(look):
		return "", kernlink.ErrGone
	case errors.Is(look, fs.ErrNotExist):
		return p.hint(), kernlink.ErrRestricted
	case op == "open" && name == fileTask.String():
		return "it is a thread, and has none", nil
	case op == "open" && needs[name] != "":
		return "this kernel has no such file: it needs " + needs[name], kernlink.ErrNotSupported
	case op == "open":
		return "this kernel has no such file", kernlink.ErrNotSupported
	}
	return "", nil
}

// malformed is the error of a text that is none, with the file that it is in.
func (p *Process) malformed(f file, b []byte, problem string) error {
	return malformed(p.path(f.String()), b, problem)
}

// openFailure wraps what openat(2) said of a process's folder.
func (f *FS) openFailure(path string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: "open", Path: path, Kind: errno.Kind(err), Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		e.Kind = kernlink.ErrGone
		if mode := f.hidepid(); mode != "" {
			e.Hint = "or it is hidden: the mount has hidepid=" + mode + ", CAP_SYS_PTRACE sees through it"
		}
	case denied(err):
		e.Hint = "a folder on the way to it, or a security module, forbids it"
	case errors.Is(err, syscall.EXDEV):
		e.Hint = covered
	}
	return e
}

// hint says what it takes to read a file of somebody else's process.
func (p *Process) hint() string {
	if mode := p.fs.hidepid(); mode != "" {
		return "the mount has hidepid=" + mode + ": it needs CAP_SYS_PTRACE, or the group of the mount's gid option"
	}
	return "it needs the right to trace the process: the same user and no more capabilities than the reader, or CAP_SYS_PTRACE"
}
