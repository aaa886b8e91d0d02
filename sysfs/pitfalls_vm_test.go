// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"io"
	"io/fs"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need modules=../kmod/reference/sysfs_ex,../kmod/reference/sysfs_bus

// An event stays until the file is read, so one that comes after the reading
// and before the waiting is seen. Between the events the file is ready to be
// read all the time, which is none.
func TestAWatchSeesEachEventOnceAndNothingElse(t *testing.T) {
	o := myTest(t)
	event := attr.Of[int](o.Attr("event"))
	defer event.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of an event that is lost
	defer cancel()
	const events = 5
	turns := 0
	for n, err := range event.Watch(ctx, &attr.WatchOptions{Every: true}) {
		if turns > events {
			require.ErrorIs(t, err, context.Canceled, "a turn without an event")
			break
		}
		require.NoError(t, err)
		require.Equal(t, turns, n)
		if turns++; turns <= events {
			require.NoError(t, attr.Set(o.Attr("trigger"), true)) // after the loop has read
		} else {
			time.AfterFunc(300*time.Millisecond, cancel) // time for a turn that nobody asked for
		}
	}
	require.Equal(t, events+1, turns)
}

func TestAValueThatComesAndGoesIsAnItemOfAWatch(t *testing.T) {
	o := myTest(t)
	speed := attr.Of[int](o.Attr("speed"))
	defer speed.Close()
	up := false
	turns := 0
	for n, err := range speed.Watch(t.Context(), &attr.WatchOptions{Interval: 1}) {
		if up {
			require.NoError(t, err)
			require.Equal(t, 1000, n)
		} else {
			require.ErrorIs(t, err, kernlink.ErrNoValue)
			require.ErrorIs(t, err, syscall.EINVAL)
		}
		if turns++; turns == 4 {
			break
		}
		up = !up
		require.NoError(t, attr.Set(o.Attr("link"), up))
	}
	require.Equal(t, 4, turns)
}

// The choice that holds is in brackets, and is written without them.
func TestASelectorOfTheKernel(t *testing.T) {
	o := myTest(t)
	mode := attr.Of[attr.Selector](o.Attr("mode"))
	defer mode.Close()
	s, err := mode.Get()
	require.NoError(t, err)
	require.Equal(t, attr.Selector{Current: "lzo-rle", Choices: []string{"lzo", "lzo-rle", "lz4"}}, s)
	s.Current = "lz4"
	require.NoError(t, mode.Set(s))
	current := attr.With(o.Attr("mode"), attr.Choice())
	defer current.Close()
	choice, err := current.Get()
	require.NoError(t, err)
	require.Equal(t, "lz4", choice)
	s, err = mode.Get()
	require.NoError(t, err)
	require.Equal(t, "lzo lzo-rle [lz4]", s.String())
	require.ErrorIs(t, attr.Set(o.Attr("mode"), "[lzo]"), syscall.EINVAL, "what the driver says")
	s.Current = "zstd"
	require.ErrorIs(t, mode.Set(s), attr.ErrMalformed, "it is none of them")
}

