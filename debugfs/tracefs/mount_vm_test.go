// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/kerneltest"
)

const mountPoint = "/sys/kernel/tracing"

// withoutMount takes the tracefs away while f runs.
func withoutMount(t *testing.T, f func()) {
	t.Helper()
	kerneltest.Require(t, kerneltest.VM)
	require.NoError(t, syscall.Unmount(mountPoint, 0))
	defer func() { require.NoError(t, syscall.Mount("tracefs", mountPoint, "tracefs", 0, "")) }()
	f()
}

func mounts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	return string(text)
}

// Who enters /sys/kernel/debug/tracing mounts a tracefs there. Looking for one
// must not.
func TestATracefsIsFoundWhereverItIsAndNoneIsMounted(t *testing.T) {
	withoutMount(t, func() {
		before := mounts(t)
		_, err := tracefs.Open(nil)
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorContains(t, err, "mount -t tracefs")
		require.Equal(t, before, mounts(t))

		dir := t.TempDir()
		require.NoError(t, syscall.Mount("tracefs", dir, "tracefs", 0, ""))
		defer func() { require.NoError(t, syscall.Unmount(dir, 0)) }()
		f, err := tracefs.Open(nil)
		require.NoError(t, err)
		require.Equal(t, dir, f.Root())
		on, err := attr.Get[bool](f.File("tracing_on"))
		require.NoError(t, err)
		require.True(t, on)
		require.NoError(t, f.Close())
	})
}

func TestTheAutomountOfDebugfsIsUsedOnceItIsThere(t *testing.T) {
	withoutMount(t, func() {
		const point = "/sys/kernel/debug/tracing"
		if _, err := os.Stat(point + "/trace"); err != nil {
			require.NotContains(t, mounts(t), point, "this kernel has no automount any more")
			return
		}
		require.Contains(t, mounts(t), point)
		defer func() { require.NoError(t, syscall.Unmount(point, syscall.MNT_DETACH)) }()
		f, err := tracefs.Open(nil)
		require.NoError(t, err)
		require.Equal(t, point, f.Root())
		require.NoError(t, f.Close())
	})
}

func TestNobodyIsToldThatTheFolderIsRoots(t *testing.T) {
	open(t) // for the VM
	err := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: nobody else gets this thread
		const nobody = 65534
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			err <- errno
			return
		}
		_, failed := tracefs.Open(nil)
		err <- failed
	}()
	failed := <-err
	require.ErrorIs(t, failed, kernlink.ErrRestricted)
	require.ErrorIs(t, failed, syscall.EACCES)
	require.ErrorContains(t, failed, "root")
	require.False(t, strings.Contains(failed.Error(), "locked down"))
}
