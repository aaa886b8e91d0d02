// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// sampler looks at the processes, turn by turn.
type sampler struct {
	proc   *procfs.FS
	clock  func() time.Duration
	only   map[int]bool // nil: all
	keep   int          // how many processes are kept open
	pulses bool         // false only to measure what they are good for
	fresh  *newcomers

	turn     int
	at, last time.Duration // of this turn and of the one before, since boot
	known    map[int]*process
	all      []*process // the same; the view sorts it in place
	kept     int
	began    []*process // in this turn
	ended    []*process // in this turn; not to be read any more
	hidden   int        // how many may not even be looked at

	stat   procfs.Stat // what the processes are read into, one after the other
	status procfs.Status
	io     procfs.IO
	args   []procfs.Text
	users  map[uint32]string
}

// seldom is how often things are looked at that rarely change.
const seldom = time.Second

// descriptors is how many of them a kept process takes at most: its folder,
// stat, schedstat, status, cmdline, io.
const descriptors = 6

// newSampler looks at the procfs in a folder; fds is how many descriptors it
// may use for processes.
func newSampler(dir string, fds int) (*sampler, error) {
	open := procfs.OpenAt
	if dir == "/proc" {
		open = func(_ string, o *procfs.Options) (*procfs.FS, error) { return procfs.Open(o) }
	}
	proc, err := open(dir, nil)
	if err != nil {
		return nil, err
	}
	return &sampler{
		proc: proc, fresh: newNewcomers(proc), clock: sinceBoot, keep: fds / descriptors, pulses: true,
		known: map[int]*process{}, users: map[uint32]string{},
	}, nil
}

// sinceBoot is the clock that the start times of processes are told by.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

func (s *sampler) close() {
	for _, p := range s.all {
		p.close()
	}
	s.fresh.close()
	s.proc.Close()
}

// look is one turn: each process once.
func (s *sampler) look() error {
	s.turn++
	s.last, s.at = s.at, s.clock()
	s.began, s.ended = s.began[:0], s.ended[:0]
	if s.fresh.possible(s.at) || !s.revisit() {
		if err := s.scan(); err != nil {
			return err
		}
	}
	for _, p := range s.all {
		if p.turn != s.turn && !p.ended {
			s.end(p)
		}
	}
	if len(s.ended) > 0 {
		s.all = slices.DeleteFunc(s.all, func(p *process) bool { return p.turn != s.turn })
	}
	return nil
}

// revisit looks at the processes that are known, without asking which there
// are. It reports whether that was all: they are kept, and none has ended,
// whose number another may have.
func (s *sampler) revisit() bool {
	if s.kept < len(s.all) {
		return false
	}
	all := true
	for _, p := range s.all {
		if s.sample(p, p.handle) == nil {
			p.turn = s.turn
		} else {
			all = false
		}
	}
	return all
}

// scan finds the processes that there are, and looks at each.
func (s *sampler) scan() error {
	s.hidden = 0
	for found, err := range s.proc.Processes() {
		if err != nil {
			return err
		}
		if s.only == nil || s.only[found.PID()] {
			s.visit(found)
		}
	}
	return nil
}

// visit looks at the process that has the number in this turn, which need not
// be the one that had it before.
func (s *sampler) visit(found *procfs.Process) {
	if p := s.known[found.PID()]; p != nil {
		if p.turn == s.turn {
			return // revisit was here
		}
		if s.sample(p, found) == nil {
			p.turn = s.turn
			return
		}
		s.end(p)
	}
	switch err := s.begin(found); {
	case errors.Is(err, kernlink.ErrGone): // so soon
	case err != nil:
		s.hidden++
	}
}

// begin gets to know a process.
func (s *sampler) begin(found *procfs.Process) error {
	p := &process{pid: found.PID(), turn: s.turn}
	if s.kept < s.keep {
		handle, err := found.Open()
		if err != nil {
			return err
		}
		p.handle, p.start = handle, handle.StartTime()
		if s.pulses {
			p.pulse = pulseOf(handle)
		}
		s.kept++
	}
	if err := s.sample(p, found); err != nil {
		s.drop(p)
		return err
	}
	s.known[p.pid] = p
	s.all = append(s.all, p)
	if s.turn > 1 {
		s.began = append(s.began, p)
	}
	return nil
}

func (s *sampler) end(p *process) {
	p.ended = true
	s.drop(p)
	s.ended = append(s.ended, p)
	delete(s.known, p.pid)
}

func (s *sampler) drop(p *process) {
	if p.handle != nil {
		s.kept--
	}
	p.close()
}

// sample brings a process up to date; found is where to read it when it is
// not kept. An error says that it is not the process that has the number, or
// that it may not be read any more.
func (s *sampler) sample(p *process, found *procfs.Process) error {
	beat, err := p.pulse.beat()
	if err != nil {
		return err
	}
	idle := p.read != 0 && !beat && !p.mayRun()
	if !idle {
		p.ranPrior, p.ran = p.ran, s.turn
	} else if s.at-p.read < seldom {
		p.at += s.at - s.last // as late in this turn as in the last one
		p.cpu = rate{0, true}
		return nil
	}
	if p.handle != nil {
		found = p.handle
	}
	if err := found.ReadStatInto(&s.stat); err != nil {
		return err
	}
	if p.start != 0 && p.start != s.stat.StartTime {
		return kernlink.ErrGone
	}
	since := p.at
	if since == 0 { // it began after the last turn, and so did its times
		since = s.last
	}
	p.take(&s.stat, s.clock(), since, s.turn > 1)
	return nil
}
