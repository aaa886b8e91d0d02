// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

func TestADeviceThatIsRemovedIsGoneForGood(t *testing.T) {
	b := loadBus(t, 1)
	b.add(t, "my7")
	dev := b.device(t, "my7")
	value := attr.Of[int](dev.Attr("value"))
	defer value.Close()
	require.NoError(t, value.Set(45))
	n, err := value.Get()
	require.NoError(t, err)
	require.Equal(t, 45, n)
	require.False(t, dev.Gone())

	gone := func(t *testing.T, value *attr.Value[int], first error) {
		t.Helper()
		requireGone(t, dev)
		require.ErrorIs(t, onlyError(t, dev.Attrs()), kernlink.ErrGone)
		require.ErrorIs(t, onlyError(t, dev.Children()), kernlink.ErrGone)
		for _, want := range []error{first, syscall.ENOENT} { // the kept file, and looking again
			_, err := value.Get()
			require.ErrorIs(t, err, kernlink.ErrGone)
			require.ErrorIs(t, err, want)
		}
		require.ErrorIs(t, value.Set(1), kernlink.ErrGone)
		require.ErrorIs(t, attr.Set(dev.Attr("value"), 1), kernlink.ErrGone)
		_, err := b.fs.Device("my_bus", "my9")
		require.ErrorIs(t, err, fs.ErrNotExist, "a name that nobody ever had")
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	b.remove(t, "my7")
	gone(t, value, syscall.ENODEV)
	_, err = b.fs.Device("my_bus", "my7")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)

	b.add(t, "my7") // the name is another's
	gone(t, value, syscall.ENOENT)
	now := b.device(t, "my7")
	require.False(t, now.Gone())
	require.Equal(t, dev.Path(), now.Path())
	n, err = attr.Get[int](now.Attr("value"))
	require.NoError(t, err)
	require.Zero(t, n, "not the value of the one that went")
}

// Only writing was open when it went.
func TestAStoreToADeviceThatIsRemovedIsGone(t *testing.T) {
	b := loadBus(t, 1)
	value := attr.Of[int](b.device(t, "my0").Attr("value"))
	defer value.Close()
	require.NoError(t, value.Set(1))
	b.remove(t, "my0")
	b.add(t, "my0")
	for _, want := range []error{syscall.ENODEV, syscall.ENOENT} {
		err := value.Set(2)
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorIs(t, err, want)
	}
}

// meanwhile is a context that lets a test do something as soon as a wait has
// looked and found that it has to wait: it asks when the context ends then.
type meanwhile struct {
	context.Context
	mu    sync.Mutex
	steps []func()
}

func (m *meanwhile) Done() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.steps) > 0 {
		m.steps[0]()
		m.steps = m.steps[1:]
	}
	return m.Context.Done()
}

// The kernel wakes nobody when it removes a file; the watch looks.
func TestAWatchEndsWhenTheDeviceIsRemoved(t *testing.T) {
	for name, opts := range map[string]*attr.WatchOptions{
		"without interval": nil, "with interval": {Interval: 20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			b := loadBus(t, 1)
			value := attr.Of[int](b.device(t, "my0").Attr("value"))
			defer value.Close()
			ctx := &meanwhile{Context: t.Context(), steps: []func(){func() {
				b.remove(t, "my0")
				b.add(t, "my0") // whom it does not take for the old one
			}}}
			var seen []error
			for n, err := range value.Watch(ctx, opts) {
				seen = append(seen, err)
				require.Zero(t, n)
			}
			require.Empty(t, ctx.steps, "it has waited")
			require.Len(t, seen, 2)
			require.NoError(t, seen[0])
			require.ErrorIs(t, seen[1], kernlink.ErrGone)
		})
	}
}

func TestAWatchWithAnIntervalSeesAValueThatNeverNotifies(t *testing.T) {
	b := loadBus(t, 1)
	value := attr.Of[int](b.device(t, "my0").Attr("value"))
	defer value.Close()
	var seen []int
	for n, err := range value.Watch(t.Context(), &attr.WatchOptions{Interval: time.Millisecond}) {
		require.NoError(t, err)
		if seen = append(seen, n); len(seen) == 3 {
			break
		}
		require.NoError(t, value.Set(n+1))
	}
	require.Equal(t, []int{0, 1, 2}, seen)
}

