// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// WatchOptions say how a file is watched. The zero value waits for the kernel
// to notify.
type WatchOptions struct {
	// Interval is how often the file is read although nobody notified: for
	// the many files that never do, which no one can ask them. 0 is never.
	Interval time.Duration

	// Every yields the value each time that the kernel notifies (and at each
	// Interval), changed or not. Without, it is yielded when the file's text
	// is another than before.
	Every bool
}

// lifeCheck is how often a watch without interval looks whether the object is
// still there: the kernel wakes nobody when it removes a file.
const lifeCheck = time.Second

// Watch yields the present value and then each change, until ctx ends: the
// kernel's notifications (sysfs_notify, the POLLPRI of poll(2)) and, for files
// that never notify, reading at an interval. Changes that follow each other
// quickly are seen as one.
//
// It is a wait. The loop ends, with the error as its last item, when ctx ends
// (ctx's error), when the object goes away ([kernlink.ErrGone], noticed within
// a second), when v is closed ([fs.ErrClosed]), when the file can neither
// notify nor has an Interval ([kernlink.ErrNotSupported]), and when reading
// fails in another way. Two errors are items between values:
// [kernlink.ErrNoValue] when the attribute lost its value, and [ErrMalformed].
//
// It uses a descriptor of its own for the file and one for epoll(7), and
// closes both at the end of the loop.
func (v *Value[T]) Watch(ctx context.Context, opts *WatchOptions) iter.Seq2[T, error] {
	var o WatchOptions
	if opts != nil {
		o = *opts
	}
	return func(yield func(T, error) bool) {
		w, err := v.file.watch(ctx, o)
		if err != nil {
			yield(*new(T), err)
			return
		}
		defer w.close()
		for first := true; ; first = false {
			text, err := w.read()
			if v.isClosed() {
				err = v.file.failure("watch", fs.ErrClosed)
			}
			if w.changed(text, err) || first || o.Every {
				var value T
				if err == nil {
					value, err = v.decode("watch", text)
				}
				if !yield(value, err) {
					return
				}
			}
			if err != nil && !errors.Is(err, kernlink.ErrNoValue) && !errors.Is(err, ErrMalformed) {
				return
			}
			if err := w.wait(ctx, v); err != nil {
				yield(*new(T), err)
				return
			}
		}
	}
}

func (v *Value[T]) isClosed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.closed
}

// watch is one loop: the open file, and the epoll descriptor that makes its
// POLLPRI readable for the runtime's poller.
type watch struct {
	file    File
	opts    WatchOptions
	fd      int
	epoll   *os.File // nil for a file that cannot be polled
	conn    syscall.RawConn
	buf     []byte
	last    []byte
	lastErr error
}

func (f File) watch(ctx context.Context, o WatchOptions) (*watch, error) {
	if err := ctx.Err(); err != nil {
		return nil, f.failure("watch", err)
	}
	fd, err := f.open("watch", sys.ReadOnly, false)
	if err != nil {
		return nil, err
	}
	w := &watch{file: f, opts: o, fd: fd, buf: make([]byte, firstBuffer)}
	ep, err := sys.NewEpoll(fd, sys.PollPri|sys.PollErr)
	switch {
	case err == nil:
		w.epoll = os.NewFile(uintptr(ep), f.Path())
		if w.conn, err = w.epoll.SyscallConn(); err != nil {
			w.close()
			return nil, f.failure("watch", err)
		}
	case o.Interval <= 0:
		w.close()
		return nil, &kernlink.Error{
			Channel: f.channel(), Op: "watch", Path: f.Path(), Kind: kernlink.ErrNotSupported, Err: err,
			Hint: "this file never notifies: set WatchOptions.Interval",
		}
	}
	return w, nil
}

func (w *watch) close() {
	if w.epoll != nil {
		w.epoll.Close()
	}
	sys.Close(w.fd)
}

// read reads the file anew, which is also what makes the kernel notify again.
func (w *watch) read() ([]byte, error) {
	fd := w.fd
	if !w.file.policy.Keep {
		fresh, err := w.file.open("watch", sys.ReadOnly, true)
		if err != nil {
			return nil, err
		}
		defer sys.Close(fresh)
		fd = fresh
	}
	text, err := w.file.readAll(fd, w.buf)
	if err != nil {
		return nil, w.file.readFailure("watch", fd, err)
	}
	return text, nil
}

// changed compares with what was read before, and remembers.
func (w *watch) changed(text []byte, err error) bool {
	same := (err == nil) == (w.lastErr == nil) && bytes.Equal(text, w.last)
	w.last, w.lastErr = append(w.last[:0], text...), err
	return !same
}

// differs reads the file aside from the loop.
func (w *watch) differs() bool {
	text, err := w.file.readAll(w.fd, w.buf)
	return err != nil || !bytes.Equal(text, w.last)
}

// closable is the Value above a watch.
type closable interface{ isClosed() bool }

// wait returns nil when it is time to read again.
func (w *watch) wait(ctx context.Context, v closable) error {
	began := time.Now()
	for {
		tick := lifeCheck
		if w.opts.Interval > 0 {
			tick = min(tick, max(0, w.opts.Interval-time.Since(began)))
		}
		woken, err := w.sleep(ctx, tick)
		switch {
		case ctx.Err() != nil:
			return w.file.failure("watch", ctx.Err())
		case err != nil:
			return w.file.failure("watch", err)
		case v.isClosed():
			return w.file.failure("watch", fs.ErrClosed)
		case woken, w.opts.Interval > 0 && time.Since(began) >= w.opts.Interval:
			return nil
		case w.dead():
			return nil // reading says how
		}
	}
}

// dead reports what the kernel sets and wakes nobody for.
func (w *watch) dead() bool {
	events, err := sys.Poll(w.fd, sys.PollPri, 0)
	return err != nil || events&(sys.PollErr|sys.PollHup) != 0 || w.file.dir.Gone()
}

// sleep waits for a notification, for the end of ctx, or for so long.
func (w *watch) sleep(ctx context.Context, d time.Duration) (woken bool, err error) {
	if w.epoll == nil {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		return false, nil
	}
	w.epoll.SetReadDeadline(time.Now().Add(d))
	defer sys.EndWith(ctx, w.epoll)()
	// A wake is the event: some files take it back when they are asked again.
	asked := false
	err = w.conn.Read(func(ep uintptr) bool {
		// What came before this wait began may have been taken by the
		// runtime's own poll and forgotten; from here on it remembers.
		woken = asked || sys.DrainEpoll(int(ep)) || !w.file.policy.Latched && w.differs()
		asked = true
		return woken
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return woken, err
}
