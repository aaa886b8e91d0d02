// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Signal sends a signal to the process, and to no other that may have its
// number by now; 0 only asks whether it could be sent. A zombie takes it and
// nothing happens.
//
// errors.Is finds [kernlink.ErrGone] when it has been reaped,
// [kernlink.ErrRestricted] without the right, [fs.ErrInvalid] for a borrowed
// Process, and [kernlink.ErrNotSupported] before Linux 5.3 or for a process
// that is not in the caller's PID namespace. The first call costs about ten
// system calls, the others one.
func (p *Process) Signal(sig syscall.Signal) error {
	fd, err := p.acquirePidfd("signal")
	if err != nil {
		return err
	}
	defer p.pidfd.Release()
	if err := sys.PidfdSignal(fd, int(sig)); err != nil {
		e := &kernlink.Error{Channel: channel, Op: "signal", Path: p.path(""), Err: err}
		switch {
		case errors.Is(err, syscall.ESRCH):
			e.Kind = kernlink.ErrGone
		case denied(err):
			e.Kind, e.Hint = kernlink.ErrRestricted, "it needs the same user, or CAP_KILL"
		}
		return e
	}
	return nil
}

// Wait waits until the process has ended, all its threads, whosever child it
// is. It does not reap it. A process that is a zombie or was reaped has ended,
// which is no error.
//
// It is a wait: it returns when ctx ends, with ctx's error, and when p is
// closed, with [fs.ErrClosed]. It sleeps on the runtime's poller. The other
// errors are those of [Process.Signal] but ErrGone.
func (p *Process) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return p.failed("wait", "", err)
	}
	fd, err := p.acquirePidfd("wait")
	if errors.Is(err, kernlink.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer p.pidfd.Release()
	ep, err := sys.NewEpoll(fd, sys.PollIn)
	if err != nil {
		return p.failed("wait", "", err)
	}
	// An epoll descriptor of this call's own: its deadline ends no other's
	// wait, and it is non-blocking on kernels whose pidfds cannot be.
	file := os.NewFile(uintptr(ep), p.path(""))
	defer file.Close()
	if !p.enter(file) {
		return p.failed("wait", "", fs.ErrClosed)
	}
	defer p.leave(file)
	defer sys.EndWith(ctx, file)()
	return p.waited(ctx, sleep(file))
}

// sleep returns when the epoll descriptor has an event.
func sleep(file *os.File) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	return conn.Read(func(ep uintptr) bool { return sys.DrainEpoll(int(ep)) })
}

func (p *Process) waited(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
		err = ctx.Err()
	default:
		if _, closed := p.dir.Acquire(); closed != nil {
			err = fs.ErrClosed // the poller's own word for it is not exported
		} else {
			p.dir.Release()
		}
	}
	return p.failed("wait", "", err)
}

// enter makes Close end the wait. It reports false after Close.
func (p *Process) enter(file *os.File) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.dir.Acquire(); err != nil {
		return false
	}
	p.dir.Release()
	if p.waits == nil {
		p.waits = make(map[*os.File]struct{})
	}
	p.waits[file] = struct{}{}
	return true
}

func (p *Process) leave(file *os.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waits, file)
}

// acquirePidfd lends the pidfd, which the first call opens.
func (p *Process) acquirePidfd(op string) (int, error) {
	if !p.owned {
		return -1, &kernlink.Error{
			Channel: channel, Op: op, Path: p.path(""), Err: fs.ErrInvalid,
			Hint: "it is borrowed: Open makes a handle of it",
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	dir, err := p.dir.Acquire()
	if err != nil {
		return -1, err
	}
	defer p.dir.Release()
	if p.pidfd == nil {
		fd, err := p.openPidfd(op, dir)
		if err != nil {
			return -1, err
		}
		p.pidfd = sys.NewFD(fd)
	}
	return p.pidfd.Acquire()
}

// openPidfd opens the process by its number, and then makes sure that it is
// the one of the folder: the number that the folder's own procfs has for the
// pidfd is ours, and our process has not been reaped, so that the number was
// its own all the time.
func (p *Process) openPidfd(op string, dir int) (int, error) {
	if magic, err := sys.StatfsType(dir); err != nil || magic != sys.ProcMagic {
		return -1, p.noPidfd(op, errors.ErrUnsupported, "its folder is not on a procfs")
	}
	fd, err := sys.PidfdOpen(p.pid)
	if err != nil && p.Gone() {
		return -1, p.failed(op, "", syscall.ESRCH)
	}
	switch {
	case err == nil:
	case errors.Is(err, errors.ErrUnsupported):
		return -1, p.noPidfd(op, err, "it needs pidfd_open(2), Linux 5.3")
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOENT):
		return -1, p.noPidfd(op, err, "it is a thread, and only a process can be signalled and waited for")
	case errors.Is(err, syscall.ESRCH):
		return -1, p.noPidfd(op, nil, foreign)
	default:
		return -1, p.failed(op, "", err)
	}
	pid, err := p.numberOf(dir, fd)
	if p.Gone() {
		err = syscall.ESRCH
	} else if err == nil && pid != p.pid || errors.Is(err, fs.ErrNotExist) {
		sys.Close(fd)
		return -1, p.noPidfd(op, nil, foreign)
	}
	if err != nil {
		sys.Close(fd)
		return -1, p.failed(op, "", err)
	}
	return fd, nil
}

const foreign = "the process is of another PID namespace than the caller"

func (p *Process) noPidfd(op string, err error, hint string) error {
	return &kernlink.Error{Channel: channel, Op: op, Path: p.path(""), Kind: kernlink.ErrNotSupported, Err: err, Hint: hint}
}

// numberOf is the number of a pidfd's process in the procfs to which the
// folder of p belongs, -1 for a reaped one.
func (p *Process) numberOf(dir, pidfd int) (int, error) {
	root := "../"
	if p.above != p.fs.path {
		root = "../../../" // of a thread of a process
	}
	info, err := p.fs.openAbove(dir, root+"self/fdinfo/"+strconv.Itoa(pidfd))
	if err != nil {
		return 0, err
	}
	defer sys.Close(info)
	b, err := sys.ReadAll(info)
	if err != nil {
		return 0, err
	}
	for text := range bytes.Lines(b) {
		if value, ok := bytes.CutPrefix(text, []byte("Pid:")); ok {
			if pid, ok := narrow[int](signed(bytes.TrimSpace(value))); ok {
				return pid, nil
			}
		}
	}
	return 0, fmt.Errorf("%w: a pidfd without a number", ErrMalformed)
}
