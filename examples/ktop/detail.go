// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"os/user"
	"strconv"
	"time"

	"github.com/kernlink/kernlink/procfs"
)

// who is whose process it is and what it was started as, fit to be printed.
type who struct {
	turn    int // when it was read; 0: never
	at      time.Duration
	stale   bool
	user    string
	command []byte

	filter  *filter // the last one that looked at the command, and what it
	matches bool    // said
}

// storage is what a process reads and writes.
type storage struct {
	turn          int // when it was read; 0: never
	at            time.Duration
	read, written uint64 // in all its life
	reads, writes rate   // bytes a second
	readable      bool
}

// identify reads the user and the command, unless they must be the same.
func (s *sampler) identify(p *process) {
	w := &p.who
	if w.turn != 0 && !w.stale && (w.turn >= p.ran || s.at-w.at < seldom) {
		return
	}
	w.turn, w.at, w.stale, w.filter = s.turn, s.at, false, nil
	s.with(p, func(h *procfs.Process) {
		if h.ReadStatusInto(&s.status) == nil {
			w.user = s.user(s.status.UID.Effective)
		}
		if h.ReadCmdlineInto(&s.args) != nil {
			s.args = s.args[:0]
		}
		w.command = appendCommand(w.command[:0], s.args, p.comm)
	})
}

// measure reads how much went from and to storage. The rates are of the last
// interval: they are not known when the process was not read at the turn
// before, except when it has done nothing from then until that turn.
func (s *sampler) measure(p *process) {
	io := &p.io
	switch {
	case io.turn == s.turn:
		return
	case io.turn >= p.ran && io.readable:
		io.reads, io.writes = rate{0, true}, rate{0, true}
		return
	case io.turn != 0 && !io.readable && s.at-io.at < seldom:
		return
	}
	known, since := io.readable && io.turn >= p.ranPrior, io.at
	if io.turn < s.turn-1 {
		since = s.last
	}
	io.turn, io.at, io.readable = s.turn, s.clock(), false
	s.with(p, func(h *procfs.Process) { io.readable = h.ReadIOInto(&s.io) == nil })
	io.reads, io.writes = rate{}, rate{}
	if !io.readable {
		return
	}
	if known {
		elapsed := io.at - since
		io.reads = rateOf(float64(max(s.io.ReadBytes, io.read)-io.read), elapsed)
		io.writes = rateOf(float64(max(s.io.WriteBytes, io.written)-io.written), elapsed)
	}
	io.read, io.written = s.io.ReadBytes, s.io.WriteBytes
}

// with calls f with a handle on the process: the one that is kept, or one for
// the moment. It does not when the process has ended.
func (s *sampler) with(p *process, f func(*procfs.Process)) {
	if p.handle != nil {
		f(p.handle)
		return
	}
	h, err := s.proc.Process(p.pid)
	if err != nil {
		return
	}
	defer h.Close()
	if h.StartTime() == p.start {
		f(h)
	}
}

// user is the name for a number, or the number.
func (s *sampler) user(uid uint32) string {
	name, known := s.users[uid]
	if !known {
		name = strconv.FormatUint(uint64(uid), 10)
		if u, err := user.LookupId(name); err == nil {
			name = string(appendPrintable(nil, u.Username))
		}
		s.users[uid] = name
	}
	return name
}
