// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs/tracefs"
)

// fixture is an ordinary folder with these files; a text of "fifo" makes a
// named pipe, which waits as the kernel's files do.
func fixture(t testing.TB, files map[string]string) *tracefs.FS {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		if text == "fifo" {
			require.NoError(t, unix.Mkfifo(name, 0o600))
		} else {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		}
	}
	f, err := tracefs.OpenAt(root, nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// feed opens a named pipe for writing, and keeps it open until the test ends.
func feed(t testing.TB, i *tracefs.Instance, name string) *os.File {
	t.Helper()
	w, err := os.OpenFile(filepath.Join(i.Path(), name), os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { w.Close() })
	return w
}

const line = "          <idle>-0       [001] d..2.     7.514637: sched_switch: "

func TestALineMayComeInPieces(t *testing.T) {
	f := fixture(t, map[string]string{"trace_pipe": "fifo"})
	w := feed(t, f.Instance, "trace_pipe")
	p := pipe(t, f.Instance)
	long := strings.Repeat("x", 20000)
	pieces := []string{line[:30], line[30:] + "a\n" + line[:1], line[1:] + long, "\n", "CPU:3 [LOST EVENTS]\n", line + "b\n"}
	go func() {
		for _, piece := range pieces {
			w.WriteString(piece)
			time.Sleep(time.Millisecond) // so that they are read one by one, as a rule
		}
	}()
	var got []string
	for r, err := range p.All(t.Context()) {
		if l, ok := errors.AsType[*tracefs.Lost](err); ok {
			require.Equal(t, &tracefs.Lost{CPU: 3}, l)
			require.ErrorContains(t, err, "some events of CPU 3 were lost")
			got = append(got, "lost")
			continue
		}
		require.NoError(t, err)
		if got = append(got, r.Text); r.Text == "b" {
			break
		}
	}
	require.Equal(t, []string{"a", long, "lost", "b"}, got)
	for range p.Pending() {
		t.Fatal("nothing more was written")
	}
	_, err := w.WriteString(line + "c\n")
	require.NoError(t, err)
	for r, err := range p.Pending() { // after a loop that was left
		require.NoError(t, err)
		require.Equal(t, "c", r.Text)
	}
}

func TestALineWithoutAnEndIsCutAndNotKeptForEver(t *testing.T) {
	f := fixture(t, map[string]string{"trace_pipe": line + strings.Repeat("x", 100000)})
	total := 0
	for r, err := range pipe(t, f.Instance).Pending() {
		require.NoError(t, err)
		require.Equal(t, total > 0, r.Continued)
		total += len(r.Text)
	}
	require.Equal(t, 100000, total)
}

func TestTheEndOfAnOrdinaryFileIsAnErrorOfAWait(t *testing.T) {
	f := fixture(t, map[string]string{"trace_pipe": line + "a"})
	var got []string
	for r, err := range pipe(t, f.Instance).All(t.Context()) {
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			got = append(got, "end")
			continue // there is no next turn
		}
		got = append(got, r.Text)
	}
	require.Equal(t, []string{"a", "end"}, got)
}

