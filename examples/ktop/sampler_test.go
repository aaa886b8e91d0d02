// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

func TestCPUIsWhatWasUsedBetweenTwoLooks(t *testing.T) {
	for way, fds := range ways {
		t.Run(way, func(t *testing.T) {
			f := newFixture(t)
			f.put(task{pid: 7, comm: "a", start: 1, utime: 1000, stime: 500})
			s := f.sampler(fds)
			f.turn(s, time.Second)
			p := s.known[7]
			require.False(t, p.cpu.known, "a rate takes two looks")

			f.put(task{pid: 7, comm: "a", start: 1, utime: 1030, stime: 520})
			f.turn(s, 2*time.Second)
			require.Same(t, p, s.known[7])
			require.Equal(t, rate{25, true}, p.cpu)
			f.turn(s, time.Second)
			require.Equal(t, rate{0, true}, p.cpu)
		})
	}
}

func TestWhatBeganBetweenTwoLooksHasARateAtOnce(t *testing.T) {
	f := newFixture(t)
	s := f.sampler(0)
	f.turn(s, time.Second)
	f.put(task{pid: 7, comm: "a", start: 10150, utime: 20})
	f.turn(s, time.Second)
	require.Equal(t, rate{20, true}, s.known[7].cpu)
	require.Equal(t, []int{7}, pids(s.began))
}

// With one thread the nanoseconds of schedstat tell where between the ticks
// the truth is, and with more they do not.
func TestTheMainThreadsTimeRefinesTheTicks(t *testing.T) {
	for _, tt := range []struct {
		name    string
		threads int
		ticks   uint64
		run     time.Duration
		want    float64
	}{
		{"between the ticks", 1, 4, 47 * time.Millisecond, 47},
		{"nothing is in the ticks yet", 1, 0, 9 * time.Millisecond, 9},
		{"a thread came and went", 1, 50, 10 * time.Millisecond, 480},
		{"it was counted late", 1, 2, 900 * time.Millisecond, 40},
		{"several threads", 3, 15, 10 * time.Millisecond, 150},
		{"an earlier number", 1, 1, -time.Millisecond, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			p := task{pid: 7, comm: "a", state: "R", start: 1, utime: 100, run: time.Second, beats: 1, threads: tt.threads}
			f.put(p)
			s := f.sampler(descriptors)
			f.turn(s, time.Second)
			p.utime, p.run, p.beats = p.utime+tt.ticks, p.run+tt.run, 2
			f.put(p)
			f.turn(s, 100*time.Millisecond)
			require.True(t, s.known[7].cpu.known)
			require.InDelta(t, tt.want, s.known[7].cpu.value, 1e-6)
		})
	}
}

// What has not been on a CPU is not read; that it is not shows by a change
// that the kernel would not make.
func TestWhatSleepsIsReadOnceASecond(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*task)
		skipped bool
	}{
		{"the same pulse", func(*task) {}, true},
		{"it ran", func(p *task) { p.beats++ }, false},
		{"on a CPU", func(p *task) { p.state = "R" }, false},
		{"more threads", func(p *task) { p.threads = 2 }, false},
		{"no pulse", func(p *task) { p.beats = 0 }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			p := task{pid: 7, comm: "a", start: 1, rss: 1, beats: 1, run: 1}
			if tt.name != "it ran" {
				tt.change(&p)
			}
			f.put(p)
			s := f.sampler(descriptors)
			f.turn(s, time.Second)
			seen := s.known[7].memory
			p.rss = 3
			tt.change(&p)
			f.put(p)
			f.turn(s, 100*time.Millisecond)
			if tt.skipped {
				require.Equal(t, seen, s.known[7].memory)
				require.Equal(t, rate{0, true}, s.known[7].cpu)
			} else {
				require.Equal(t, 3*seen, s.known[7].memory)
			}
			f.turn(s, time.Second)
			require.Equal(t, 3*seen, s.known[7].memory)
		})
	}
}

