// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

// netNS is the network namespace of this thread, as a link of /proc names it.
func netNS() (string, error) { return os.Readlink("/proc/thread-self/ns/net") }

// anotherNetNS opens a network namespace that nobody is in.
func anotherNetNS(t *testing.T) (ns int, name string) {
	t.Helper()
	inNamespace(t, unix.CLONE_NEWNET, func() (err error) {
		if name, err = netNS(); err == nil {
			ns, err = sys.Open("/proc/thread-self/ns/net", sys.ReadOnly)
		}
		return err
	})
	t.Cleanup(func() { sys.Close(ns) })
	return ns, name
}

func TestACallIsMadeInAnotherNetworkNamespaceAndNoFurther(t *testing.T) {
	before, err := netNS()
	require.NoError(t, err)
	ns, name := anotherNetNS(t)
	requireNothingStaysOpen(t, func() {
		for range 3 {
			inside := ""
			require.NoError(t, sys.InNetNS(ns, func() { inside, err = netNS() }))
			require.NoError(t, err)
			require.Equal(t, name, inside)
			after, err := netNS()
			require.NoError(t, err)
			require.Equal(t, before, after)
		}
	})
}

func TestACallIsNotMadeWithoutTheWayThere(t *testing.T) {
	ns, _ := anotherNetNS(t)
	file, err := sys.Open("/proc/self/status", sys.ReadOnly)
	require.NoError(t, err)
	defer sys.Close(file)
	never := func() { t.Error("called") }
	requireNothingStaysOpen(t, func() {
		require.Equal(t, syscall.EINVAL, sys.InNetNS(file, never))
		require.Equal(t, syscall.EBADF, sys.InNetNS(-1, never))
		asNobody(t, func() { err = sys.InNetNS(ns, never) })
		require.Equal(t, syscall.EPERM, err)
	})
}

// A thread that cannot come back is nobody else's: it ends with its goroutine.
func TestAThreadThatCannotComeBackIsNotUsedAgain(t *testing.T) {
	ns, name := anotherNetNS(t)
	var tid int
	var err, after error
	var inside string
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = sys.InNetNS(ns, func() {
			tid = unix.Gettid()
			none := make([]unix.CapUserData, 2)
			after = unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0])
		})
		inside, _ = netNS()
	}()
	<-done
	require.NoError(t, after)
	stray, ok := errors.AsType[*sys.StrayError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, syscall.EPERM, stray.Err)
	require.Equal(t, name, inside, "the goroutine stays on its thread")
	if tid == os.Getpid() {
		return // the first thread of a process is parked for ever
	}
	gone := func() bool {
		_, err := os.Stat("/proc/self/task/" + strconv.Itoa(tid))
		return errors.Is(err, os.ErrNotExist)
	}
	require.Eventually(t, gone, 10*time.Second, time.Millisecond)
}