// What others write is seen by a handle that is kept open.
func TestAKeptHandleShowsThePresentValue(t *testing.T) {
	o := myTest(t)
	mask := attr.With(o.Attr("mask"), attr.Hex[uint32]())
	defer mask.Close()
	for _, want := range []uint32{0xff, 1, 0xdeadbeef, 0} {
		require.NoError(t, attr.Set(o.Attr("mask"), want))
		for range 2 {
			got, err := mask.Get()
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}

func TestTheUeventFileTakesActionsOnly(t *testing.T) {
	kerneltest.Load(t, "sysfs_bus", nil)
	dev, err := open(t).Device("my_bus", "my1")
	require.NoError(t, err)
	defer dev.Close()
	uevent := attr.Of[string](dev.Attr("uevent"))
	defer uevent.Close()
	for _, good := range []string{"change", "add", "change fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed KEY=VAL"} {
		require.NoError(t, uevent.Set(good), good)
	}
	for _, bad := range []string{"bogus", "change no-uuid KEY=VAL", ""} {
		err := uevent.Set(bad)
		require.ErrorIs(t, err, syscall.EINVAL, bad)
		require.NotErrorIs(t, err, kernlink.ErrNoValue, "of reading only")
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, "the kernel does not take the value")
	}
	text, err := uevent.Get()
	require.NoError(t, err)
	require.Contains(t, text, "MY_NAME=my1")
}

// ENODEV is what the kernel says of an attribute that went, and what a bus
// says of a device that it does not have.
func TestADeviceThatABusDoesNotHaveIsNoBusThatWent(t *testing.T) {
	kerneltest.Load(t, "sysfs_bus", nil)
	bus := open(t).Bus("my_bus")
	remove := attr.Of[string](bus.Attr("remove"))
	defer remove.Close()
	require.NoError(t, remove.Set("my2"))
	for _, err := range []error{
		remove.Set("my8"), remove.Set("my8"), attr.Set(bus.Attr("remove"), "my8"),
		attr.Set(bus.Attr("drivers_probe"), "my8"),
	} {
		require.ErrorIs(t, err, syscall.ENODEV)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	require.NoError(t, remove.Set("my1"))
	_, err := open(t).Device("my_bus", "my1")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// Whatever a driver answers, it is the error of this attribute and of nothing
// else: not of the other fields of a struct, not of a scan, and not that the
// device is gone.
func TestWhateverAnAttributeFailsWithIsItsOwn(t *testing.T) {
	b := loadBus(t, 3)
	bad := b.device(t, "my1")
	require.NoError(t, attr.Set(bad.Attr("value"), 7))
	kept := attr.Of[int](bad.Attr("errno"))
	defer kept.Close()
	kinds := map[syscall.Errno]error{
		syscall.EINVAL: kernlink.ErrNoValue, syscall.ENODEV: kernlink.ErrNoValue,
		syscall.EOPNOTSUPP: kernlink.ErrNoValue, syscall.ENODATA: kernlink.ErrNoValue,
		syscall.EACCES: kernlink.ErrRestricted, syscall.EPERM: kernlink.ErrRestricted,
		syscall.EBUSY: kernlink.ErrBusy,
	}
	for errno := syscall.Errno(1); errno <= 133; errno++ {
		if errno == syscall.EINTR {
			continue // is asked again, as after any signal
		}
		require.NoError(t, attr.Set(bad.Attr("errno"), int(errno)))
		for _, get := range []func() (int, error){kept.Get, func() (int, error) { return attr.Get[int](bad.Attr("errno")) }} {
			_, err := get()
			require.ErrorIs(t, err, errno)
			require.NotErrorIs(t, err, kernlink.ErrGone, errno)
			if kind := kinds[errno]; kind != nil {
				require.ErrorIs(t, err, kind, errno)
			}
		}
		var all struct {
			Value int  `attr:"value"`
			Errno *int `attr:"errno"`
		}
		err := attr.Load(bad, &all)
		require.Equal(t, 7, all.Value, errno)
		require.Nil(t, all.Errno)
		if kinds[errno] == kernlink.ErrNoValue || errno == syscall.ENOENT {
			require.NoError(t, err, errno)
		} else {
			require.ErrorIs(t, err, errno)
		}
		good := namesOf(t, b.fs.Devices(&sysfs.Filter{Subsystems: []string{"my_bus"}, Attrs: map[string]string{"errno": "0"}}))
		require.Equal(t, []string{"my0", "my2"}, good, errno)
	}
	require.NoError(t, attr.Set(bad.Attr("errno"), 0))
	n, err := kept.Get()
	require.NoError(t, err)
	require.Zero(t, n)
	require.ErrorIs(t, attr.Set(bad.Attr("errno"), 134), syscall.EINVAL)
}

// With O_CREAT the kernel would say EACCES of a name that is not there.
func TestSettingWhatIsNotThereSaysSo(t *testing.T) {
	o := myTest(t)
	err := attr.Set(o.Attr("none"), 1)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrRestricted)
	require.NotErrorIs(t, err, kernlink.ErrGone)
}

// A reader with a small buffer would take the beginning for the value.
func TestAValueIsReadToItsEnd(t *testing.T) {
	o := myTest(t)
	text, err := attr.Get[string](o.Attr("full"))
	require.NoError(t, err)
	require.Len(t, text, 4095)
	_, err = o.Attr("full").ReadInto(make([]byte, 128))
	require.ErrorIs(t, err, io.ErrShortBuffer)
}
