// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/sys"
)

// Threshold is how much pressure a [Trigger] waits for: Stall of any Window,
// by the line Some or Full.
//
// A window has ten seconds at most, and before Linux 6.4 half a second at
// least; that of a caller without CAP_SYS_RESOURCE is a multiple of two
// seconds. Stall is not longer than Window, and not 0. Both go by
// microseconds.
type Threshold struct {
	Line          PressureLine
	Stall, Window time.Duration
}

const mostWindow = 10 * time.Second // kernel/sched/psi.c

func (t Threshold) check() error {
	switch {
	case t.Line != PressureSome && t.Line != PressureFull:
		return fmt.Errorf("%w: no line has the number %d", fs.ErrInvalid, t.Line)
	case t.Window > mostWindow:
		return fmt.Errorf("%w: a window of %v, and the kernel has %v at most", fs.ErrInvalid, t.Window, mostWindow)
	case t.Stall < time.Microsecond || t.Stall > t.Window:
		return fmt.Errorf("%w: %v of a window of %v", fs.ErrInvalid, t.Stall, t.Window)
	}
	return nil
}

// text is what the kernel is told, with the zero byte that it looks for.
func (t Threshold) text() []byte {
	return fmt.Appendf(nil, "%s %d %d\x00", t.Line, t.Stall.Microseconds(), t.Window.Microseconds())
}

// Trigger has the kernel watch the pressure, and wake who waits. The kernel
// does so until Close. It has two descriptors, one of them for epoll(7).
//
// It may be used by several goroutines, Close included. Each wake-up is for
// one of those who wait.
type Trigger struct {
	path  string
	fd    int
	epoll *os.File
	conn  syscall.RawConn
	turn  chan struct{} // holds one for who waits at the epoll descriptor
	gone  bool          // belongs to who has the turn

	mu     sync.Mutex
	closed bool
}

// Trigger begins to watch a file of /proc/pressure.
//
// errors.Is finds [fs.ErrInvalid] for a Threshold that cannot be (EINVAL for one
// that this kernel does not take),
// [kernlink.ErrNotSupported] where there is no such file, and
// [kernlink.ErrRestricted] before Linux 6.4 without CAP_SYS_RESOURCE.
func (f *FS) Trigger(r PressureResource, t Threshold) (*Trigger, error) {
	if err := r.valid(f); err != nil {
		return nil, err
	}
	facts := systemTable[r.file()]
	trigger, err := NewTrigger(f.Entry(facts.name), t)
	if err != nil {
		return nil, lacking(err, facts.needs)
	}
	return trigger, nil
}

// NewTrigger begins to watch a file of pressure that is elsewhere, a cgroup's,
// as [FS.Trigger] does. errors.Is finds [kernlink.ErrGone] when the cgroup was
// removed.
//
// A trigger of a cgroup may wake also when another one does that was made of
// the same file, by whomever: look at the pressure.
func NewTrigger(file attr.File, t Threshold) (*Trigger, error) {
	if err := t.check(); err != nil {
		return nil, triggerFailure("trigger", file.Path(), err)
	}
	fd, err := file.OpenBoth()
	if err != nil {
		return nil, err
	}
	trigger := &Trigger{path: file.Path(), fd: fd, turn: make(chan struct{}, 1)}
	if err := trigger.begin(t); err != nil {
		sys.Close(fd)
		return nil, triggerFailure("trigger", file.Path(), err)
	}
	return trigger, nil
}

// begin tells the kernel, and has the runtime's poller listen.
//
// A poll takes the event off the trigger, and the runtime polls whenever it
// likes. By edges, the epoll descriptor itself remembers that there was a
// wake-up, until it is asked.
func (t *Trigger) begin(threshold Threshold) error {
	if _, err := sys.Write(t.fd, threshold.text()); err != nil {
		return err
	}
	ep, err := sys.NewEpoll(t.fd, sys.PollIn|sys.PollPri|sys.PollErr|sys.PollEdge)
	if err != nil {
		return err
	}
	sys.EpollEvents(ep) // that it was added is no event
	t.epoll = os.NewFile(uintptr(ep), t.path)
	if t.conn, err = t.epoll.SyscallConn(); err != nil {
		t.epoll.Close()
	}
	return err
}

// Wait waits until the threshold is crossed. The kernel tells at most once in
// a window; an event that came while nobody waited is not lost, and several
// are one.
//
// It is a wait: it returns when ctx ends, with ctx's error, and when t is
// closed, with [fs.ErrClosed]. It sleeps on the runtime's poller. errors.Is
// finds [kernlink.ErrGone] when the cgroup was removed.
func (t *Trigger) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return t.failure(err)
	}
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return t.failure(ctx.Err())
	}
	defer func() { <-t.turn }()
	if t.gone {
		return t.failure(syscall.ENODEV)
	}
	defer sys.EndWith(ctx, t.epoll)()
	events := uint32(0)
	err := t.conn.Read(func(ep uintptr) bool {
		events = sys.EpollEvents(int(ep))
		return events != 0
	})
	switch {
	case t.isClosed():
		return t.failure(fs.ErrClosed) // the poller's own word for it is not exported
	case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
		return t.failure(ctx.Err())
	case err != nil:
		return t.failure(err)
	case events&(sys.PollErr|sys.PollHup) != 0:
		t.gone = true
		return t.failure(syscall.ENODEV)
	}
	return nil
}

// Close has the kernel watch no longer and ends every Wait. A second Close
// fails with [fs.ErrClosed].
func (t *Trigger) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return triggerFailure("close", t.path, fs.ErrClosed)
	}
	t.closed = true
	t.epoll.Close()
	sys.Close(t.fd)
	return nil
}

func (t *Trigger) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

func (t *Trigger) failure(err error) error { return triggerFailure("wait", t.path, err) }

func triggerFailure(op, path string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: op, Path: path, Kind: errno.Kind(err), Err: err}
	switch {
	case errors.Is(err, syscall.ENODEV):
		e.Kind = kernlink.ErrGone
	case errors.Is(err, syscall.EOPNOTSUPP):
		e.Hint = needsPSI
	case denied(err):
		e.Hint = "it needs CAP_SYS_RESOURCE; since Linux 6.4 a window that is a multiple of two seconds needs none"
	case errors.Is(err, syscall.EINVAL):
		e.Hint = "the kernel does not take this threshold: without CAP_SYS_RESOURCE the window is a multiple of two seconds, before Linux 6.4 it is half a second at least"
	}
	return e
}
