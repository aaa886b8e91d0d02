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
	// is another than before. A notification that comes while the loop's body
	// runs is not lost; several of them are one.
	Every bool
}

// lifeCheck is how often a watch without interval looks whether the object is
// still there: the kernel wakes nobody when it removes a file. Tests set it.
var lifeCheck = time.Second

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
// It uses descriptors of its own, which it closes at the end of the loop: one
// for epoll(7), and one for the file, or two where the [Policy] is not Latched.
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
		if !v.enter(w) {
			yield(*new(T), v.file.failure("watch", fs.ErrClosed))
			return
		}
		defer v.leave(w)
		for told := true; ; told = told && o.Every {
			text, err := w.read()
			if v.isClosed() {
				err = v.file.failure("watch", fs.ErrClosed)
			}
			over := err != nil && !errors.Is(err, kernlink.ErrNoValue)
			if w.changed(text, err) || told || over {
				var value T
				if err == nil {
					value, err = v.decode("watch", text)
				}
				if !yield(value, err) || over {
					return
				}
			}
			if told, err = w.wait(ctx, v); err != nil {
				yield(*new(T), err)
				return
			}
		}
	}
}

// enter makes Close end the watch. It reports false after Close.
func (v *Value[T]) enter(w *watch) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return false
	}
	if v.watches == nil {
		v.watches = make(map[*watch]struct{})
	}
	v.watches[w] = struct{}{}
	return true
}

func (v *Value[T]) leave(w *watch) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.watches, w)
}

func (v *Value[T]) isClosed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.closed
}

// watch is one loop. Who polls a file of /proc takes the notification off the
// descriptor, even by way of an epoll descriptor, and the runtime polls
// whenever it likes and forgets what it found when a wait begins. So it is
// given a descriptor that rings and no more, and another says whether there
// is news, which nobody asks but the loop.
type watch struct {
	file    File
	opts    WatchOptions
	fd      int           // is read, and has the news
	bell    int           // in epoll; fd itself where reading alone takes the news
	epoll   *os.File      // nil for a file that cannot be polled
	ended   chan struct{} // closed by the Value's Close
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
	w := &watch{file: f, opts: o, fd: fd, bell: fd, ended: make(chan struct{}), buf: make([]byte, firstBuffer)}
	if err := w.listen(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// listen has the runtime's poller ring when the kernel notifies.
func (w *watch) listen() error {
	if !w.file.policy.Latched {
		bell, err := w.file.open("watch", sys.ReadOnly, true)
		if err != nil {
			return err
		}
		w.bell = bell
	}
	ep, err := sys.NewEpoll(w.bell, sys.PollPri|sys.PollErr)
	switch {
	case err == nil:
		w.epoll = os.NewFile(uintptr(ep), w.file.Path())
		if w.conn, err = w.epoll.SyscallConn(); err != nil {
			return w.file.failure("watch", err)
		}
	case w.opts.Interval <= 0:
		return &kernlink.Error{
			Channel: w.file.channel(), Op: "watch", Path: w.file.Path(), Kind: kernlink.ErrNotSupported, Err: err,
			Hint: "this file never notifies: set WatchOptions.Interval",
		}
	}
	return nil
}

func (w *watch) close() {
	if w.epoll != nil {
		w.epoll.Close()
	}
	if w.bell != w.fd {
		sys.Close(w.bell)
	}
	sys.Close(w.fd)
}

// end ends a sleep, and each one after it.
func (w *watch) end() {
	close(w.ended)
	if w.epoll != nil {
		w.epoll.Close()
	}
}

// read reads the file anew, which is also what makes the kernel notify again.
func (w *watch) read() ([]byte, error) {
	fd := w.fd
	if !w.file.policy.Keep {
		if w.epoll != nil {
			sys.Pread(fd, w.buf, 0) // for the kernel's sake, who asks whether it was read
		}
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
	if fd == w.fd && w.unlinked() {
		return nil, w.file.openFailure("watch", syscall.ENOENT, false, true)
	}
	return text, nil
}

// changed compares with what was read before, and remembers.
func (w *watch) changed(text []byte, err error) bool {
	same := (err == nil) == (w.lastErr == nil) && bytes.Equal(text, w.last)
	w.last, w.lastErr = append(w.last[:0], text...), err
	return !same
}

// closable is the Value above a watch.
type closable interface{ isClosed() bool }

// wait returns when it is time to read again. told says that it is because of
// a notification or the interval, and not to see what became of the file.
func (w *watch) wait(ctx context.Context, v closable) (told bool, err error) {
	began := time.Now()
	for {
		tick := lifeCheck
		if w.opts.Interval > 0 {
			tick = min(tick, max(0, w.opts.Interval-time.Since(began)))
		}
		woken, err := w.sleep(ctx, tick)
		switch {
		case ctx.Err() != nil:
			return false, w.file.failure("watch", ctx.Err())
		case v.isClosed():
			return false, w.file.failure("watch", fs.ErrClosed)
		case err != nil:
			return false, w.file.failure("watch", err)
		case woken, w.opts.Interval > 0 && time.Since(began) >= w.opts.Interval:
			return true, nil
		case w.file.dir.Gone(), w.unlinked():
			return false, nil // reading says how
		}
	}
}

// news takes what the kernel has to say: that it notified, or that the file
// was removed, for which it wakes nobody.
func (w *watch) news() bool {
	events, err := sys.Poll(w.fd, sys.PollPri, 0)
	return err != nil || events != 0
}

// unlinked reports whether the file was removed from an ordinary folder: then
// it can still be read. The kernel's own files keep their link, and fail.
func (w *watch) unlinked() bool {
	st, err := sys.Fstat(w.fd)
	return err == nil && st.Links == 0
}

// sleep waits for a notification, for the end of ctx or of the Value, or for
// so long.
func (w *watch) sleep(ctx context.Context, d time.Duration) (woken bool, err error) {
	if w.epoll == nil {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-w.ended:
		case <-timer.C:
		}
		return false, nil
	}
	w.epoll.SetReadDeadline(time.Now().Add(d))
	defer sys.EndWith(ctx, w.epoll)()
	err = w.conn.Read(func(uintptr) bool { return w.news() })
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return w.news(), nil
	}
	return err == nil, err
}
