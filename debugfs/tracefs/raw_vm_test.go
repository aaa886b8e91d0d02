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
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/kerneltest"
)

func raw(t testing.TB, i *tracefs.Instance, cpu int, opts *tracefs.RawOptions) *tracefs.Raw {
	t.Helper()
	r, err := i.Raw(cpu, opts)
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// switchFields are those of sched_switch that its text shows.
type switchFields struct{ prevComm, prevPID, nextComm, nextPID tracefs.Field }

func fieldsOf(t testing.TB, i *tracefs.Instance) (f switchFields, id int) {
	t.Helper()
	format, err := i.Event("sched", "sched_switch").Format()
	require.NoError(t, err)
	for name, to := range map[string]*tracefs.Field{
		"prev_comm": &f.prevComm, "prev_pid": &f.prevPID, "next_comm": &f.nextComm, "next_pid": &f.nextPID,
	} {
		field, ok := format.Field(name)
		require.True(t, ok, name)
		*to = field
	}
	return f, format.ID
}

// busy makes the scheduler work for a while, on all CPUs.
func busy(t testing.TB) {
	t.Helper()
	for range 5 {
		require.NoError(t, exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^$").Run())
	}
}

// What the kernel makes text of and what is decoded here are the same events.
func TestRawRecordsAreWhatTheTextShows(t *testing.T) {
	f := open(t)
	i := create(t, f, "raw")
	require.NoError(t, attr.Set(i.File("buffer_size_kb"), 4096))
	ev := i.Event("sched", "sched_switch")
	m := marker(t, i)
	require.NoError(t, ev.Enable())
	busy(t)
	for n := range 100 {
		fmt.Fprintf(m, "marker %d %s", n, strings.Repeat("x", n*9))
	}
	require.NoError(t, ev.Disable())

	cpus, err := i.CPUs()
	require.NoError(t, err)
	want := make(map[int][]string, len(cpus))
	for _, r := range records(t, i) {
		want[r.CPU] = append(want[r.CPU], fmt.Sprintf("%d %d %s %s", r.PID, r.Time/time.Microsecond, r.Event, r.Text))
	}
	fields, id := fieldsOf(t, i)
	printed, err := i.Event("ftrace", "print").Format()
	require.NoError(t, err)
	buf, ok := printed.Field("buf")
	require.True(t, ok)
	pid, ok := printed.Field("common_pid")
	require.True(t, ok)

	total := 0
	for _, cpu := range cpus {
		var got []string
		for r, err := range raw(t, i, cpu, nil).Pending() {
			require.NoError(t, err)
			require.Equal(t, cpu, r.CPU)
			micros := (r.Time + 500) / time.Microsecond // as the kernel rounds
			line := fmt.Sprintf("%d %d ", pid.Int(r.Data), micros)
			switch r.ID {
			case id:
				line += fmt.Sprintf("sched_switch prev_comm=%s prev_pid=%d next_comm=%s next_pid=%d",
					fields.prevComm.Text(r.Data), fields.prevPID.Int(r.Data), fields.nextComm.Text(r.Data), fields.nextPID.Int(r.Data))
			case printed.ID:
				line += fmt.Sprintf("tracing_mark_write %s", bytes.TrimSuffix(buf.Text(r.Data), []byte{'\n'}))
			default:
				t.Fatalf("event %d was not asked for", r.ID)
			}
			got = append(got, line)
		}
		require.Len(t, got, len(want[cpu]))
		for n, line := range got {
			require.Equal(t, withoutPriorities(want[cpu][n]), line)
		}
		total += len(got)
	}
	require.Greater(t, total, 200)
	t.Logf("%d events", total)
}

// withoutPriorities leaves those words of a line of sched_switch that are
// names and numbers of tasks.
func withoutPriorities(line string) string {
	if !strings.Contains(line, " sched_switch ") {
		return line
	}
	var kept []string
	for word := range strings.FieldsSeq(line) {
		switch key, _, is := strings.Cut(word, "="); {
		case word == "==>", is && (strings.HasSuffix(key, "_prio") || strings.HasSuffix(key, "_state")):
		default:
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

// A time between two events that does not fit into the head of one.
func TestALongPauseIsInTheTime(t *testing.T) {
	f := open(t)
	i := create(t, f, "pause")
	m := marker(t, i)
	for n := range 3 {
		m.WriteString("tick")
		if n < 2 {
			time.Sleep(200 * time.Millisecond) // a head has room for 134 ms
		}
	}
	var want, got []time.Duration
	for _, r := range records(t, i) {
		want = append(want, r.Time)
	}
	cpus, err := i.CPUs()
	require.NoError(t, err)
	for _, cpu := range cpus {
		for r, err := range raw(t, i, cpu, nil).Pending() {
			require.NoError(t, err)
			got = append(got, (r.Time + 500).Truncate(time.Microsecond))
		}
	}
	require.ElementsMatch(t, want, got)
}

// On a CPU of which the buffer is nearly empty the kernel wakes nobody.
func TestRawLooksAlthoughNobodyWakesIt(t *testing.T) {
	f := open(t)
	i := create(t, f, "interval")
	percent, err := attr.Get[int](i.File("buffer_percent"))
	require.NoError(t, err)
	require.Equal(t, 50, percent)
	m := marker(t, i)
	cpus, err := i.CPUs()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := 0
	for _, cpu := range cpus {
		r := raw(t, i, cpu, &tracefs.RawOptions{Interval: 5 * time.Millisecond})
		wg.Go(func() {
			for _, err := range r.All(ctx) {
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				seen++
				last := seen == 3
				mu.Unlock()
				if last {
					cancel()
				} else {
					m.WriteString("next")
				}
			}
		})
	}
	m.WriteString("first")
	wg.Wait()
	require.Equal(t, 3, seen)
}

func TestCloseEndsARawThatWaits(t *testing.T) {
	f := open(t)
	i := create(t, f, "rawclose")
	r := raw(t, i, 0, &tracefs.RawOptions{Interval: time.Hour})
	time.AfterFunc(20*time.Millisecond, func() { r.Close() })
	n := 0
	for _, err := range r.All(context.Background()) {
		require.ErrorIs(t, err, fs.ErrClosed)
		n++
	}
	require.Equal(t, 1, n)

	r = raw(t, i, 0, &tracefs.RawOptions{Interval: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	for _, err := range r.All(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
	_, err := i.Raw(4711, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = i.Raw(-1, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestRawReportsWhatWasOverwritten(t *testing.T) {
	f := open(t)
	i := create(t, f, "rawlost")
	require.NoError(t, attr.Set(i.File("buffer_size_kb"), 8))
	m := marker(t, i)
	const written = 3000
	for n := range written {
		fmt.Fprintf(m, "%d", n)
	}
	cpus, err := i.CPUs()
	require.NoError(t, err)
	seen, lost := 0, uint64(0)
	for _, cpu := range cpus {
		for r, err := range raw(t, i, cpu, nil).Pending() {
			if l, ok := errors.AsType[*tracefs.Lost](err); ok {
				require.Equal(t, cpu, l.CPU)
				lost += l.Count
				continue
			}
			require.NoError(t, err)
			require.NotEmpty(t, r.Data)
			seen++
		}
	}
	require.NotZero(t, lost)
	require.EqualValues(t, written, seen+int(lost))
}

// What a filter throws away leaves a hole in the page.
func TestEventsThatWereFilteredAreNotInThePages(t *testing.T) {
	f := open(t)
	i := create(t, f, "holes")
	ev := i.Event("syscalls", "sys_enter_getppid")
	other := i.Event("sched", "sched_switch")
	require.NoError(t, ev.Enable())
	require.NoError(t, other.SetFilter("prev_pid == 4194304"))
	require.NoError(t, other.Enable())
	const times = 300
	for range times {
		syscall.Getppid()
	}
	require.NoError(t, i.System("sched").Disable())
	require.NoError(t, ev.Disable())
	id, err := ev.ID()
	require.NoError(t, err)
	n, last := 0, map[int]time.Duration{}
	cpus, err := i.CPUs()
	require.NoError(t, err)
	for _, cpu := range cpus {
		for r, err := range raw(t, i, cpu, nil).Pending() {
			require.NoError(t, err)
			require.Equal(t, id, r.ID)
			require.GreaterOrEqual(t, r.Time, last[cpu])
			last[cpu] = r.Time
			n++
		}
	}
	require.GreaterOrEqual(t, n, times)
}

func TestRawMarkersComeWithTheirNumber(t *testing.T) {
	f := open(t)
	i := create(t, f, "rawmarker")
	m, err := i.RawMarker()
	require.NoError(t, err)
	defer m.Close()
	require.NoError(t, m.Write(0xcafe, []byte("bytes\x00with a zero")))
	require.NoError(t, m.Write(7, nil))
	require.ErrorIs(t, m.Write(8, make([]byte, 64<<10)), syscall.EINVAL)
	require.NoError(t, m.Write(9, make([]byte, 1020)))
	if err := m.Write(10, make([]byte, 2000)); err != nil {
		require.ErrorIs(t, err, io.ErrShortWrite)
	}
	const want = 4
	format, err := i.Event("ftrace", "raw_data").Format()
	require.NoError(t, err)
	id, _ := format.Field("id")
	buf, _ := format.Field("buf")
	var got []string
	cpus, err := i.CPUs()
	require.NoError(t, err)
	for _, cpu := range cpus {
		for r, err := range raw(t, i, cpu, nil).Pending() {
			require.NoError(t, err)
			require.Equal(t, format.ID, r.ID)
			got = append(got, fmt.Sprintf("%x %.18q", id.Uint(r.Data), buf.Bytes(r.Data)))
		}
	}
	require.Len(t, got, want)
	require.Contains(t, strings.Join(got, "\n"), `cafe "bytes\x00with a zero`)
}

func TestRawRecordsCostNoAllocation(t *testing.T) {
	f := open(t)
	i := create(t, f, "rawallocs")
	m := marker(t, i)
	r := raw(t, i, 0, nil)
	other := raw(t, i, 1, nil)
	b := []byte("a marker of some length, so that there is more than one page of them")
	const each = 200
	seen := 0
	allocs := testing.AllocsPerRun(5, func() {
		for range each {
			m.Write(b)
		}
		for _, raw := range []*tracefs.Raw{r, other} {
			for rec, err := range raw.Pending() {
				if err != nil || len(rec.Data) == 0 {
					t.Error(err)
				}
				seen++
			}
		}
	})
	require.Equal(t, 6*each, seen)
	require.Zero(t, allocs)
}

// Since Linux 6.8 a page of a buffer may be larger than the machine's, also for
// who reads already.
func TestPagesOfAnotherSizeAreRead(t *testing.T) {
	f := open(t)
	kerneltest.Require(t, kerneltest.Kernel(6, 8))
	i := create(t, f, "subbuf")
	m := marker(t, i)
	early := []*tracefs.Raw{raw(t, i, 0, nil), raw(t, i, 1, nil)}
	require.NoError(t, attr.Set(i.File("buffer_subbuf_size_kb"), 16))
	text := strings.Repeat("x", 3000)
	const written = 40
	for range 2 { // through the handles from before, and through later ones
		for range written {
			n, err := m.WriteString(text)
			require.NoError(t, err)
			require.Equal(t, len(text), n)
		}
		seen := 0
		for _, r := range early {
			for rec, err := range r.Pending() {
				require.NoError(t, err)
				require.Greater(t, len(rec.Data), len(text))
				seen++
			}
			require.NoError(t, r.Close())
		}
		require.Equal(t, written, seen)
		early = []*tracefs.Raw{raw(t, i, 0, nil), raw(t, i, 1, nil)}
	}
}

// Pages can be stored as they are, and be read another day.
func TestPagesAreReadAsTheyAre(t *testing.T) {
	f := open(t)
	i := create(t, f, "pages")
	m := marker(t, i)
	const written = 500
	for n := range written {
		fmt.Fprintf(m, "marker %d", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	for _, cpu := range []int{0, 1} {
		r := raw(t, i, cpu, &tracefs.RawOptions{Interval: time.Millisecond})
		_, err := r.ReadInto(ctx, make([]byte, 100))
		require.ErrorIs(t, err, io.ErrShortBuffer)
		s, err := i.Stats(cpu)
		require.NoError(t, err)
		b := make([]byte, r.Layout().Size)
		for left := int(s.Entries); left > 0; {
			n, err := r.ReadInto(ctx, b)
			require.NoError(t, err)
			p, err := tracefs.ParsePage(b[:n], r.Layout())
			require.NoError(t, err)
			var rec tracefs.RawRecord
			for ok, err := p.Next(&rec); ok; ok, err = p.Next(&rec) {
				require.NoError(t, err)
				seen++
				left--
			}
		}
	}
	require.Equal(t, written, seen)
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := raw(t, i, 0, nil).ReadInto(ctx, make([]byte, 1<<16))
	require.ErrorIs(t, err, context.Canceled)
	_, err = raw(t, i, 0, nil).ReadInto(ctx, make([]byte, 1<<16))
	require.ErrorIs(t, err, context.Canceled)
}
