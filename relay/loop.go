// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// lookInterval is how often a loop looks for what nobody tells it.
const lookInterval = time.Second

// loop is what reads a channel in rounds: those buffers that have something,
// and all of them at the interval.
type loop struct {
	ch      *Channel
	ctx     context.Context
	ended   atomic.Bool // by ctx or Close; err says it when the loop notices
	err     error
	stop    func() bool
	buffers []*Buffer
	timer   *time.Timer // of sleep

	began    time.Time // times are since then
	swept    time.Duration
	looked   time.Duration
	sweep    bool // this round reads all buffers
	draining bool // this round began after Drain
	read     bool // this round has read something
	more     bool // and filled a buffer, so there may be more at once
	gone     error

	ready   [32]sys.Ready
	tryWait func(fd uintptr) bool // bound once: a closure for each wait would be an allocation
	woken   int
}

// newLoop makes the caller the one who reads the channel.
func newLoop(ctx context.Context, ch *Channel) (*loop, error) {
	if err := ctx.Err(); err != nil {
		return nil, failure("read", ch.where(), err)
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	switch {
	case ch.closed.Load():
		return nil, failure("read", ch.where(), fs.ErrClosed)
	case ch.loop != nil:
		return nil, &kernlink.Error{
			Channel: channel, Op: "read", Path: ch.where(), Kind: kernlink.ErrBusy,
			Hint: "a loop runs on this Channel: another one wants a Channel of its own, see Options.CPUs",
		}
	}
	if err := ch.listen(); err != nil {
		return nil, failure("read", ch.where(), err)
	}
	l := &loop{ch: ch, ctx: ctx, began: time.Now(), buffers: append([]*Buffer(nil), ch.buffers...)}
	l.stop = context.AfterFunc(ctx, func() {
		l.ended.Store(true)
		ch.epoll.SetReadDeadline(longAgo)
	})
	l.tryWait = func(fd uintptr) bool {
		l.woken = sys.EpollReady(int(fd), l.ready[:])
		return l.woken > 0
	}
	l.begin(true)
	ch.loop = l
	return l, nil
}

func (l *loop) close() {
	l.stop()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.ch.mu.Lock()
	defer l.ch.mu.Unlock()
	l.ch.loop = nil
}

// now is the time since the loop began.
func (l *loop) now() time.Duration { return time.Since(l.began) }

// over reports whether the loop has to end, and leaves the reason in err.
func (l *loop) over() bool {
	if !l.ended.Load() {
		return false
	}
	l.err = failure("read", l.ch.where(), fs.ErrClosed)
	if err := l.ctx.Err(); err != nil {
		l.err = failure("read", l.ch.where(), err)
	}
	return true
}

// begin begins a round.
func (l *loop) begin(sweep bool) {
	l.sweep, l.read, l.more = sweep, false, false
	l.draining = l.ch.draining.Load()
	if sweep {
		l.swept = l.now()
	}
}

// next waits until there is reason for another round, and begins it. It
// reports false when there will be none.
func (l *loop) next() bool {
	if l.over() || l.dead() || l.draining && !l.read {
		return false
	}
	sweep := true
	switch {
	case l.more, l.draining:
	case !l.sweep && !l.read:
		// The kernel has said that there is something, and gave nothing. Its
		// counts of what is read can be one behind; it would say it again.
		l.sleep(max(l.swept+l.ch.opts.Interval-l.now(), 0))
	default:
		sweep = l.wait()
	}
	if l.over() {
		return false
	}
	l.refresh()
	l.begin(sweep)
	return true
}

// refresh looks, now and then, for buffers of CPUs that came online, and for
// those whose channel was closed: the kernel wakes nobody for either.
func (l *loop) refresh() {
	now := l.now()
	if now-l.looked < lookInterval {
		return
	}
	l.looked = now
	if l.ch.opts.CPUs == nil {
		l.ch.look(false) // a folder that went away shows when the buffers do
	}
	l.buffers = append(l.buffers[:0], l.ch.Buffers()...)
	for _, b := range l.buffers {
		b.ended = b.ended || b.finalized()
	}
}

// dead reports whether no buffer can have anything any more.
func (l *loop) dead() bool {
	for _, b := range l.buffers {
		if !b.over {
			return false
		}
	}
	l.err = l.gone
	return true
}

// wait waits for the kernel, or until it is time to read all buffers, which
// it reports.
func (l *loop) wait() (sweep bool) {
	due := l.swept + l.ch.opts.Interval
	l.ch.epoll.SetReadDeadline(l.began.Add(due))
	// Who ends the wait says why before it moves the deadline.
	if l.ended.Load() || l.ch.draining.Load() {
		return true
	}
	l.woken = 0
	err := l.ch.conn.Read(l.tryWait)
	for _, r := range l.ready[:l.woken] {
		for _, b := range l.buffers {
			if b.cpu == int(r.ID) {
				b.ready = true
				b.ended = b.ended || r.Events&(sys.PollErr|sys.PollHup) != 0
			}
		}
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		l.ended.Store(true)
	}
	return err != nil || l.now() >= due
}

// due reports whether it is a buffer's turn.
func (l *loop) due(b *Buffer) bool {
	turn := !b.over && (l.sweep || b.ready)
	b.ready = false
	return turn
}

// fill reads a buffer once. That its channel went away shows when all have.
func (l *loop) fill(b *Buffer) error {
	space, err := b.chunk.space()
	if err != nil {
		return failure("read", b.path, err)
	}
	n, err := b.read(space)
	switch {
	case errors.Is(err, kernlink.ErrGone):
		l.gone = err
		l.abandon(b)
		return nil
	case errors.Is(err, fs.ErrClosed):
		return nil
	case err != nil:
		l.abandon(b)
		return err
	}
	b.chunk.add(n)
	l.read = l.read || n > 0
	l.more = l.more || b.chunk.full
	if n == 0 && b.ended {
		l.gone = b.gone()
		l.abandon(b)
	}
	return nil
}

// abandon takes a buffer that has come to its end out of what is waited for,
// or it would be ready for ever.
func (l *loop) abandon(b *Buffer) {
	b.over = true
	fd, err := b.fd.Acquire()
	if err != nil {
		return
	}
	defer b.fd.Release()
	l.ch.conn.Control(func(ep uintptr) { sys.EpollDel(int(ep), fd) })
}

// sleep waits for so long, for ctx's end, Drain or Close.
func (l *loop) sleep(d time.Duration) {
	if l.timer == nil {
		l.timer = time.NewTimer(d)
	} else {
		l.timer.Reset(d)
	}
	select {
	case <-l.timer.C:
	case <-l.ctx.Done():
	case <-l.ch.bell:
	}
}

// tails yields the error of each buffer that ends within a record.
func (l *loop) tails(yield func(b *Buffer, err error) bool) {
	for _, b := range l.buffers {
		if err := b.chunk.tail(); err != nil && !yield(b, failure("decode", b.path, err)) {
			return
		}
	}
}
