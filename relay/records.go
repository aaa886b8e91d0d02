// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"context"
	"iter"
)

// Decode takes the record apart that b begins with, and says how long it is.
// What b has after it is the next ones, or a part of one.
//
// n is 0, without an error, when b has not the whole record: Decode is asked
// again with more. An error says that there is no record here; n is how much
// to pass over, and 0 all that is there so far, which is right where a record
// that is wrong says nothing about its length.
//
// The record may lead into b, which is borrowed until the loop's next turn.
type Decode[T any] func(b []byte) (rec T, n int, err error)

// Record is one record and where it is from.
type Record[T any] struct {
	CPU   int
	Late  bool // [Merge] only: its stamp is older than that of the one before it
	Value T
}

// Records goes through the records of all CPUs, as they come, until ctx ends.
// Those of one CPU are in the order in which they were written; one CPU after
// the other has its turn.
//
// It is a wait, which sleeps until the kernel has completed a sub-buffer, or
// [Options.Interval] is over. It ends without an error after [Channel.Drain],
// when all is read. A later loop goes on with the record after the last that
// was yielded.
//
// Errors are items of the loop. What Decode says goes with the file's path, and
// the loop goes on. The others are the last item: ctx's error,
// [fs.ErrClosed] after Close, [kernlink.ErrGone] when the whole channel went
// away, [kernlink.ErrBusy] at once when another loop runs. A record that is cut
// off when all is read is [io.ErrUnexpectedEOF].
//
// It allocates nothing for a record, and grows a buffer for each CPU
// ([Options.Buffer]).
func Records[T any](ctx context.Context, ch *Channel, decode Decode[T]) iter.Seq2[Record[T], error] {
	return func(yield func(Record[T], error) bool) {
		l, err := newLoop(ctx, ch)
		if err != nil {
			yield(Record[T]{}, err)
			return
		}
		defer l.close()
		for {
			for _, b := range l.buffers {
				if l.due(b) && !take(l, b, decode, yield) {
					return
				}
			}
			if !l.next() {
				finish(l, yield)
				return
			}
		}
	}
}

// finish yields why the loop ends, if not because all is read.
func finish[T any](l *loop, yield func(Record[T], error) bool) {
	if l.err != nil {
		yield(Record[T]{}, l.err)
		return
	}
	l.tails(func(b *Buffer, err error) bool { return yield(Record[T]{CPU: b.cpu}, err) })
}

// take reads a buffer once, and yields what that completes.
func take[T any](l *loop, b *Buffer, decode Decode[T], yield func(Record[T], error) bool) bool {
	if !yieldAll(l, b, decode, yield) { // what an earlier loop has left
		return false
	}
	if err := l.fill(b); err != nil {
		return yield(Record[T]{CPU: b.cpu}, err)
	}
	return yieldAll(l, b, decode, yield)
}

// yieldAll yields the records that were read. What a record costs here is
// what it costs a loop beyond its decoding, so those that are right have a
// path of their own.
func yieldAll[T any](l *loop, b *Buffer, decode Decode[T], yield func(Record[T], error) bool) bool {
	c := &b.chunk
	out := Record[T]{CPU: b.cpu}
	for !l.ended.Load() {
		left, n, err := c.left(), 0, error(nil)
		if len(left) == 0 {
			return true
		}
		out.Value, n, err = decode(left)
		if err != nil || uint(n-1) >= uint(len(left)) {
			if err = c.wrong(n, err); err == nil {
				return true
			}
			if !yield(Record[T]{CPU: b.cpu}, failure("decode", b.path, err)) {
				return false
			}
			continue
		}
		c.r += n
		if !yield(out, nil) {
			return false
		}
	}
	return true
}
