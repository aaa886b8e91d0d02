// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"time"

	"github.com/kernlink/kernlink/internal/sys"
)

// RawRecord is one event as it lies in a buffer.
//
// Data is borrowed: what a [Raw] hands out is good until the next one is read.
// [RawRecord.Clone] makes one that lasts.
type RawRecord struct {
	CPU  int
	Time time.Duration // as in [Record]
	ID   int           // of the event: [Event.ID], [Format.ID]
	Data []byte        // to be read with the fields of the event's [Format]
}

// Clone returns a copy that shares no memory with r.
func (r *RawRecord) Clone() *RawRecord {
	c := *r
	c.Data = append([]byte(nil), r.Data...)
	return &c
}

// RawOptions say how a CPU's buffer is read. The zero value will do.
type RawOptions struct {
	// Interval is how often it looks although the kernel did not wake it, which
	// it does only when the buffer is as full as the file buffer_percent of the
	// instance says, half full at first. 0 is 100 ms.
	Interval time.Duration
}

// Raw reads the buffer of one CPU, page by page, as the kernel keeps it:
// nothing is made into text, by nobody. What it reads, it takes out of the
// buffer.
//
// For all CPUs there is one for each ([Instance.CPUs]), each with a goroutine
// of its own. One goroutine at a time may read from it. Close may be called
// from any, at any time.
type Raw struct {
	s        *stream
	inst     *Instance
	cpu      int
	interval time.Duration
	layout   PageLayout

	buf  []byte
	page Page
	rec  RawRecord
}

// Raw opens the buffer of a CPU. What is in it already will be read, too.
//
// errors.Is finds [fs.ErrNotExist] for a CPU that there is not,
// [kernlink.ErrGone] when the instance was removed, [kernlink.ErrRestricted].
//
// It allocates a page, which all records share.
func (i *Instance) Raw(cpu int, opts *RawOptions) (*Raw, error) {
	if opts == nil {
		opts = new(RawOptions)
	}
	name := fmt.Sprintf("per_cpu/cpu%d/trace_pipe_raw", cpu)
	if cpu < 0 {
		return nil, failure("open", i.where(name), fs.ErrNotExist)
	}
	s, err := i.openStream(name)
	if err != nil {
		return nil, err
	}
	r := &Raw{s: s, inst: i, cpu: cpu, interval: cmp.Or(opts.Interval, 100*time.Millisecond)}
	if err := r.arrange(); err != nil {
		s.Close()
		return nil, err
	}
	return r, nil
}

// arrange finds out how large a page is, and makes room for one.
func (r *Raw) arrange() error {
	text, err := r.inst.File("events/header_page").Read()
	if err != nil {
		return err
	}
	if r.layout, err = ParsePageLayout(text); err != nil {
		return err
	}
	if len(r.buf) < r.layout.Size {
		r.buf = append(r.buf, make([]byte, r.layout.Size-len(r.buf))...)
	}
	return nil
}

// Layout is how the pages begin, and how large they are, as it was when Raw was
// called or when a larger page came: what [ParsePage] needs.
func (r *Raw) Layout() PageLayout { return r.layout }

// ReadInto reads the next page into dst as it is, waiting for one until ctx
// ends, and returns how much it was: to be stored, and taken apart by
// [ParsePage] later or elsewhere. It is a wait; with a ctx that has already
// ended it reads nothing.
//
// What the loops have not yet yielded of the page before is not in it.
// errors.Is finds [io.ErrShortBuffer] when dst has not room for a whole page.
// Nothing was read then, unless the pages have become larger since [Raw.Layout]
// was looked at: of the first such page the beginning is lost. The other errors
// are those of [Raw.All]. It allocates only when it has to wait.
func (r *Raw) ReadInto(ctx context.Context, dst []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, failure("read", r.s.path, err)
	}
	if len(dst) < r.layout.Size {
		return 0, failure("read", r.s.path, io.ErrShortBuffer)
	}
	n, err := r.s.read(ctx, dst)
	if err == errDrained {
		defer sys.EndWith(ctx, r.s.file)()
		for err == errDrained {
			n, err = r.s.await(ctx, dst, r.interval)
		}
	}
	if err != nil || r.layout.length(dst[:n]) <= n {
		return n, err
	}
	if err := r.arrange(); err != nil { // the pages have become larger
		return 0, err
	}
	if len(dst) < r.layout.Size {
		return 0, failure("read", r.s.path, io.ErrShortBuffer)
	}
	return r.readRest(ctx, dst, n)
}

