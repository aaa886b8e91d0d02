// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// row is one line of the table: a piece of work, done in several ways that
// are measured against each other. A file has one.
type row struct {
	name   string
	unit   string  // what is counted: "process"
	figure float64 // what kernlink's ratio to C must reach
	allocs float64 // what kernlink may allocate for each unit

	// open makes what all the ways share, and the ways themselves: first C,
	// which is the limit, then kernlink, then its rivals. An errUnmeasured
	// says why this machine cannot run the row.
	open func(b *bench) ([]way, error)
}

// way is one way to do the work of a row.
type way struct {
	name    string
	prepare func() (worker, error)
}

// worker does the work of a row, in one way.
type worker interface {
	// run does the work n times. The number of items that came of it is the
	// kernel's matter: processes come and go.
	run(n int) (sample, error)

	// show does it once and says what was decoded. A rival may know less than
	// C and kernlink do, but no other.
	show() (facts, error)

	close() error
}

// sample is what a run cost.
type sample struct {
	time   time.Duration // on a CPU
	items  int
	allocs uint64
}

func (s sample) perItem() float64 { return float64(s.time) / float64(max(s.items, 1)) }

func (s *sample) add(t sample) {
	s.time += t.time
	s.items += t.items
	s.allocs += t.allocs
}

// facts are "key value" pairs.
type facts map[string]string

func parseFacts(text string) facts {
	f := facts{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		f[key] = value
	}
	return f
}

// errUnmeasured is why a row cannot be measured on this machine.
type errUnmeasured struct{ why string }

func (e errUnmeasured) Error() string { return "not measured: " + e.why }

// inGo is a worker in this process.
type inGo struct {
	work  func(n int) (items int, err error)
	facts func() (facts, error)
	end   func() error

	// threads says that others do a part of its work: goroutines that it
	// starts, or the collector, for it allocates. Then the time of all
	// threads counts. Else it is that of the calling one, since the Go
	// runtime has a thread that wakes by the clock on the wall, and shows the
	// more the busier the machine is.
	threads bool
}

func (w inGo) run(n int) (sample, error) {
	clock := int32(unix.CLOCK_PROCESS_CPUTIME_ID)
	if !w.threads {
		clock = unix.CLOCK_THREAD_CPUTIME_ID
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	var before, after runtime.MemStats
	runtime.GC() // what others left behind is not this one's to sweep
	runtime.ReadMemStats(&before)
	began := onCPU(clock)
	items, err := w.work(n)
	spent := onCPU(clock) - began
	runtime.ReadMemStats(&after)
	s := sample{spent, items, after.Mallocs - before.Mallocs}
	switch {
	case err != nil:
	case items == 0:
		err = errors.New("the work came to nothing")
	case !w.threads && s.allocs > 100+2*uint64(items):
		err = errors.New("it allocates: its time is that of all threads")
	}
	return s, err
}

// onCPU is the time that was spent on a CPU, in the kernel or out of it. What
// else runs on the machine is not in it.
func onCPU(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(err) // there since Linux 2.6.12
	}
	return time.Duration(t.Nano())
}

func (w inGo) show() (facts, error) { return w.facts() }

func (w inGo) close() error {
	if w.end == nil {
		return nil
	}
	return w.end()
}
