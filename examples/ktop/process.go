// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"os"
	"time"

	"github.com/kernlink/kernlink/procfs"
)

// process is what is known of one process. Turns are counted from 1, so that
// 0 is before all of them.
type process struct {
	pid    int
	start  uint64          // in ticks since boot
	handle *procfs.Process // nil: read by number each time
	pulse  *pulse          // nil: not known, so stat is read at each turn
	ended  bool

	comm    procfs.Text
	state   procfs.State
	threads int64
	memory  uint64        // in bytes
	ticks   uint64        // on the CPU, in all its life, and the same of the main
	run     time.Duration // thread alone, which the pulse tells

	turn     int           // when it was seen last
	at       time.Duration // when its CPU time was
	read     time.Duration // when stat was
	ran      int           // the last turn before which it may have run,
	ranPrior int           // and the last one before that
	cpu      rate          // of one core, in percent

	who who
	io  storage
}

// rate is a number that may not be known.
type rate struct {
	value float64
	known bool
}

func rateOf(amount float64, elapsed time.Duration) rate {
	if elapsed <= 0 {
		return rate{}
	}
	return rate{amount / elapsed.Seconds(), true}
}

// take takes over what stat and the pulse say now. since is when the process
// was looked at before; it is not known of one that was always there.
func (p *process) take(st *procfs.Stat, now, since time.Duration, rated bool) {
	ticks, run := st.UTime+st.STime, p.pulse.runTime()
	p.cpu = rate{}
	if rated {
		p.cpu = rateOf(100*p.used(ticks, run, st.Threads).Seconds(), now-since)
	}
	p.ticks, p.run, p.at, p.read = ticks, run, now, now
	if !bytes.Equal(p.comm, st.Comm) {
		p.comm = append(p.comm[:0], st.Comm...)
		p.who.stale = true // it became another program, as a rule
	}
	p.start, p.state, p.threads = st.StartTime, st.State, st.Threads
	p.memory = st.RSS * uint64(os.Getpagesize())
}

// used is the time on the CPU since the last time. User and system time are
// both rounded down to ticks, so the ticks are right to within two; the main
// thread's time, when there is no other thread, tells where in between.
func (p *process) used(ticks uint64, run time.Duration, threads int64) time.Duration {
	coarse := time.Duration(max(ticks, p.ticks)-p.ticks) * procfs.Tick
	if p.pulse == nil || threads != 1 {
		return coarse
	}
	return min(max(run-p.run, coarse-2*procfs.Tick, 0), coarse+2*procfs.Tick)
}

// mayRun reports whether the process may run without its pulse telling: other
// threads have pulses of their own, and one that is on a CPU can stay there.
func (p *process) mayRun() bool {
	return p.pulse == nil || p.threads != 1 || p.state == procfs.Running
}

// close gives the descriptors back.
func (p *process) close() {
	if p.handle != nil {
		p.handle.Close()
	}
	p.pulse.close()
}
