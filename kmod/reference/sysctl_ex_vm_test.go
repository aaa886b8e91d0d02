// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=sysctl_ex

const mySysctls = "/proc/sys/sysctl_ex/"

func TestSysctlExHasKeysOfEveryKind(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	for name, want := range map[string]string{
		"number": "60\n", "vector": "1\t2\t3\t4\n", "text": "initial\n", "flag": "0\n",
		"even": "2\n", "readonly": "7\n", "event": "0\n",
	} {
		require.Equal(t, want, cat(t, mySysctls+name), name)
	}
	for _, c := range []struct {
		name, text string
		want       error
		after      string
	}{
		{"number", "100", nil, "100\n"},
		{"number", "101", syscall.EINVAL, "100\n"},
		{"number", "-1", syscall.EINVAL, "100\n"},
		{"number", "0x10", nil, "16\n"},
		{"vector", "9 8", nil, "9\t8\t3\t4\n"},
		{"vector", "-1 -2\t-3 -4\n", nil, "-1\t-2\t-3\t-4\n"},
		{"text", "", nil, "initial\n"}, // the kernel does not even look
		{"text", "\n", nil, "\n"},
		{"text", strings.Repeat("t", 31), nil, strings.Repeat("t", 31) + "\n"},
		{"text", strings.Repeat("u", 32), nil, strings.Repeat("u", 31) + "\n"},
		{"flag", "1", nil, "1\n"},
		{"even", "4", nil, "4\n"},
		{"even", "5", syscall.EINVAL, "4\n"},
		{"even", "x", syscall.EINVAL, "4\n"},
	} {
		require.ErrorIs(t, put(mySysctls+c.name, c.text), c.want, "%s %.20q", c.name, c.text)
		require.Equal(t, c.after, cat(t, mySysctls+c.name), "%s %.20q", c.name, c.text)
	}
	require.ErrorIs(t, put(mySysctls+"readonly", "1"), fs.ErrPermission)
	require.ErrorIs(t, put(mySysctls+"event", "1"), fs.ErrPermission)
	require.ErrorIs(t, catError(t, mySysctls+"trigger"), fs.ErrPermission)
	require.Equal(t, []string{"#: even is 4"}, said(kerneltest.Log(t)))
}

// openEvent opens the key that notifies. Not by os.Open, which gives it to the
// runtime's poller: the notification goes to the first who polls.
func openEvent() (*os.File, error) {
	fd, err := unix.Open(mySysctls+"event", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "event"), nil
}

func TestSysctlExNotifiesOfAnEvent(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	f, err := openEvent()
	require.NoError(t, err)
	defer f.Close()
	require.Zero(t, notified(t, f, 0)&unix.POLLPRI)
	echo(t, "1", mySysctls+"trigger")
	require.EqualValues(t, unix.POLLPRI|unix.POLLERR, notified(t, f, -1)&^unix.POLLIN)
	require.Equal(t, "1\n", cat(t, mySysctls+"event"))
	require.Zero(t, notified(t, f, 0)&unix.POLLPRI)
}

// An open file does not hold the module, and who sleeps in poll(2), or has the
// file in an epoll(7), is on a list in the module's memory.
func TestSysctlExUnloadsUnderWhoWaits(t *testing.T) {
	for range 3 {
		m := kerneltest.Load(t, "sysctl_ex", nil)
		f, err := openEvent()
		require.NoError(t, err)
		epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		require.NoError(t, err)
		ev := unix.EpollEvent{Events: unix.EPOLLPRI}
		require.NoError(t, unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(f.Fd()), &ev))
		var waits sync.WaitGroup
		asleep := make(chan int, 4)
		woken := make(chan int16, cap(asleep))
		for range cap(asleep) {
			waits.Go(func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}
				asleep <- unix.Gettid()
				unix.Poll(fds, 60_000)
				woken <- fds[0].Revents
			})
		}
		for range cap(asleep) {
			waitUntilAsleep(t, <-asleep)
		}
		require.NoError(t, m.Remove(t.Context()))
		waits.Wait()
		for range cap(woken) {
			require.NotZero(t, <-woken&unix.POLLERR)
		}
		_, err = f.Read(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ENOENT)
		require.NoError(t, unix.Close(epoll))
		require.NoError(t, f.Close())
	}
	_, err := os.Stat(mySysctls)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// waitUntilAsleep waits until a thread of this process sleeps in poll(2).
func waitUntilAsleep(t *testing.T, tid int) {
	t.Helper()
	for {
		text := cat(t, fmt.Sprintf("/proc/self/task/%d/syscall", tid))
		if strings.HasPrefix(text, fmt.Sprint(unix.SYS_PPOLL, " ")) || strings.HasPrefix(text, fmt.Sprint(unix.SYS_POLL, " ")) {
			return
		}
	}
}

func TestSysctlExUnloadsInAStorm(t *testing.T) {
	texts := []string{"4", "1 2 3 4", "0", "101", "text"}
	names := []string{"number", "vector", "text", "flag", "even"}
	storm(t, "sysctl_ex", nil, 15,
		func(i int) error {
			err := put(mySysctls+names[i%len(names)], texts[i%len(texts)])
			if errors.Is(err, syscall.EINVAL) {
				return nil
			}
			return err
		},
		func(i int) error { return read(mySysctls + names[i%len(names)]) },
		func(int) error { return put(mySysctls+"trigger", "1") },
		func(int) error { return read(mySysctls + "event") },
		func(int) error { return pollSysctl() },
		func(int) error { return epollSysctl() },
		func(int) error { _, err := os.ReadDir(mySysctls); return err },
	)
}

// pollSysctl waits for an event: the next trigger, or the unload.
func pollSysctl() error {
	f, err := openEvent()
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = unix.Poll([]unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}, 100)
	return err
}

// epollSysctl is pollSysctl by epoll(7), which stays on the list of who waits.
func epollSysctl() error {
	f, err := openEvent()
	if err != nil {
		return err
	}
	defer f.Close()
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(epoll)
	ev := unix.EpollEvent{Events: unix.EPOLLPRI}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(f.Fd()), &ev); err != nil {
		return err
	}
	_, err = unix.EpollWait(epoll, make([]unix.EpollEvent, 1), 100)
	return err
}