// patient is a sysfs that looks twice a day: a wait on it that ends has not
// waited, or was woken.
func patient(t testing.TB) *sysfs.FS {
	t.Helper()
	f, err := sysfs.Open(&sysfs.Options{Interval: 12 * time.Hour})
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func TestWaitingForADeviceThatIsThereWaitsForNothing(t *testing.T) {
	loadBus(t, 1)
	f := patient(t)
	dev, err := f.WaitDevice(t.Context(), "my_bus", "my0")
	require.NoError(t, err)
	require.NoError(t, dev.Close())
	dev, err = f.Bus("my_bus").WaitDevice(t.Context(), "my0")
	require.NoError(t, err)
	require.NoError(t, dev.Close())
}

func TestWaitingForADeviceThatComesLater(t *testing.T) {
	b := loadBus(t, 0)
	ctx := &meanwhile{Context: t.Context(), steps: []func(){func() { b.add(t, "my7") }}}
	dev, err := b.WaitDevice(ctx, "my7")
	require.NoError(t, err)
	defer dev.Close()
	require.Empty(t, ctx.steps)
	require.False(t, dev.Gone())
	driver, err := dev.DriverName()
	require.NoError(t, err)
	require.Equal(t, "my_driver", driver)
}

// The bus is not there either when the wait begins.
func TestWaitingForADeviceOfAModuleThatIsLoadedLater(t *testing.T) {
	f := open(t)
	ctx := &meanwhile{Context: t.Context(), steps: []func(){
		func() {}, // and looks more than once
		func() { kerneltest.Load(t, "sysfs_bus", "devices=1") },
	}}
	dev, err := f.Bus("my_bus").WaitDevice(ctx, "my0")
	require.NoError(t, err)
	defer dev.Close()
	require.Equal(t, "devices/my_bus/my0", dev.Path())
}

// It was seen for a moment: who waits gets the one that stays.
func TestWaitingForADeviceThatGoesAgainAtOnce(t *testing.T) {
	b := loadBus(t, 0)
	ctx := &meanwhile{Context: t.Context(), steps: []func(){
		func() { b.add(t, "my7") },
		func() { b.remove(t, "my7") },
		func() { b.add(t, "my7") },
	}}
	dev, err := b.fs.WaitDevice(ctx, "my_bus", "my7")
	require.NoError(t, err)
	defer dev.Close()
	require.Empty(t, ctx.steps)
	require.False(t, dev.Gone())
	_, err = attr.Get[int](dev.Attr("value"))
	require.NoError(t, err)
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	loadBus(t, 1)
	f := patient(t)
	cause := errors.New("no more patience")
	ended, end := context.WithCancelCause(t.Context())
	ctx := &meanwhile{Context: ended, steps: []func(){func() { end(cause) }}}
	_, err := f.WaitDevice(ctx, "my_bus", "my7")
	require.ErrorIs(t, err, cause)
	e, ok := errors.AsType[*kernlink.Error](err)
	require.True(t, ok)
	require.Equal(t, "wait", e.Op)
	require.Equal(t, "my_bus/my7", e.Path)
	require.Equal(t, "no /sys/class/my_bus/my7, no /sys/bus/my_bus/devices/my7", e.Hint)

	_, err = f.WaitDevice(ended, "my_bus", "my0")
	require.ErrorIs(t, err, cause, "before it looks")
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = f.WaitDevice(late, "my_bus", "my7")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, fs.ErrNotExist)
}

func TestWaitingForANameThatIsNone(t *testing.T) {
	f := open(t)
	for _, bad := range []string{"", ".", "..", "/", "my/0", "my0\x00"} {
		_, err := f.WaitDevice(t.Context(), "my_bus", bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.WaitDevice(t.Context(), bad, "my0")
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
	}
}