// CPU is the number of the CPU whose buffer it is.
func (r *Raw) CPU() int { return r.cpu }

// Close ends the reading: a loop that waits ends with an error for which
// errors.Is finds [fs.ErrClosed], as does everything after it, a second Close
// included. What was not read stays in the buffer, but for the rest of the
// page that was being read.
func (r *Raw) Close() error { return r.s.Close() }

// All yields what is recorded and not yet read, and then waits for what comes,
// until ctx ends, the Raw is closed or the loop is left. It is a wait, which
// sleeps on the runtime's poller. While it waits, the instance cannot be
// removed.
//
// The record is borrowed until the next turn; it is nil beside an error. A
// [*Lost] and an [ErrMalformed] stand in the place of what is missing, and the
// loop goes on. Any other error is the last item: ctx's error when ctx ended,
// [fs.ErrClosed] after Close.
//
// Do not read from the Raw within the loop. A later loop goes on where this one
// was left. Records cost no allocation each.
func (r *Raw) All(ctx context.Context) iter.Seq2[*RawRecord, error] {
	return func(yield func(*RawRecord, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, failure("read", r.s.path, err))
			return
		}
		defer sys.EndWith(ctx, r.s.file)()
		for {
			err := r.next(ctx, true)
			if err == errDrained {
				continue
			}
			if !r.yield(yield, err) || isLast(err) {
				return
			}
		}
	}
}

// Pending yields what is recorded and not yet read, and ends when it has caught
// up: it is a call and never waits. What it yields is as in [Raw.All].
func (r *Raw) Pending() iter.Seq2[*RawRecord, error] {
	return func(yield func(*RawRecord, error) bool) {
		for {
			err := r.next(context.Background(), false)
			if err == errDrained || errors.Is(err, io.EOF) {
				return
			}
			if !r.yield(yield, err) || isLast(err) {
				return
			}
		}
	}
}

func (r *Raw) yield(yield func(*RawRecord, error) bool, err error) bool {
	if err != nil {
		return yield(nil, err)
	}
	return yield(&r.rec, nil)
}

// next reads the next event into r.rec. With wait it waits for it, for a while.
func (r *Raw) next(ctx context.Context, wait bool) error {
	for {
		if lost := r.page.Lost; lost != nil {
			lost.CPU, r.page.Lost = r.cpu, nil
			return failure("read", r.s.path, lost)
		}
		ok, err := r.page.Next(&r.rec)
		if ok {
			r.rec.CPU = r.cpu
			return nil
		}
		if err == nil {
			err = r.readPage(ctx, wait)
		}
		if err != nil {
			return err
		}
	}
}

// readPage reads the next page.
func (r *Raw) readPage(ctx context.Context, wait bool) error {
	n, err := r.s.read(ctx, r.buf)
	if err == errDrained && wait {
		n, err = r.s.await(ctx, r.buf, r.interval)
	}
	if err != nil {
		return err
	}
	// One read gives one page, or a part of it when the buffer is too small:
	// the size of the pages was changed after Raw was made.
	if r.layout.length(r.buf[:n]) > n {
		if err := r.arrange(); err != nil {
			return err
		}
		if n, err = r.readRest(ctx, r.buf, n); err != nil {
			return err
		}
	}
	r.page, err = ParsePage(r.buf[:n], r.layout)
	return err
}

// readRest reads what is missing of a page whose first n bytes are in b, and
// returns how long it is then.
func (r *Raw) readRest(ctx context.Context, b []byte, n int) (int, error) {
	for n < r.layout.Size {
		m, err := r.s.read(ctx, b[n:r.layout.Size])
		if err == errDrained || errors.Is(err, io.EOF) {
			return 0, malformed("read page", b[:r.layout.DataOffset], "it is cut off")
		}
		if err != nil {
			return 0, err
		}
		n += m
	}
	return n, nil
}
