// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// onThread runs f on a thread of its own, which f may change: it dies with it.
// It is never the first one, which does not die and stands for the process in
// /proc/self. f must not end the test.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock: nobody else gets this thread
		if unix.Gettid() == unix.Getpid() {
			defer runtime.UnlockOSThread()
			onThread(f) // while the first one is held, it is another that runs this
			return
		}
		f()
	}()
	<-done
}

// asNobody runs f without root's rights where the test has them: as another
// effective user, the real one being root still.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody, same = 65534, ^uintptr(0)
	var errno syscall.Errno
	onThread(func() {
		// The syscall package would change all threads.
		if _, _, errno = unix.RawSyscall(unix.SYS_SETRESUID, same, nobody, same); errno == 0 {
			f()
		}
	})
	require.Zero(t, errno)
}

// requireNothingStaysOpen runs f and counts descriptors.
func requireNothingStaysOpen(t *testing.T, f func()) {
	t.Helper()
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	before := count()
	f()
	require.Equal(t, before, count(), "descriptors stay open")
}

func requireCloseOnExec(t *testing.T, fd int) {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	require.NoError(t, err)
	require.NotZero(t, flags&unix.FD_CLOEXEC)
}
