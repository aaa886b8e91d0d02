// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/sys"
)

// privileged skips a test that needs CAP_SYS_ADMIN, which the guest has.
func privileged(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, syscall.EPERM) && os.Getenv("KERNELTEST_GUEST") != "1" {
		t.Skip("needs CAP_SYS_ADMIN")
	}
	require.NoError(t, err)
}

func TestAMountOfOnesOwnIsNowhere(t *testing.T) {
	mounts, err := sys.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	requireNothingStaysOpen(t, func() {
		fd, err := sys.NewMount("proc", [2]string{"subset", "pid"})
		privileged(t, err)
		defer sys.Close(fd)
		requireCloseOnExec(t, fd)
		magic, err := sys.StatfsType(fd)
		require.NoError(t, err)
		require.EqualValues(t, sys.ProcMagic, magic)
		st, err := sys.Fstat(fd)
		require.NoError(t, err)
		require.EqualValues(t, 1, st.Ino)
		require.NoError(t, sys.Access(fd, "self/stat", 4))
		require.Equal(t, syscall.ENOENT, sys.Access(fd, "uptime", 0), "only processes")
		now, err := sys.ReadFile("/proc/self/mountinfo")
		require.NoError(t, err)
		require.Equal(t, string(mounts), string(now))
	})
}

func TestACloneOfAMountIsItsRoot(t *testing.T) {
	requireNothingStaysOpen(t, func() {
		fd, err := sys.CloneMount("/proc")
		privileged(t, err)
		defer sys.Close(fd)
		requireCloseOnExec(t, fd)
		mine, err := sys.Fstat(fd)
		require.NoError(t, err)
		theirs, err := sys.StatAt(sys.CWD, "/proc", true)
		require.NoError(t, err)
		require.Equal(t, theirs.Dev, mine.Dev)
		require.Equal(t, theirs.Ino, mine.Ino)
	})
}

func TestWhatCannotBeMountedSaysWhyAndLeavesNothing(t *testing.T) {
	requireNothingStaysOpen(t, func() {
		_, err := sys.NewMount("no such filesystem")
		if err == syscall.EPERM {
			privileged(t, err)
		}
		require.Equal(t, syscall.ENODEV, err)
		_, err = sys.NewMount("proc", [2]string{"subset", "everything"})
		require.Equal(t, syscall.EINVAL, err)
		_, err = sys.CloneMount("/no/such/place")
		require.Equal(t, syscall.ENOENT, err)
	})
}
