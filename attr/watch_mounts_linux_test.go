// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

// ownMounts is the list of mounts of a namespace that nobody else changes, and
// a function that has the kernel notify of it once, without another text.
func ownMounts(t *testing.T) (list attr.File, notify func()) {
	t.Helper()
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	point := t.TempDir()
	path, asked, done := make(chan string, 1), make(chan struct{}), make(chan error)
	ownThread(func() {
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil {
			err = unix.Mount("none", point, "tmpfs", 0, "")
		}
		path <- fmt.Sprintf("/proc/%d/task/%d/mountinfo", os.Getpid(), unix.Gettid())
		done <- err
		for range asked {
			done <- unix.Mount("none", point, "", unix.MS_REMOUNT|unix.MS_BIND, "")
		}
	})
	require.NoError(t, <-done)
	t.Cleanup(func() { close(asked) })
	return attr.At(<-path, attr.Procfs), func() {
		asked <- struct{}{}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A notification that comes while the loop's body runs may be taken by the
// runtime's poller before the watch waits, one that comes when it begins to
// wait may be taken in the middle of it. Nothing but the notification wakes
// it, and nothing else tells that one came.
func TestEachNotificationIsToldOnce(t *testing.T) {
	attr.LookForLifeEach(t, time.Hour)
	list, notify := ownMounts(t)
	mounts := attr.Of[string](list)
	defer mounts.Close()
	var sent sync.WaitGroup
	defer sent.Wait()
	for how, send := range map[string]func(){
		"while the body runs":  notify,
		"when the wait begins": func() { sent.Go(notify) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of one that is lost
		defer cancel()
		const times = 500
		turns := 0
		for _, err := range mounts.Watch(ctx, &attr.WatchOptions{Every: true}) {
			if turns > times {
				require.ErrorIs(t, err, context.Canceled, "%s: a turn without a notification", how)
				break
			}
			require.NoError(t, err, "%s: %d", how, turns)
			if turns++; turns <= times {
				send()
			} else {
				time.AfterFunc(300*time.Millisecond, cancel) // time for a turn that nobody asked for
			}
		}
		require.Equal(t, times+1, turns, how)
	}
}

// Several watches of one file are told, each by its own descriptors.
func TestANotificationIsToldToEveryWatch(t *testing.T) {
	attr.LookForLifeEach(t, time.Hour)
	list, notify := ownMounts(t)
	mounts := attr.Of[string](list)
	defer mounts.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const watches = 3
	turns, ended := make(chan error), make(chan struct{}, watches)
	for range watches {
		go func() {
			defer func() { ended <- struct{}{} }()
			for _, err := range mounts.Watch(ctx, &attr.WatchOptions{Every: true}) {
				select {
				case turns <- err:
				case <-ctx.Done():
				}
			}
		}()
	}
	for range 50 {
		for range watches {
			select {
			case err := <-turns:
				require.NoError(t, err)
			case <-ctx.Done():
				require.Fail(t, "a watch was not told")
			}
		}
		notify()
	}
	for range watches {
		require.NoError(t, <-turns)
	}
	cancel()
	for range watches {
		<-ended
	}
}
