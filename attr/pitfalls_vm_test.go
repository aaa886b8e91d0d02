// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=../kmod/reference/procfs kmods=dummy

// numbers are every other one from first on, so that the kernel makes no range
// of them, up to so many bytes of text.
func numbers(first, size int) string {
	var b strings.Builder
	b.WriteString(fmt.Sprint(first))
	for n := first + 2; ; n += 2 {
		next := fmt.Sprintf(",%d", n)
		if b.Len()+len(next) > size {
			return b.String()
		}
		b.WriteString(next)
	}
}

// A sysctl of numbers gives what has room in the first read and nothing to the
// second one, whatever was left.
func TestALongSysctlOfNumbersIsReadWhole(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	file := attr.At("/proc/sys/net/ipv4/ip_local_reserved_ports", attr.Sysctl)
	before, err := attr.Get[string](file)
	require.NoError(t, err)
	defer func() { require.NoError(t, attr.Set(file, before)) }()
	kept := attr.Of[string](file)
	defer kept.Close()
	for _, size := range []int{20, 126, 127, 128, 129, 511, 512, 2000, 4000} {
		want := numbers(10000, size)
		require.NoError(t, kept.Set(want), size)
		for range 2 {
			got, err := kept.Get()
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		got, err := attr.Get[string](file)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}

	fd, err := unix.Open(file.Path(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	n, err := unix.Read(fd, make([]byte, 100))
	require.NoError(t, err)
	require.LessOrEqual(t, n, 100)
	n, err = unix.Read(fd, make([]byte, 100))
	require.NoError(t, err)
	require.Zero(t, n, "what the kernel does")
}

func TestMoreThanOneWriteCarriesIsRefusedBeforeAnyWrite(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	file := attr.At("/proc/sys/net/ipv4/ip_local_reserved_ports", attr.Sysctl)
	before, err := attr.Get[string](file)
	require.NoError(t, err)
	defer func() { require.NoError(t, attr.Set(file, before)) }()
	require.NoError(t, attr.Set(file, "10000"))
	kept := attr.Of[string](file)
	defer kept.Close()
	long := numbers(20000, 5000)
	for _, err := range []error{kept.Set(long), attr.Set(file, long), file.Write([]byte(long))} {
		require.ErrorIs(t, err, fs.ErrInvalid)
		require.NotErrorIs(t, err, syscall.EINVAL, "the kernel was not asked")
		got, err := kept.Get()
		require.NoError(t, err)
		require.Equal(t, "10000", got)
	}
}

// ENOENT is what a sysctl says of a folder that went, and of a name that it
// does not know.
func TestANameThatASysctlDoesNotKnowIsNotGone(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	file := attr.At("/proc/sys/net/ipv4/tcp_congestion_control", attr.Sysctl)
	kept := attr.Of[string](file)
	defer kept.Close()
	before, err := kept.Get()
	require.NoError(t, err)
	for _, err := range []error{kept.Set("no_such"), attr.Set(file, "no_such"), kept.Set("no_such")} {
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	got, err := kept.Get()
	require.NoError(t, err)
	require.Equal(t, before, got)
	require.NoError(t, kept.Set(before))
}

// A folder of /proc/sys whose device went has no stat(2) any more.
func TestAFolderOfSysctlsKnowsThatItWent(t *testing.T) {
	mod := kerneltest.Load(t, "dummy", nil)
	dir, err := attr.OpenDir("/proc/sys/net/ipv4/conf/dummy0", attr.Sysctl)
	require.NoError(t, err)
	defer dir.Close()
	require.False(t, dir.Gone())
	_, err = attr.Get[int](dir.File("no_such"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.NoError(t, mod.Remove(t.Context()))
	require.True(t, dir.Gone())
	_, err = attr.Get[int](dir.File("forwarding"))
	require.ErrorIs(t, err, kernlink.ErrGone)
}

// Who holds an entry only to write must see another that comes in its place.
func TestAKeptEntryThatIsOnlyWrittenComesBackWithItsModule(t *testing.T) {
	mod := kerneltest.Load(t, "procfs", nil)
	file := attr.At("/proc/my_test/my_file", attr.Procfs)
	value := attr.Of[string](file)
	defer value.Close()
	require.NoError(t, value.Set("first"))
	require.NoError(t, mod.Remove(t.Context()))
	require.ErrorIs(t, value.Set("second"), kernlink.ErrGone)
	kerneltest.Load(t, "procfs", nil)
	require.NoError(t, value.Set("third"))
	got, err := attr.Get[string](file)
	require.NoError(t, err)
	require.Equal(t, "third", got)
}

// The list of mounts tells of a change once, to the first who polls, and a
// change between the reading and the waiting is seen all the same.
func TestAWatchOfTheMountsSeesEachChange(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	root := t.TempDir()
	mount := func(i int) {
		point := filepath.Join(root, fmt.Sprint(i))
		require.NoError(t, os.Mkdir(point, 0o700))
		require.NoError(t, unix.Mount("none", point, "tmpfs", 0, ""))
		t.Cleanup(func() { require.NoError(t, unix.Unmount(point, 0)) })
	}
	mounts := attr.Of[string](attr.At("/proc/self/mountinfo", attr.Procfs))
	defer mounts.Close()
	const changes = 4
	turns := 0
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of a change that is lost
	defer cancel()
	for text, err := range mounts.Watch(ctx, nil) {
		require.NoError(t, err)
		require.Equal(t, turns, strings.Count(text, root))
		if turns++; turns > changes {
			break
		}
		mount(turns) // after the loop has read, before it waits
	}
	require.Equal(t, changes+1, turns)
}
