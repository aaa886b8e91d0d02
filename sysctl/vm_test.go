// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysctl"
)

//kerneltest:need modules=../kmod/reference/sysctl_ex kmods=dummy,8021q tools=ip,sysctl

func TestMain(m *testing.M) {
	kerneltest.Main(m, "ExampleFS_Key", "ExampleFS_Dotted_watch", "ExampleOptions")
}

// open opens /proc/sys.
func open(t testing.TB, opts *sysctl.Options) *sysctl.FS {
	t.Helper()
	f, err := sysctl.Open(opts)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// onThread runs f on a thread of its own, which f may change: it dies with it.
// f must not end the test.
func onThread(f func() error) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock: nobody else gets this thread
		if unix.Gettid() == os.Getpid() {
			// The first thread does not die, and its namespaces are what
			// /proc/self shows: keep it busy, so that another one does this.
			err = onThread(f)
			runtime.UnlockOSThread()
			return
		}
		err = f()
	}()
	<-done
	return err
}

// netNS is a network namespace that nobody is in.
type netNS int

func newNetNS(t testing.TB) (ns netNS) {
	t.Helper()
	require.NoError(t, onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		ns = netNS(fd)
		return err
	}))
	t.Cleanup(func() { unix.Close(int(ns)) })
	return ns
}

func (ns netNS) path() string { return fmt.Sprint("/proc/self/fd/", int(ns)) }

// do runs f on a thread in the namespace.
func (ns netNS) do(t testing.TB, f func() error) {
	t.Helper()
	require.NoError(t, onThread(func() error {
		if err := unix.Setns(int(ns), unix.CLONE_NEWNET); err != nil {
			return err
		}
		return f()
	}))
}

// run runs a program and returns what it said.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s: %s", name, args, out)
	return string(out)
}

// toolSays is what sysctl(8) prints, which complains about what it cannot set.
func toolSays(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("sysctl", args...).CombinedOutput()
	if _, failed := err.(*exec.ExitError); !failed {
		require.NoError(t, err)
	}
	return string(out)
}
