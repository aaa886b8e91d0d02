// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=../kmod/reference/echo kmods=dummy tools=ip

// waitingThen is a context that runs f beside the watch that uses it, as soon
// as that begins to wait: then it asks for Done.
func waitingThen(ctx context.Context, f func()) context.Context {
	return whenWaiting{ctx, f, new(sync.Once)}
}

type whenWaiting struct {
	context.Context
	f    func()
	once *sync.Once
}

func (w whenWaiting) Done() <-chan struct{} {
	w.once.Do(func() { go w.f() })
	return w.Context.Done()
}

// The kernel notifies of a host name that is set to what it was. Nothing but
// that wakes the watch, and nothing else tells of it: neither a look, nor
// another text. One that is set while the loop's body runs is notified of when
// nobody waits.
func TestEveryYieldsANotificationThatChangedNothing(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	attr.LookForLifeEach(t, time.Hour)
	name := attr.Of[string](attr.At("/proc/sys/kernel/hostname", attr.Sysctl))
	defer name.Close()
	before, err := name.Get()
	require.NoError(t, err)
	const times = 200
	turns := 0
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of one that is lost
	defer cancel()
	for s, err := range name.Watch(ctx, &attr.WatchOptions{Every: true}) {
		if turns > times {
			require.ErrorIs(t, err, context.Canceled, "a turn without a notification")
			break
		}
		require.NoError(t, err, turns)
		require.Equal(t, before, s)
		if turns++; turns <= times {
			require.NoError(t, name.Set(before))
		} else {
			time.AfterFunc(300*time.Millisecond, cancel) // time for a turn that nobody asked for
		}
	}
	require.Equal(t, times+1, turns)
}

// Without Every, such a notification is passed over and the next one seen.
func TestANotificationThatChangedNothingIsPassedOver(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	name := attr.Of[string](attr.At("/proc/sys/kernel/hostname", attr.Sysctl))
	defer name.Close()
	before, err := name.Get()
	require.NoError(t, err)
	defer func() { require.NoError(t, attr.Set(name.File(), before)) }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var seen []string
	for s, err := range name.Watch(ctx, nil) {
		require.NoError(t, err)
		if seen = append(seen, s); len(seen) == 2 {
			break
		}
		require.NoError(t, name.Set(before))
		require.NoError(t, name.Set("another"))
	}
	require.Equal(t, []string{before, "another"}, seen)
}

// A notification that comes while the watch waits, and not before, with an
// interval that never passes.
func TestAWatchThatWaitsIsWokenBeforeItsInterval(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	attr.LookForLifeEach(t, time.Hour)
	name := attr.Of[string](attr.At("/proc/sys/kernel/hostname", attr.Sysctl))
	defer name.Close()
	before, err := name.Get()
	require.NoError(t, err)
	defer func() { require.NoError(t, attr.Set(name.File(), before)) }()
	bound, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ctx := waitingThen(bound, func() { attr.Set(name.File(), "later") })
	var seen []string
	for s, err := range name.Watch(ctx, &attr.WatchOptions{Interval: time.Hour}) {
		require.NoError(t, err)
		if seen = append(seen, s); len(seen) == 2 {
			break
		}
	}
	require.Equal(t, []string{before, "later"}, seen)
}

// A network device has no carrier, neither 0 nor 1, while it is down.
func TestAnAttributeLosesItsValueAndHasItAgain(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("dummy"), kerneltest.Program("ip"))
	kerneltest.Load(t, "dummy", map[string]any{"numdummies": 1})
	link := func(state string) {
		out, err := exec.Command("ip", "link", "set", "dummy0", state).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	carrier := attr.Of[bool](attr.At("/sys/class/net/dummy0/carrier", attr.Sysfs))
	defer carrier.Close()
	states := []string{"up", "down", "up"}
	var seen []string
	for on, err := range carrier.Watch(t.Context(), &attr.WatchOptions{Interval: 10 * time.Millisecond}) {
		if errors.Is(err, kernlink.ErrNoValue) {
			seen = append(seen, "no value")
		} else {
			require.NoError(t, err)
			seen = append(seen, strconv.FormatBool(on))
		}
		if len(states) == 0 {
			break
		}
		link(states[0])
		states = states[1:]
	}
	require.Equal(t, []string{"no value", "true", "no value", "true"}, seen)
}

// As TestAWatchEndsWhenTheModuleIsUnloaded, and while the watch waits. The
// open file does not keep the module.
func TestAWatchThatWaitsEndsWhenTheModuleIsUnloaded(t *testing.T) {
	for _, interval := range []time.Duration{0, time.Hour, time.Millisecond} {
		mod := kerneltest.Load(t, "echo", map[string]any{"cnt": 1, "args": []string{"a"}})
		value := attr.Of[string](attr.At("/sys/module/echo/parameters/args", attr.Param))
		before := openFiles(t)
		removed := make(chan error, 1)
		ctx := waitingThen(t.Context(), func() { removed <- mod.Remove(t.Context()) })
		var errs []error
		for _, err := range value.Watch(ctx, &attr.WatchOptions{Interval: interval}) {
			errs = append(errs, err)
		}
		require.NoError(t, <-removed)
		require.Len(t, errs, 2, interval)
		require.NoError(t, errs[0])
		require.ErrorIs(t, errs[1], kernlink.ErrGone, interval)
		require.Equal(t, before, openFiles(t))
		require.NoError(t, value.Close())
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(entries)
}
