// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
)

func marker(t testing.TB, i *tracefs.Instance) *tracefs.Marker {
	t.Helper()
	m, err := i.Marker()
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

func pipe(t testing.TB, i *tracefs.Instance) *tracefs.Pipe {
	t.Helper()
	p, err := i.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

func TestMarkersAreReadFromThePipeInTheirOrder(t *testing.T) {
	f := open(t)
	i := create(t, f, "markers")
	m := marker(t, i)
	_, err := m.WriteString("before the pipe is open")
	require.NoError(t, err)
	p := pipe(t, i)
	fmt.Fprintf(m, "n=%d\n", 42)
	_, err = m.Write([]byte("two\nlines"))
	require.NoError(t, err)
	n, err := m.Write(nil)
	require.NoError(t, err)
	require.Zero(t, n)

	var all []tracefs.Record
	for r, err := range p.Pending() {
		require.NoError(t, err)
		all = append(all, r)
	}
	require.Len(t, all, 4)
	for n, want := range []string{"before the pipe is open", "n=42", "two"} {
		require.Equal(t, "tracing_mark_write", all[n].Event)
		require.Equal(t, want, all[n].Text)
		require.NotZero(t, all[n].PID)
		require.NotZero(t, all[n].Time)
		require.NotEmpty(t, all[n].Task)
		require.Len(t, all[n].Flags, 5)
	}
	require.Equal(t, tracefs.Record{Text: "lines", Continued: true}, all[3])
	for r, err := range p.Pending() {
		t.Fatalf("what was read is read again: %v %v", r, err)
	}
}

func TestAPipeWaitsUntilSomethingHappensOrCtxEnds(t *testing.T) {
	f := open(t)
	i := create(t, f, "waits")
	m, p := marker(t, i), pipe(t, i)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	write := func() { m.WriteString("next") }
	time.AfterFunc(10*time.Millisecond, write) // while it waits, or else before
	var said []string
	for r, err := range p.All(ctx) {
		if len(said) == 3 {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		require.NoError(t, err)
		if said = append(said, r.Text); len(said) == 3 {
			write = cancel
		}
		time.AfterFunc(10*time.Millisecond, write)
	}
	require.Equal(t, []string{"next", "next", "next"}, said)
	for _, err := range p.All(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestCloseEndsAPipeThatWaits(t *testing.T) {
	f := open(t)
	i := create(t, f, "closes")
	p := pipe(t, i)
	time.AfterFunc(20*time.Millisecond, func() { p.Close() })
	n := 0
	for _, err := range p.All(context.Background()) {
		require.ErrorIs(t, err, fs.ErrClosed)
		n++
	}
	require.Equal(t, 1, n)
	require.ErrorIs(t, p.Close(), fs.ErrClosed)
	for _, err := range p.Pending() {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
}

func TestOnlyOneMayReadAPipe(t *testing.T) {
	f := open(t)
	i := create(t, f, "alone")
	pipe(t, i)
	_, err := i.Pipe()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorContains(t, err, "trace_pipe of process")
}

// Several goroutines write while one reads; what is missing in the end must
// have been reported lost.
func TestNothingIsLostThatIsNotReported(t *testing.T) {
	f := open(t)
	for name, size := range map[string]int{"roomy": 4096, "tight": 8} {
		t.Run(name, func(t *testing.T) {
			i := create(t, f, name)
			require.NoError(t, attr.Set(i.File("buffer_size_kb"), size))
			m, p := marker(t, i), pipe(t, i)
			const writers, each = 4, 1000
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for n := range each {
						fmt.Fprintf(m, "writer %d says %d", w, n)
					}
				})
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() { wg.Wait(); m.WriteString("the end"); cancel() }()
			seen, lost := 0, uint64(0)
			next := make([]int, writers)
			count := func(r tracefs.Record, err error) {
				if l, ok := errors.AsType[*tracefs.Lost](err); ok {
					lost += l.Count
					return
				}
				require.NoError(t, err)
				var w, n int
				if _, err := fmt.Sscanf(r.Text, "writer %d says %d", &w, &n); err == nil {
					require.GreaterOrEqual(t, n, next[w], "of one writer in their order")
					next[w] = n + 1
					seen++
				}
			}
			for r, err := range p.All(ctx) {
				if errors.Is(err, context.Canceled) {
					break
				}
				count(r, err)
			}
			for r, err := range p.Pending() {
				count(r, err)
			}
			require.Equal(t, writers*each, seen+int(lost), "%d were reported lost", lost)
			if name == "roomy" {
				require.Zero(t, lost)
			}
		})
	}
}

// What overflows while nobody reads is reported, with its number.
func TestWhatOverflowsIsReportedLost(t *testing.T) {
	f := open(t)
	i := create(t, f, "overflow")
	require.NoError(t, attr.Set(i.File("buffer_size_kb"), 8))
	m := marker(t, i)
	const written = 2000
	for n := range written {
		fmt.Fprintf(m, "%d", n)
	}
	cpus, err := i.CPUs()
	require.NoError(t, err)
	var overrun, read uint64
	for _, cpu := range cpus {
		s, err := i.Stats(cpu)
		require.NoError(t, err)
		overrun += s.Overrun
		require.Zero(t, s.Dropped)
	}
	require.NotZero(t, overrun)
	var seen, lost uint64
	for r, err := range pipe(t, i).Pending() {
		if l, ok := errors.AsType[*tracefs.Lost](err); ok {
			require.Contains(t, cpus, l.CPU)
			lost += l.Count
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "tracing_mark_write", r.Event)
		seen++
	}
	require.EqualValues(t, written, seen+lost)
	for _, cpu := range cpus {
		s, err := i.Stats(cpu)
		require.NoError(t, err)
		read += s.Read
		require.Zero(t, s.Entries)
	}
	require.Equal(t, seen, read)
}

func TestAMarkerSaysWhatTheKernelDidNotTake(t *testing.T) {
	f := open(t)
	i := create(t, f, "limits")
	m := marker(t, i)
	b := bytes.Repeat([]byte("x"), 64<<10)
	n, err := m.Write(b)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.GreaterOrEqual(t, n, 1024)
	t.Logf("a marker has %d bytes at most", n)
	all := records(t, i)
	require.Equal(t, n, strings.Count(all[0].Text, "x"), "what it took is there")

	require.NoError(t, attr.Set(i.File("tracing_on"), false))
	_, err = m.WriteString("off")
	require.ErrorIs(t, err, syscall.EBADF)
	require.ErrorContains(t, err, "tracing_on is 0")
	require.NoError(t, attr.Set(i.File("tracing_on"), true))
	require.NoError(t, m.Close())
	_, err = m.WriteString("closed")
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, m.Close(), fs.ErrClosed)

	require.NoError(t, i.Clear())
	require.Empty(t, records(t, i))
}

func TestWritingAMarkerAllocatesNothing(t *testing.T) {
	f := open(t)
	i := create(t, f, "allocs")
	m := marker(t, i)
	b := []byte("a marker")
	_, err := m.WriteString("as long as it gets")
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(200, func() {
		if _, err := m.Write(b); err != nil {
			t.Error(err)
		}
		if _, err := m.WriteString("a marker"); err != nil {
			t.Error(err)
		}
	}))
}

// A tracer prints in a form of its own, and a stack trace is lines of its own.
func TestTracersAndStackTracesInTheText(t *testing.T) {
	f := open(t)
	i := create(t, f, "tracer")
	require.NoError(t, attr.Set(i.File("options/stacktrace"), true))
	ev := i.Event("syscalls", "sys_enter_getppid")
	require.NoError(t, ev.Enable())
	syscall.Getppid()
	require.NoError(t, ev.Disable())
	require.NoError(t, attr.Set(i.File("options/stacktrace"), false))
	all := records(t, i)
	require.Equal(t, "sys_getppid()", all[0].Text)
	require.Greater(t, len(all), 2)
	require.Contains(t, all[1].Text, "<stack trace>")
	for _, r := range all[2:] {
		require.True(t, r.Continued)
		require.True(t, strings.HasPrefix(r.Text, " => "), r.Text)
	}

	require.NoError(t, i.Clear())
	require.NoError(t, attr.Set(i.File("set_ftrace_filter"), "vfs_rmdir"))
	require.NoError(t, attr.Set(i.File("current_tracer"), "function"))
	require.NoError(t, os.Mkdir("/tmp/tracer", 0o700))
	require.NoError(t, syscall.Rmdir("/tmp/tracer"))
	require.NoError(t, attr.Set(i.File("tracing_on"), false))
	n, p := 0, pipe(t, i)
	for r, err := range p.Pending() {
		require.NoError(t, err)
		require.Empty(t, r.Event)
		require.True(t, strings.HasPrefix(r.Text, "vfs_rmdir <-"), r.Text)
		n++
	}
	require.Positive(t, n)
	require.ErrorIs(t, attr.Set(i.File("current_tracer"), "nop"), kernlink.ErrBusy)
	require.NoError(t, p.Close())
	require.NoError(t, attr.Set(i.File("current_tracer"), "nop"))
}

// A clock that is none gives its number, in the text and in the buffer.
func TestAClockThatCountsGivesItsNumber(t *testing.T) {
	f := open(t)
	i := create(t, f, "counter")
	require.NoError(t, attr.Set(i.File("trace_clock"), "counter"))
	m := marker(t, i)
	for range 3 {
		_, err := m.WriteString("count")
		require.NoError(t, err)
	}
	var want, got []time.Duration
	for _, r := range records(t, i) {
		require.Less(t, r.Time, time.Duration(100000))
		want = append(want, r.Time)
	}
	require.Len(t, want, 3)
	for _, cpu := range []int{0, 1} {
		for r, err := range raw(t, i, cpu, nil).Pending() {
			require.NoError(t, err)
			got = append(got, r.Time)
		}
	}
	require.ElementsMatch(t, want, got)
}