// A turn in which it slept, unread, is not part of the next interval.
func TestWhatWakesHasTheRateOfTheLastInterval(t *testing.T) {
	f := newFixture(t)
	p := task{pid: 7, comm: "a", start: 1, utime: 100, run: time.Second, beats: 1}
	f.put(p)
	s := f.sampler(descriptors)
	f.turn(s, time.Second)
	f.turn(s, 100*time.Millisecond)
	f.turn(s, 100*time.Millisecond)
	p.utime, p.run, p.beats = 105, p.run+50*time.Millisecond, 2
	f.put(p)
	f.turn(s, 100*time.Millisecond)
	require.InDelta(t, 50, s.known[7].cpu.value, 1e-6)
}

func TestAKernelThatDoesNotCountHasNoPulse(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a", start: 1})
	f.write("7/schedstat", "0 0 0\n")
	s := f.sampler(descriptors)
	f.turn(s, time.Second)
	require.NotNil(t, s.known[7].handle)
	require.Nil(t, s.known[7].pulse)
}

func TestAProcessThatEndedIsSaidSoOnce(t *testing.T) {
	for way, fds := range ways {
		t.Run(way, func(t *testing.T) {
			f := newFixture(t)
			f.put(task{pid: 7, comm: "a", start: 1, beats: 1})
			f.put(task{pid: 8, comm: "b", start: 1})
			s := f.sampler(fds)
			f.turn(s, time.Second)
			require.Empty(t, s.began, "those that were there did not begin")
			f.remove(7)
			f.turn(s, time.Second)
			require.Equal(t, []int{7}, pids(s.ended))
			require.Equal(t, "a", s.ended[0].comm.String())
			require.Equal(t, []int{8}, pids(s.all))
			f.turn(s, time.Second)
			require.Empty(t, s.ended)
		})
	}
}

func TestANumberThatIsUsedAgainIsAnotherProcess(t *testing.T) {
	for way, fds := range ways {
		t.Run(way, func(t *testing.T) {
			f := newFixture(t)
			f.put(task{pid: 7, comm: "old", start: 1, utime: 9000})
			s := f.sampler(fds)
			f.turn(s, time.Second)
			f.put(task{pid: 7, comm: "new", start: 10150, utime: 5})
			f.turn(s, time.Second)
			require.Equal(t, []int{7}, pids(s.ended))
			require.Equal(t, []int{7}, pids(s.began))
			require.Equal(t, "old", s.ended[0].comm.String())
			require.Equal(t, []int{7}, pids(s.all))
			require.Equal(t, "new", s.known[7].comm.String())
			require.Equal(t, rate{5, true}, s.known[7].cpu)
		})
	}
}

func TestBeyondTheDescriptorsProcessesAreReadByNumber(t *testing.T) {
	f := newFixture(t)
	for pid := 1; pid <= 4; pid++ {
		f.put(task{pid: pid, comm: "a", start: 1})
	}
	s := f.sampler(2 * descriptors)
	f.turn(s, time.Second)
	kept := func() (n int) {
		for _, p := range s.all {
			if p.handle != nil {
				n++
			}
		}
		require.Equal(t, n, s.kept)
		return n
	}
	require.Len(t, s.all, 4)
	require.Equal(t, 2, kept())
	for _, p := range s.all {
		if p.handle != nil {
			f.remove(p.pid)
			break
		}
	}
	f.turn(s, time.Second)
	require.Equal(t, 1, kept())
	f.put(task{pid: 5, comm: "a", start: 1})
	f.turn(s, time.Second)
	require.Len(t, s.all, 4)
	require.Equal(t, 2, kept(), "what was given back is used again")
}

func TestOnlyTheNumbersThatWereAskedForAreLookedAt(t *testing.T) {
	f := newFixture(t)
	for pid := 1; pid <= 4; pid++ {
		f.put(task{pid: pid, comm: "a", start: 1})
	}
	s := f.sampler(0)
	s.only = map[int]bool{2: true, 4: true, 9: true}
	f.turn(s, time.Second)
	require.ElementsMatch(t, []int{2, 4}, pids(s.all))
}

