// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/kernlink/kernlink"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// fakeWriter is a Writer into a pipe in packet mode, and what the kernel got
// in one write.
func fakeWriter(t *testing.T, facility Facility) (w *Writer, got func() string) {
	t.Helper()
	var p [2]int
	require.NoError(t, unix.Pipe2(p[:], unix.O_DIRECT|unix.O_CLOEXEC|unix.O_NONBLOCK))
	w = &Writer{path: "fake", facility: facility, fd: p[1]}
	t.Cleanup(func() {
		w.Close()
		unix.Close(p[0])
	})
	buf := make([]byte, 8192)
	return w, func() string {
		n, err := unix.Read(p[0], buf)
		if err == unix.EAGAIN {
			return ""
		}
		require.NoError(t, err)
		return string(buf[:n])
	}
}

func TestWriteIsOneWriteWithPriorityAndNewline(t *testing.T) {
	tests := []struct {
		name     string
		facility Facility
		level    Level
		text     string
		want     string
	}{
		{"the zero facility is the kernel's to change", 0, Info, "hello", "<6>hello\n"},
		{"a facility", User, Info, "hello", "<14>hello\n"},
		{"a facility without a name", 255, Debug, "hello", "<2047>hello\n"},
		{"the highest level", Daemon, Emerg, "x", "<24>x\n"},
		{"a newline at the end", User, Info, "hello\n", "<14>hello\n"},
		{"two newlines at the end", User, Info, "hello\n\n", "<14>hello\n\n"},
		{"lines", User, Info, "a\nb", "<14>a\nb\n"},
		{"a priority in the text", User, Info, "<3>x", "<14><3>x\n"},
		{"nothing", User, Info, "", "<14>\n"},
		{"the longest", User, Info, strings.Repeat("x", 1024-5), "<14>" + strings.Repeat("x", 1024-5) + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, got := fakeWriter(t, tt.facility)
			require.NoError(t, w.Write(tt.level, tt.text))
			require.Equal(t, tt.want, got())
			require.Empty(t, got())
		})
	}
}

func TestWriteRefusesWhatTheKernelWouldNotKeep(t *testing.T) {
	tests := []struct {
		name  string
		level Level
		text  string
		hint  string
	}{
		{"too long", Info, strings.Repeat("x", 1020), "969 bytes"},
		{"NUL", Info, "a\x00b", "NUL"},
		{"no such level", 8, "x", "levels"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, got := fakeWriter(t, User)
			err := w.Write(tt.level, tt.text)
			require.ErrorIs(t, err, syscall.EINVAL)
			e, _ := errors.AsType[*kernlink.Error](err)
			require.Contains(t, e.Hint, tt.hint)
			require.Empty(t, got())
		})
	}
}

func TestWriteReportsTheKernelsErrno(t *testing.T) {
	w, err := OpenWriter(&WriterOptions{Path: "/dev/full"})
	require.NoError(t, err)
	defer w.Close()
	require.ErrorIs(t, w.Write(Info, "x"), syscall.ENOSPC)
}

func TestWriterCreatesAndTruncatesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("0123456789abcdef"), 0o600))
	w, err := OpenWriter(&WriterOptions{Path: path})
	require.NoError(t, err)
	require.NoError(t, w.Write(Info, "x"))
	require.NoError(t, w.Close())
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "<6>x\n56789abcdef", string(b))
}

func TestWriterFailsAfterClose(t *testing.T) {
	w, _ := fakeWriter(t, User)
	require.NoError(t, w.Close())
	require.ErrorIs(t, w.Write(Info, "x"), fs.ErrClosed)
	require.ErrorIs(t, w.Close(), fs.ErrClosed)
}

func TestWriterMayBeShared(t *testing.T) {
	w, got := fakeWriter(t, User)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				require.NoError(t, w.Write(Info, "one and the same"))
			}
		})
	}
	wg.Wait()
	for range 12 {
		require.Equal(t, "<14>one and the same\n", got())
	}
}

func TestWriteDoesNotAllocate(t *testing.T) {
	w, err := OpenWriter(&WriterOptions{Path: os.DevNull})
	require.NoError(t, err)
	defer w.Close()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if w.Write(Info, "no allocation") != nil {
			panic("not written")
		}
	}))
}
