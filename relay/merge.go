// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"context"
	"iter"
	"time"
)

// Timestamped is a record that knows when it was made, by a clock that all
// CPUs share. The unit is the module's; only the order counts.
type Timestamped interface{ Timestamp() uint64 }

// Merge is [Records] in the order of the records' stamps.
//
// A record is yielded as soon as no older one can come: when each other CPU has
// a newer one to show, or was found empty [Options.Slack] after it was read. So
// a CPU that is silent holds nobody up, and a record is held back for Slack at
// most, during which the buffers are not read. Slack bridges the moment between
// the stamp and the writing, which is long where a thread can be interrupted
// in it. A record that comes later still is yielded at once, with Late set:
// nothing is lost, and the order of one CPU is always kept. After
// [Channel.Drain] nothing is held back.
//
// The rest is as with Records. An error comes when it is met, which may be
// before older records of other CPUs: Merge looks one record ahead on each. The
// buffer of a CPU is read anew when all of its records were yielded.
func Merge[T Timestamped](ctx context.Context, ch *Channel, decode Decode[T]) iter.Seq2[Record[T], error] {
	return func(yield func(Record[T], error) bool) {
		l, err := newLoop(ctx, ch)
		if err != nil {
			yield(Record[T]{}, err)
			return
		}
		defer l.close()
		m := &merger[T]{loop: l, decode: decode, yield: yield}
		for m.sweep() && m.emit() {
			if m.heap.len() > 0 {
				continue // some CPUs have to be asked anew before the next
			}
			if !l.next() {
				finish(l, yield)
				return
			}
		}
		if m.left {
			return
		}
		if l.over() {
			yield(Record[T]{}, l.err)
		}
	}
}

// merger has the oldest record of each CPU that has one. The others are
// silent: they were empty at some time after settled.
type merger[T Timestamped] struct {
	*loop
	decode  Decode[T]
	yield   func(Record[T], error) bool
	left    bool // the caller has left the loop
	heap    heap[T]
	streams map[*Buffer]*stream[T]
	settled time.Duration
	asked   int    // CPUs that have a record, or may have one again
	last    uint64 // the newest stamp that was yielded
}

// stream is one CPU's.
type stream[T any] struct {
	b     *Buffer
	rec   T
	size  int    // of rec, which is still in the chunk
	stamp uint64 // rec's
	at    time.Duration
	has   bool // there is a rec
}

func (m *merger[T]) stream(b *Buffer) *stream[T] {
	s := m.streams[b]
	if s == nil {
		if m.streams == nil {
			m.streams = make(map[*Buffer]*stream[T])
		}
		s = &stream[T]{b: b}
		m.streams[b] = s
	}
	return s
}

// sweep asks all CPUs that are silent for records. It reports false when the
// loop ends.
func (m *merger[T]) sweep() bool {
	m.refresh()
	m.draining = m.ch.draining.Load()
	if m.heap.len() > 0 && !m.draining {
		if d := m.heap.top().at + m.ch.opts.Slack - m.now(); d > 0 {
			m.sleep(d)
		}
	}
	settled := m.now()
	m.asked = 0
	for _, b := range m.buffers {
		if m.ended.Load() {
			return false
		}
		s := m.stream(b)
		if !s.has {
			if !m.advance(s) {
				return false
			}
			if s.has {
				m.heap.push(s)
			}
		}
		if s.has || !b.over {
			m.asked++
		}
	}
	m.settled = settled
	return true
}

// emit yields records as long as nobody can have an older one. It reports
// false when the loop ends.
func (m *merger[T]) emit() bool {
	slack := m.ch.opts.Slack
	if m.draining {
		slack = 0
	}
	for m.heap.len() > 0 {
		s := m.heap.top()
		if m.silent() && s.at+slack > m.settled {
			return true
		}
		if m.ended.Load() {
			return false
		}
		rec := Record[T]{CPU: s.b.cpu, Late: s.stamp < m.last, Value: s.rec}
		m.last = max(m.last, s.stamp)
		s.has = false
		s.b.chunk.r += s.size
		if !m.yield(rec, nil) {
			m.left = true
			return false
		}
		if !m.advance(s) {
			return false
		}
		if s.has {
			m.heap.fix()
		} else {
			m.heap.pop()
		}
	}
	return true
}

// silent reports whether there is a CPU without a record to show.
func (m *merger[T]) silent() bool { return m.heap.len() < m.asked }

// advance looks for the next record of a stream, in what was read, and then
// in what one more read gives. It reports false when the loop was left.
func (m *merger[T]) advance(s *stream[T]) bool {
	if !m.cut(s) {
		return false
	}
	for !s.has && !s.b.over {
		s.b.ready = false
		if err := m.fill(s.b); err != nil {
			return m.report(s.b, err)
		}
		s.at = m.now()
		if !m.cut(s) {
			return false
		}
		if !s.b.chunk.full {
			break
		}
	}
	return true
}

// cut cuts the next record out of what was read.
func (m *merger[T]) cut(s *stream[T]) bool {
	for {
		rec, n, err := cut(&s.b.chunk, m.decode)
		if err != nil {
			if !m.report(s.b, failure("decode", s.b.path, err)) {
				return false
			}
			continue
		}
		if s.has = n > 0; s.has {
			s.rec, s.size, s.stamp = rec, n, rec.Timestamp()
		}
		return true
	}
}

func (m *merger[T]) report(b *Buffer, err error) bool {
	m.left = !m.yield(Record[T]{CPU: b.cpu}, err)
	return !m.left
}