// While the last number that was given out is the same, nobody asks which
// processes there are, but once a second.
func TestNewProcessesAreLookedForWhenThereMayBeSome(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a", start: 1, beats: 1})
	f.write("loadavg", "0.00 0.00 0.00 1/80 7\n")
	s := f.sampler(1000)
	require.Nil(t, s.fresh.file, "the number of this folder is not our kernel's")
	s.fresh.file = attr.Of[[]byte](s.proc.Entry("loadavg"))
	f.turn(s, time.Second)
	require.Equal(t, []int{7}, pids(s.all))

	f.put(task{pid: 8, comm: "b", start: 1, beats: 1})
	f.put(task{pid: 7, comm: "a", start: 1, beats: 2, utime: 5})
	f.turn(s, 100*time.Millisecond)
	require.Equal(t, []int{7}, pids(s.all), "the number is the same")
	require.True(t, s.known[7].cpu.value > 0, "those that are known are looked at")
	f.write("loadavg", "0.00 0.00 0.00 1/80 8\n")
	f.turn(s, 100*time.Millisecond)
	require.ElementsMatch(t, []int{7, 8}, pids(s.all))

	f.put(task{pid: 9, comm: "c", start: 1})
	f.turn(s, 100*time.Millisecond)
	require.Len(t, s.all, 2)
	f.turn(s, time.Second)
	require.Len(t, s.all, 3, "a second has gone by")

	f.put(task{pid: 10, comm: "d", start: 1})
	f.put(task{pid: 9, comm: "e", start: 2})
	f.put(task{pid: 7, comm: "a", start: 1, beats: 3, utime: 15})
	f.turn(s, 100*time.Millisecond)
	require.Len(t, s.all, 4, "one has ended")
	require.True(t, s.known[7].cpu.value > 0, "the others were looked at once, and not a second time")
}

func TestWhatCannotBeReadIsCountedAndEndsNothing(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a", start: 1})
	f.put(task{pid: 8, comm: "b", start: 1})
	f.write("7/stat", "what no kernel prints\n")
	s := f.sampler(0)
	f.turn(s, time.Second)
	require.Equal(t, []int{8}, pids(s.all))
	require.Equal(t, 1, s.hidden)
}

func TestOddNamesAreReadWhole(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a) S 1\n(b\x1b[2J", start: 1})
	s := f.sampler(0)
	f.turn(s, time.Second)
	require.Equal(t, procfs.Text("a) S 1\n(b\x1b[2J"), s.known[7].comm)
}

// A refresh of a thousand processes makes the loop's buffers and nothing for a
// process.
func TestARefreshDoesNotAllocateForAProcess(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fds   int
		order string
	}{
		{"kept", 1000 * descriptors, "cpu"},
		{"kept, sorted by IO", 1000 * descriptors, "io"},
		{"by number", 0, "cpu"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.write("stat", "cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
			for pid := 1; pid <= 1000; pid++ {
				f.put(task{pid: pid, comm: "a", start: 1, args: []string{"/bin/a"}, beats: pid % 2})
			}
			o, err := orderOf(tt.order)
			require.NoError(t, err)
			k, err := open(&options{proc: f.dir, fds: tt.fds, order: o, rows: 40})
			require.NoError(t, err)
			defer k.close()
			k.sampler.clock = func() time.Duration { f.now += time.Microsecond; return f.now }
			refresh := func() {
				require.NoError(t, k.look())
				require.NotEmpty(t, k.draw(120))
			}
			refresh()
			refresh()
			allocs := testing.AllocsPerRun(10, refresh)
			t.Logf("%v allocations", allocs)
			limit := 20.0
			if tt.fds == 0 {
				limit += 40 * 12 // the rows that are shown are opened for their io
			}
			if !raceDetector {
				require.LessOrEqual(t, allocs, limit)
			}
		})
	}
}