func TestAnEndedCtxReadsNothing(t *testing.T) {
	f := fixture(t, map[string]string{"trace_pipe": line + "a\n", "per_cpu/cpu0/trace_pipe_raw": string(captured(t, "cpu0.page")), "events/header_page": headerPage})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, r := pipe(t, f.Instance), raw(t, f.Instance, 0, nil)
	for _, err := range p.All(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
	for _, err := range r.All(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
	n := 0
	for range p.Pending() {
		n++
	}
	require.Equal(t, 1, n)
}

// Who breaks a wait that ctx could have ended does not break the next one.
func TestALateEndOfCtxIsNoLaterLoopsError(t *testing.T) {
	f := fixture(t, map[string]string{"trace_pipe": "fifo"})
	w := feed(t, f.Instance, "trace_pipe")
	p := pipe(t, f.Instance)
	for range 20 {
		_, err := w.WriteString(line + "a\n" + line + "b\n")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		for r, err := range p.All(ctx) {
			require.NoError(t, err)
			require.Equal(t, "a", r.Text)
			cancel()
			break
		}
		cancel()
		for r, err := range p.Pending() {
			require.NoError(t, err)
			require.Equal(t, "b", r.Text)
		}
	}
}

// The size of the pages can be changed while somebody reads them: the first
// read gives what the buffer has room for, and the rest comes with the next.
func TestAPageThatIsLargerThanTheBufferIsReadWhole(t *testing.T) {
	littleEndian(t)
	f := fixture(t, map[string]string{"per_cpu/cpu1/trace_pipe_raw": "fifo", "events/header_page": headerPage})
	w := feed(t, f.Instance, "per_cpu/cpu1/trace_pipe_raw")
	r := raw(t, f.Instance, 1, nil)
	header := filepath.Join(f.Root(), "events/header_page")
	require.NoError(t, os.WriteFile(header, []byte(strings.ReplaceAll(headerPage, "4080", "16368")), 0o600))

	small := []byte{2, 0, 0, 0, 1, 0, 2, 3, 4, 5, 6, 7} // 8 bytes of event 1, after no time
	page := make([]byte, 16384)
	const events = 1000
	for n := range events {
		copy(page[16+12*n:], small)
	}
	binary.LittleEndian.PutUint64(page[8:], 12*events|1<<31|1<<30)
	binary.LittleEndian.PutUint64(page[16+12*events:], 77)
	for range 3 {
		_, err := w.Write(page)
		require.NoError(t, err)
		seen, lost := 0, uint64(0)
		for rec, err := range r.Pending() {
			if l, ok := errors.AsType[*tracefs.Lost](err); ok {
				require.Equal(t, 1, l.CPU)
				lost += l.Count
				continue
			}
			require.NoError(t, err)
			require.Equal(t, 1, rec.ID)
			seen++
		}
		require.Equal(t, events, seen)
		require.EqualValues(t, 77, lost)
	}

	// The same for who takes the pages as they are.
	require.NoError(t, os.WriteFile(header, []byte(headerPage), 0o600))
	r = raw(t, f.Instance, 1, nil)
	require.NoError(t, os.WriteFile(header, []byte(strings.ReplaceAll(headerPage, "4080", "16368")), 0o600))
	dst := make([]byte, 4096)
	_, err := w.Write(page)
	require.NoError(t, err)
	_, err = r.ReadInto(t.Context(), dst)
	require.ErrorIs(t, err, io.ErrShortBuffer)
	require.Equal(t, 16384, r.Layout().Size)
	dst = make([]byte, 16384)
	_, err = io.ReadFull(w, dst[4096:]) // what is left of it, of which nobody knows where it belongs
	require.NoError(t, err)
	_, err = w.Write(page)
	require.NoError(t, err)
	n, err := r.ReadInto(t.Context(), dst)
	require.NoError(t, err)
	require.Equal(t, page, dst[:n])
}

func TestADamagedPageDoesNotEndTheLoop(t *testing.T) {
	littleEndian(t)
	bad := captured(t, "cpu0.page")
	binary.LittleEndian.PutUint32(bad[16:], 28) // an event of 112 bytes
	binary.LittleEndian.PutUint64(bad[8:], 8)   // in a page of 8
	f := fixture(t, map[string]string{
		"per_cpu/cpu0/trace_pipe_raw": string(bad) + string(captured(t, "cpu1.page")), "events/header_page": headerPage,
	})
	seen, damaged := 0, 0
	var kept *tracefs.RawRecord
	for rec, err := range raw(t, f.Instance, 0, nil).Pending() {
		if errors.Is(err, tracefs.ErrMalformed) {
			damaged++
			continue
		}
		require.NoError(t, err)
		if seen++; seen == 1 {
			kept = rec.Clone()
		}
	}
	require.Equal(t, 1, damaged)
	require.Equal(t, 22, seen)
	require.Len(t, kept.Data, 64)
	require.Equal(t, 314, kept.ID)
}

func TestWhatIsMissingInAKernelIsNamed(t *testing.T) {
	f := fixture(t, map[string]string{"events/sched/sched_switch/filter": "none\n"})
	_, err := f.AddProbe(tracefs.KProbe{Name: "a", Symbol: "f"})
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "CONFIG_KPROBE_EVENTS")
	_, err = f.AddProbe(tracefs.UProbe{Name: "a", Path: "/bin/sh"})
	require.ErrorContains(t, err, "CONFIG_UPROBE_EVENTS")
	_, err = f.ErrorLog()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "Linux 5.2")
	_, err = f.RawMarker()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	for range f.Probes() {
		t.Fatal("there are none")
	}
	_, err = f.Pipe()
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = tracefs.OpenAt("/no/such/folder", nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestAFixtureHasInstances(t *testing.T) {
	f := fixture(t, map[string]string{"instances/old/tracing_on": "1\n", "instances/file": ""})
	i, err := f.Create("new")
	require.NoError(t, err)
	var names []string
	for i, err := range f.Instances() {
		require.NoError(t, err)
		names = append(names, i.Name())
	}
	require.Equal(t, []string{"new", "old"}, names)
	require.NoError(t, i.Remove())
	require.NoDirExists(t, filepath.Join(f.Root(), "instances/new"))
	require.NoError(t, f.Close())
	_, err = f.Create("late")
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, f.Event("a", "b").Enable(), fs.ErrClosed)
	_, err = f.Pipe()
	require.ErrorIs(t, err, fs.ErrClosed)
}

// Probes of another are in the file, and stay there.
func TestAProbeIsAppended(t *testing.T) {
	const others = "p:others/one vfs_read\nx: not known\n"
	f := fixture(t, map[string]string{"kprobe_events": others, "uprobe_events": "", "events/taken/name/id": "7\n"})
	p, err := f.AddProbe(tracefs.KProbe{Name: "mine", Symbol: "vfs_write"})
	require.NoError(t, err)
	_, err = f.AddProbe(tracefs.UProbe{Group: "taken", Name: "name", Path: "/bin/sh"})
	require.ErrorIs(t, err, fs.ErrExist)
	require.NoError(t, p.Remove())
	text, err := os.ReadFile(filepath.Join(f.Root(), "kprobe_events"))
	require.NoError(t, err)
	require.Equal(t, others+"p:kprobes/mine vfs_write\n-:kprobes/mine\n", string(text))
	var listed []string
	malformed := 0
	for p, err := range f.Probes() {
		if errors.Is(err, tracefs.ErrMalformed) {
			malformed++
			continue
		}
		require.NoError(t, err)
		listed = append(listed, p.String())
	}
	require.Equal(t, []string{"others/one", "kprobes/mine"}, listed)
	require.Equal(t, 2, malformed)
}

func TestTheSizeOfABufferIsANumberOrWords(t *testing.T) {
	for text, want := range map[string]int{"1408\n": 1408, "7 (expanded: 1408)\n": 1408, "X\n": 0, "": 0} {
		f := fixture(t, map[string]string{"buffer_size_kb": text})
		got, err := f.BufferSize()
		if want == 0 {
			require.ErrorIs(t, err, tracefs.ErrMalformed, text)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
