// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

const asChild = "KERNLINK_SYS_TEST_CHILD"

// TestMain lets a test start this program as a process that waits until its
// input ends.
func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is a process that waits, and what ends it.
func child(t *testing.T) (*exec.Cmd, io.Closer) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), asChild+"=1")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return cmd, in
}

func TestAPidfdSignalsItsProcessAndNoOther(t *testing.T) {
	cmd, _ := child(t)
	fd, err := sys.PidfdOpen(cmd.Process.Pid)
	require.NoError(t, err)
	defer sys.Close(fd)
	requireCloseOnExec(t, fd)
	require.NoError(t, sys.PidfdSignal(fd, 0), "it lives")
	require.Equal(t, syscall.EINVAL, sys.PidfdSignal(fd, 1000))
	events, err := sys.Poll(fd, sys.PollIn, 0)
	require.NoError(t, err)
	require.Zero(t, events)

	require.NoError(t, sys.PidfdSignal(fd, int(syscall.SIGKILL)))
	events, err = sys.Poll(fd, sys.PollIn, -1)
	require.NoError(t, err)
	require.EqualValues(t, sys.PollIn, events&sys.PollIn, "it has ended")
	require.NoError(t, sys.PidfdSignal(fd, 0), "nobody has reaped it")
	err = cmd.Wait()
	exit, ok := err.(*exec.ExitError)
	require.True(t, ok, err)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())
	require.Equal(t, syscall.ESRCH, sys.PidfdSignal(fd, 0))
	_, err = sys.PidfdOpen(cmd.Process.Pid)
	require.Equal(t, syscall.ESRCH, err)
}

func TestWhatIsNoProcessHasNoPidfd(t *testing.T) {
	null := open(t, "/dev/null", sys.ReadOnly)
	requireNothingStaysOpen(t, func() {
		for _, pid := range []int{0, -1} {
			_, err := sys.PidfdOpen(pid)
			require.Equal(t, syscall.EINVAL, err, pid)
		}
		require.Equal(t, syscall.EBADF, sys.PidfdSignal(-1, 0))
		require.Equal(t, syscall.EBADF, sys.PidfdSignal(null, 0))
	})
}

func TestAnEndedChildIsReapedOnce(t *testing.T) {
	require.Zero(t, sys.ReapAny())
	cmd, in := child(t)
	require.Zero(t, sys.ReapAny(), "it has not ended")
	fd, err := sys.PidfdOpen(cmd.Process.Pid)
	require.NoError(t, err)
	defer sys.Close(fd)
	require.NoError(t, in.Close())
	_, err = sys.Poll(fd, sys.PollIn, -1)
	require.NoError(t, err)
	require.Equal(t, cmd.Process.Pid, sys.ReapAny())
	require.Zero(t, sys.ReapAny())
}

func TestAThreadCanBeMadeToDieWithItsParent(t *testing.T) {
	var signal int32
	var err error
	onThread(func() {
		if err = sys.DieWithParent(); err == nil {
			err = unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&signal)), 0, 0, 0)
		}
	})
	require.NoError(t, err)
	require.EqualValues(t, syscall.SIGKILL, signal)
}
