// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Pipe reads an instance's trace as text, of all CPUs in the order of time.
// What it reads, it takes out of the buffers: nobody else sees it again.
//
// One goroutine at a time may read from it. Close may be called from any, at
// any time.
type Pipe struct {
	s          *stream
	buf        []byte
	start, end int // of what is read and not yet yielded
}

const (
	// pipeBuffer has room for what the kernel prints for one read, 8 KiB at
	// most, after a line that began in the one before.
	pipeBuffer = 32 << 10

	// pipeLimit is how long it sleeps without looking: the kernel wakes whoever
	// waits for all CPUs with the first event, so this is for the case that it
	// does not.
	pipeLimit = time.Second
)

// Pipe opens trace_pipe. What is in the buffers already will be read, too, so
// nothing is missed between this and the loop, unless a buffer overflows.
//
// errors.Is finds [kernlink.ErrBusy] when somebody else has it open (since
// Linux 6.6 and the stable kernels of that time; on others the two share the
// events), [kernlink.ErrGone] when the instance was removed,
// [kernlink.ErrRestricted].
//
// While it is open, the instance cannot be removed, and its current_tracer not
// be changed. It allocates a buffer of 32 KiB.
func (i *Instance) Pipe() (*Pipe, error) {
	s, err := i.openStream("trace_pipe")
	if err != nil {
		if errors.Is(err, kernlink.ErrBusy) {
			err = hinted(err, "only one may read it at a time: "+busyHint(i.where("trace_pipe")))
		}
		return nil, err
	}
	return &Pipe{s: s, buf: make([]byte, pipeBuffer)}, nil
}

// Close ends the reading: a loop that waits ends with an error for which
// errors.Is finds [fs.ErrClosed], as does everything after it, a second Close
// included. What was not read stays in the buffers.
func (p *Pipe) Close() error { return p.s.Close() }

// All yields what is recorded and not yet read, and then waits for what comes,
// until ctx ends, the Pipe is closed or the loop is left. It is a wait, which
// sleeps on the runtime's poller. While it waits, the instance cannot be
// removed.
//
// A [*Lost] and an event are items of the loop; any other error is the last
// one: ctx's error when ctx ended, [fs.ErrClosed] after Close.
//
// Do not read from the Pipe within the loop. A later loop goes on where this
// one was left. A record costs one allocation, and is the caller's.
func (p *Pipe) All(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(Record{}, failure("read", p.s.path, err))
			return
		}
		defer sys.EndWith(ctx, p.s.file)()
		for {
			rec, err := p.next(ctx, true)
			if err == errDrained {
				continue
			}
			if !yield(rec, err) || isLast(err) {
				return
			}
		}
	}
}

// Pending yields what is recorded and not yet read, and ends when it has caught
// up: it is a call and never waits. What it yields is as in [Pipe.All].
func (p *Pipe) Pending() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for {
			rec, err := p.next(context.Background(), false)
			if err == errDrained || errors.Is(err, io.EOF) {
				return
			}
			if !yield(rec, err) || isLast(err) {
				return
			}
		}
	}
}

// next takes the next line. With wait it waits for it, for a while.
func (p *Pipe) next(ctx context.Context, wait bool) (Record, error) {
	for {
		if line, ok := p.line(); ok {
			if lost, ok := parseLost(line); ok {
				return Record{}, failure("read", p.s.path, lost)
			}
			return ParseRecord(line), nil
		}
		if err := p.fill(ctx, wait); err != nil {
			return Record{}, err
		}
	}
}

// line takes a line off what was read, or all of it when nothing more fits.
func (p *Pipe) line() ([]byte, bool) {
	read := p.buf[p.start:p.end]
	if end := bytes.IndexByte(read, '\n'); end >= 0 {
		p.start += end + 1
		return read[:end], true
	}
	if len(read) == len(p.buf) {
		p.start = p.end
		return read, true
	}
	return nil, false
}

func (p *Pipe) fill(ctx context.Context, wait bool) error {
	p.end = copy(p.buf, p.buf[p.start:p.end])
	p.start = 0
	n, err := p.s.read(ctx, p.buf[p.end:])
	if err == errDrained && wait {
		n, err = p.s.await(ctx, p.buf[p.end:], pipeLimit)
	}
	if errors.Is(err, io.EOF) && p.end > 0 { // the last line of a captured trace
		p.buf[p.end], n, err = '\n', 1, nil
	}
	p.end += n
	return err
}
