// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/probe"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-q" { // the kernel takes this program for modprobe
		os.Exit(noteModuleRequest(os.Args[1:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "-ask" { // a child of a test
		r := probe.Check(os.Args[2], nil)
		fmt.Print(r.State, ": ", r.Reason)
		os.Exit(0)
	}
	kerneltest.Main(m)
}

// onThread runs f on a thread of its own that was changed first, and that
// dies with it.
func onThread(t *testing.T, change func() error, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: nobody else gets this thread
		err := change()
		if err == nil {
			f()
		}
		done <- err
	}()
	require.NoError(t, <-done)
}

func dropCapabilities() error {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData // version 3 reads two of them
	return unix.Capset(&hdr, &none[0])
}

// dropUser makes the thread nobody's, and so without capabilities. The
// syscall package would change all threads.
func dropUser() error {
	const nobody = 65534
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
		return errno
	}
	return nil
}

// filterSockets puts a seccomp filter on the thread that answers socket(2)
// with errno.
func filterSockets(errno syscall.Errno) func() error {
	return func() error {
		filter := []unix.SockFilter{
			{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
			{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_SOCKET, Jt: 0, Jf: 1},
			{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
			{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		}
		program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return err
		}
		return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	}
}

// systemd's RestrictAddressFamilies= answers EAFNOSUPPORT, as a kernel does
// that lacks the family; docker's profile answers EPERM.
func TestASeccompFilterIsNotTakenForTheKernel(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EAFNOSUPPORT, syscall.EPERM, syscall.ENOSYS} {
		results := map[string]probe.Result{}
		onThread(t, filterSockets(errno), func() {
			for _, channel := range []string{"nl", "udp", "kmod", "syscalls"} {
				results[channel] = probe.Check(channel, nil)
			}
		})
		for _, channel := range []string{"nl", "udp"} {
			r := results[channel]
			require.Equal(t, probe.Restricted, r.State, r)
			require.Contains(t, r.Reason, "seccomp")
			require.ErrorIs(t, r.Failure(), errno)
			require.ErrorIs(t, r.Failure(), kernlink.ErrRestricted)
		}
		require.NotEqual(t, probe.Usable, results["kmod"].State, "it must not be tried")
		require.Contains(t, results["syscalls"].Reason, "seccomp")
	}
}

func TestNothingStaysOpen(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	for range probe.All(nil) { // the test's own first uses
	}
	before := count()
	for range probe.All(nil) {
	}
	require.Equal(t, before, count())
}
