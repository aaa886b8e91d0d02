// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"context"
	"errors"
	"io"
	"iter"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// All goes through the log from the Log's position on and then waits for what
// comes, until ctx ends, the Log is closed or the loop is left. It is a wait,
// which sleeps on the runtime's poller and needs no goroutine or thread while
// it does.
//
// The record is borrowed until the next turn; [Record.Clone] keeps it. It is
// nil beside an error. A [Gap] or an [ErrMalformed] stands in the place of
// what is missing, and the loop goes on. Any other error is the last thing
// yielded: ctx's error when ctx ended, [fs.ErrClosed] after Close.
//
// Do not read from the Log within the loop. A later loop goes on where this
// one was left. Records cost no allocation each.
func (l *Log) All(ctx context.Context) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, failure("read", l.path, err))
			return
		}
		defer sys.EndWith(ctx, l.file)()
		for {
			err := l.ended(ctx, l.next(true))
			if !l.yield(yield, err) || isLast(err) {
				return
			}
		}
	}
}

// Pending goes through what is logged and not yet read, and ends when it has
// caught up: it is a call and never waits. With [All] as From this is the
// whole log; with [Now], all that was logged since Open.
//
// What it yields is as in [Log.All]. The end itself is no error.
func (l *Log) Pending() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for {
			err := l.next(false)
			if err == errDrained || errors.Is(err, io.EOF) {
				return
			}
			if !l.yield(yield, err) || isLast(err) {
				return
			}
		}
	}
}

// ReadInto reads the next record into *rec, waiting for it until ctx ends. It
// is a wait; with a ctx that has already ended it reads nothing.
//
// The record borrows the Log's memory until the next read. On an error *rec
// is left as it was; after a [Gap] or an [ErrMalformed] one can read on.
//
// It allocates only when it has to wait with a ctx that can end.
func (l *Log) ReadInto(ctx context.Context, rec *Record) error {
	if err := ctx.Err(); err != nil {
		return failure("read", l.path, err)
	}
	err := l.next(false)
	if err == errDrained {
		disarm := sys.EndWith(ctx, l.file)
		err = l.ended(ctx, l.next(true))
		disarm()
	}
	if err == nil {
		*rec = l.rec
	}
	return err
}

func (l *Log) yield(yield func(*Record, error) bool, err error) bool {
	if err != nil {
		return yield(nil, err)
	}
	return yield(&l.rec, nil)
}

// isLast reports whether nothing more can come after err.
func isLast(err error) bool {
	if err == nil || errors.Is(err, ErrMalformed) {
		return false
	}
	_, gap := errors.AsType[*Gap](err)
	return !gap
}

// errDrained is next's word for EAGAIN; no caller ever sees it.
var errDrained = errors.New("nothing more is logged yet")

// next reads the next record into l.rec. Without wait it returns errDrained
// when there is none.
func (l *Log) next(wait bool) error {
	if l.held {
		l.held = false
		return nil
	}
	for {
		n, err := l.readOnce(wait)
		if again, err := l.settle(n, err); !again {
			return err
		}
	}
}

// settle deals with the outcome of one read. again asks for another one.
func (l *Log) settle(n int, err error) (again bool, _ error) {
	switch err {
	case nil:
		if n == 0 {
			return false, failure("read", l.path, io.EOF)
		}
		return false, l.take(l.buf[:n])
	case syscall.EAGAIN:
		return false, errDrained
	case syscall.EPIPE:
		// The ring has overtaken this reader, and the kernel has moved it to
		// the oldest record. Which is where All wants to begin.
		l.lost = l.known || l.from != All
		return true, nil
	case syscall.EINVAL:
		// The record did not fit. The kernel has passed over it all the same
		// (it moves the position before it looks at the size).
		if len(l.buf) >= lastBuffer {
			return false, failure("read", l.path, err)
		}
		l.lost = true
		l.buf = make([]byte, 2*len(l.buf))
		return true, nil
	}
	return false, failure("read", l.path, err)
}

// take parses one record into l.rec, and holds it back if records before it
// are missing.
func (l *Log) take(b []byte) error {
	if err := Parse(b, &l.rec); err != nil {
		return err
	}
	seq := l.rec.Sequence
	missing, count := l.lost && !l.known, uint64(0)
	if l.known && seq > l.expect {
		missing, count = true, seq-l.expect
	}
	l.lost, l.known, l.expect = false, true, seq+1
	if !missing {
		return nil
	}
	l.held = true
	return failure("read", l.path, &Gap{Lost: count, Next: seq})
}
