// SPDX-License-Identifier: Apache-2.0

//go:build linux

package guest

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/marker"
	"github.com/kernlink/kernlink/internal/verdict"
	"github.com/kernlink/kernlink/kmsg"
)

// judge follows the kernel log. The markers of jobs and tests stand in it
// among the kernel's own lines, so each fault is laid to what ran when the
// kernel wrote it, however late the judge reads it.
type judge struct {
	frames  *wire.Writer
	writer  *kmsg.Writer
	ended   chan int // jobs whose end the judge has read
	scanner verdict.Scanner

	// What follows belongs to the goroutine that reads the log.
	job       int // -1 between jobs
	running   []string
	taint     uint64      // at the last marker
	explained uint64      // taint bits that a fault since then accounts for
	pending   *wire.Frame // a fault whose report the kernel is still writing
}

// How much of a report is waited for, and how much of it is told.
const (
	heldLines  = 80
	shownLines = 30
)

func newJudge(ctx context.Context, frames *wire.Writer) (*judge, error) {
	w, err := kmsg.OpenWriter(nil)
	if err != nil {
		return nil, err
	}
	log, err := kmsg.Open(nil)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	j := &judge{frames: frames, writer: w, ended: make(chan int, 1), job: -1, taint: feature.Tainted("/")}
	go j.follow(ctx, log)
	return j, nil
}

// begin and end put a job's markers into the log; end returns when all that
// stands before the marker was judged.
func (j *judge) begin(job int) { j.mark(marker.Event{Kind: marker.JobBegin, Job: job}) }

func (j *judge) end(job int) {
	if !j.mark(marker.Event{Kind: marker.JobEnd, Job: job}) {
		return
	}
	for {
		select {
		case ended := <-j.ended:
			if ended == job {
				return
			}
		case <-time.After(30 * time.Second):
			_ = j.frames.Send(wire.Frame{Kind: wire.Fault, Job: job, Fault: "kernel log", Text: "the kernel log could not be followed to the end of this package"})
			return
		}
	}
}

// markerLevel is the least severe that the console shows: after a panic it is
// all that is left to tell which test ran.
const markerLevel = kmsg.Warn

func (j *judge) mark(e marker.Event) bool {
	err := j.writer.Write(markerLevel, e.Text())
	if err != nil {
		_ = j.frames.Send(wire.Frame{Kind: wire.Note, Text: err.Error()})
	}
	return err == nil
}

func (j *judge) follow(ctx context.Context, log *kmsg.Log) {
	defer log.Close()
	for rec, err := range log.All(ctx) {
		if gap, ok := errors.AsType[*kmsg.Gap](err); ok {
			_ = j.frames.Send(wire.Frame{Kind: wire.Note, Text: gap.Error()})
			continue
		}
		if err != nil {
			if ctx.Err() == nil {
				_ = j.frames.Send(wire.Frame{Kind: wire.Note, Text: "following the kernel log: " + err.Error()})
			}
			return
		}
		j.record(rec)
	}
}

func (j *judge) record(rec *kmsg.Record) {
	text := rec.Text.String()
	if rec.Facility == kmsg.User {
		if e, ok := marker.Parse(text); ok {
			j.event(e)
		}
		return
	}
	if fault := j.scanner.Line(text); fault != nil {
		j.explained |= verdict.TaintOf(fault.Kind)
		j.fault(fault.Kind.String(), fault.Text)
	}
	if r := j.scanner.Report(); j.pending != nil && len(r.Lines) >= heldLines {
		j.flush()
	}
}

func (j *judge) event(e marker.Event) {
	switch e.Kind {
	case marker.JobBegin:
		j.flush()
		j.job, j.running = e.Job, nil
		j.taint = feature.Tainted("/")
	case marker.Run:
		j.tainted(e.Taint)
		j.running = append(j.running, e.Test)
	case marker.End:
		j.tainted(e.Taint)
		if i := slices.Index(j.running, e.Test); i >= 0 {
			j.running = slices.Delete(j.running, i, i+1)
		}
	case marker.JobEnd:
		j.tainted(feature.Tainted("/"))
		j.job, j.running = -1, nil
		select {
		case j.ended <- e.Job:
		default: // nobody waits for it any more
		}
	}
}

// expected are the taints of loading modules that Debian did not build: O, E
// and, where signatures are asked for, none else.
const expected = 1<<12 | 1<<13

// tainted ends the present report, which cannot go on past a marker, and
// looks for bits that came since the last one and that no fault accounts for.
func (j *judge) tainted(now uint64) {
	j.flush()
	j.scanner.Break()
	bits := verdict.NewTaint(j.taint|j.explained|expected, now)
	j.taint, j.explained = now, 0
	if bits != 0 {
		j.fault("taint", strings.Join(verdict.Taint(bits), ", "))
		_ = j.frames.Send(*j.pending) // no lines belong to it
		j.pending = nil
	}
}

// fault holds a fault back until the kernel's report on it is complete.
func (j *judge) fault(kind, text string) {
	j.flush()
	j.pending = &wire.Frame{
		Kind: wire.Fault, Job: j.job, Fault: kind, Text: text, Tests: slices.Clone(j.running),
	}
	if j.job < 0 {
		j.pending = &wire.Frame{Kind: wire.Note, Text: "the kernel said while no test ran: " + kind + ": " + text}
	}
}

func (j *judge) flush() {
	if j.pending == nil {
		return
	}
	if r := j.scanner.Report(); r != nil {
		j.pending.Lines = verdict.Excerpt(r.Lines, shownLines)
	}
	_ = j.frames.Send(*j.pending) // a lost host ends the machine
	j.pending = nil
}

// stuck makes the kernel print what every CPU and every blocked task does,
// and returns that: there is no other way to say where a process that cannot
// be killed is.
func (j *judge) stuck() []string {
	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		return nil
	}
	defer log.Close()
	for _, key := range []string{"l", "w"} {
		if err := os.WriteFile("/proc/sysrq-trigger", []byte(key), 0); err != nil {
			return nil
		}
	}
	time.Sleep(2 * time.Second) // the CPUs print one after the other
	var lines []string
	for rec, err := range log.Pending() {
		if err == nil {
			lines = append(lines, rec.Text.String())
		}
	}
	return verdict.Excerpt(lines, 2*shownLines)
}
