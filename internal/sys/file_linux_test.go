// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

func TestOpenIsCloseOnExecAndNeverCreates(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	_, err := sys.Open(missing, sys.WriteOnly)
	require.Equal(t, syscall.ENOENT, err)
	require.NoFileExists(t, missing)

	fd, err := sys.Open(dir, sys.ReadOnly|sys.Directory)
	require.NoError(t, err)
	defer sys.Close(fd)
	below, err := sys.OpenAt(fd, ".", sys.PathOnly)
	require.NoError(t, err)
	defer sys.Close(below)
	for _, fd := range []int{fd, below} {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		require.NoError(t, err)
		require.NotZero(t, flags&unix.FD_CLOEXEC)
	}
}

// The sizes that stat gives for pseudo-files are wrong: 0 in /proc.
func TestReadFileReadsPseudoFilesToTheirEnd(t *testing.T) {
	for _, name := range []string{"/proc/self/comm", "/proc/version"} {
		want, err := os.ReadFile(name)
		require.NoError(t, err, name)
		got, err := sys.ReadFile(name)
		require.NoError(t, err, name)
		require.Equal(t, string(want), string(got), name)
	}
	// Longer than a buffer of the kernel's, and than the first of ours.
	text, err := sys.ReadFile("/proc/kallsyms")
	require.NoError(t, err)
	require.Greater(t, bytes.Count(text, []byte("\n")), 1000)
	require.Equal(t, byte('\n'), text[len(text)-1])

	_, err = sys.ReadFile("/proc/self/none")
	require.Equal(t, syscall.ENOENT, err)
}

func TestPreadLeavesThePositionAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("0123456789"), 0o600))
	fd, err := sys.Open(name, sys.ReadWrite)
	require.NoError(t, err)
	defer sys.Close(fd)
	b := make([]byte, 4)
	n, err := sys.Pread(fd, b, 6)
	require.NoError(t, err)
	require.Equal(t, "6789", string(b[:n]))
	n, err = sys.Read(fd, b)
	require.NoError(t, err)
	require.Equal(t, "0123", string(b[:n]))
	at, err := sys.Seek(fd, 0, sys.SeekCur)
	require.NoError(t, err)
	require.EqualValues(t, 4, at)
	n, err = sys.Write(fd, []byte("ab"))
	require.NoError(t, err)
	require.Equal(t, 2, n)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "0123ab6789", string(text))
}

func TestReadingAndWritingAllocateNothing(t *testing.T) {
	fd, err := sys.Open("/proc/self/comm", sys.ReadOnly)
	require.NoError(t, err)
	defer sys.Close(fd)
	b := make([]byte, 64)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := sys.Pread(fd, b, 0); err != nil {
			t.Error(err)
		}
	}))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := sys.Pread(-1, b, 0); err != syscall.EBADF {
			t.Error(err)
		}
	}))
}

func TestALockIsHeldByOneOpenFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	first, err := sys.Open(name, sys.ReadWrite)
	require.NoError(t, err)
	second, err := sys.Open(name, sys.ReadWrite)
	require.NoError(t, err)
	defer sys.Close(second)
	require.NoError(t, sys.TryLock(first))
	require.Equal(t, syscall.EWOULDBLOCK, sys.TryLock(second))
	require.NoError(t, sys.Close(first))
	require.NoError(t, sys.Lock(second))
}

func TestUnameIsTheKernels(t *testing.T) {
	k, err := sys.Uname()
	require.NoError(t, err)
	release, err := sys.ReadFile("/proc/sys/kernel/osrelease")
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(string(release)), k.Release)
	require.NotEmpty(t, k.Machine)
	require.NotEmpty(t, k.Version)
}

func TestAFileIsNoTerminalAndADiskHasRoom(t *testing.T) {
	fd, err := sys.Open("/proc/self/comm", sys.ReadOnly)
	require.NoError(t, err)
	defer sys.Close(fd)
	require.False(t, sys.IsTerminal(fd))
	require.Error(t, sys.SetRaw(fd))
	free, err := sys.FreeBytes(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, free)
	_, err = sys.FreeBytes("/none")
	require.Equal(t, syscall.ENOENT, err)
}
