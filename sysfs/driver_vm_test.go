// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

func TestABoundDeviceIsBusy(t *testing.T) {
	b := loadBus(t, 2)
	dev, driver := b.device(t, "my1"), b.driver(t)
	err := driver.Bind(dev)
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, syscall.EBUSY)
	require.ErrorContains(t, err, "sysfs: bind /sys/bus/my_bus/drivers/my_driver/bind: ")
	require.ErrorContains(t, err, "my1 is bound to my_driver")
	require.NoError(t, driver.Unbind(dev))
	require.Equal(t, []string{"my0"}, namesOf(t, driver.Devices()))
	_, err = dev.Driver()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.NoError(t, driver.Bind(dev))
	require.Equal(t, []string{"my0", "my1"}, namesOf(t, driver.Devices()))
	probes, err := attr.Get[int](driver.Attr("probes"))
	require.NoError(t, err)
	require.Equal(t, 3, probes)
}

// ENODEV is what a file says whose object went away, and what these two say of
// a device: neither the driver nor the device is gone.
func TestUnbindingWhatIsNotBoundIsNotGone(t *testing.T) {
	b := loadBus(t, 1)
	dev, driver := b.device(t, "my0"), b.driver(t)
	require.NoError(t, driver.Unbind(dev))
	err := driver.Unbind(dev)
	require.ErrorIs(t, err, syscall.ENODEV)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, "sysfs: unbind /sys/bus/my_bus/drivers/my_driver/unbind: ")
	require.ErrorContains(t, err, "not bound to this driver")
	require.NoError(t, driver.Bind(dev))
}

func TestADeviceThatWentAwayCannotBeBound(t *testing.T) {
	b := loadBus(t, 2)
	dev, driver := b.device(t, "my1"), b.driver(t)
	b.remove(t, "my1")
	require.ErrorIs(t, driver.Bind(dev), kernlink.ErrGone)
	require.ErrorIs(t, driver.Unbind(dev), kernlink.ErrGone)
	require.False(t, driver.Gone())

	// Its name is another device's now, which is not touched.
	b.add(t, "my1")
	require.ErrorIs(t, driver.Unbind(dev), kernlink.ErrGone)
	require.Equal(t, []string{"my0", "my1"}, namesOf(t, driver.Devices()))
	require.NoError(t, driver.Unbind(b.device(t, "my1")))
	require.ErrorIs(t, driver.Bind(dev), kernlink.ErrGone)
	require.Equal(t, []string{"my0"}, namesOf(t, driver.Devices()))
}

func TestADriverWhoseModuleIsUnloadedIsGone(t *testing.T) {
	b := loadBus(t, 1)
	dev, driver := b.device(t, "my0"), b.driver(t)
	probes := attr.Of[int](driver.Attr("probes"))
	defer probes.Close()
	_, err := probes.Get()
	require.NoError(t, err)
	kept, err := driver.Open()
	require.NoError(t, err)
	defer kept.Close()

	gone := func(t *testing.T) {
		t.Helper()
		require.True(t, driver.Gone())
		for range 2 { // the kept file, and looking again
			_, err := probes.Get()
			require.ErrorIs(t, err, kernlink.ErrGone)
		}
		_, err := attr.Get[int](driver.Attr("probes"))
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorIs(t, driver.Bind(dev), kernlink.ErrGone)
		require.ErrorIs(t, driver.Unbind(dev), kernlink.ErrGone)
		for _, d := range []interface{ Gone() bool }{driver, kept, dev} {
			require.True(t, d.Gone())
		}
		require.ErrorIs(t, onlyError(t, driver.Devices()), kernlink.ErrGone)
		require.ErrorIs(t, onlyError(t, kept.Devices()), kernlink.ErrGone)
		require.ErrorIs(t, onlyError(t, driver.Attrs()), kernlink.ErrGone)
		require.Equal(t, "my_bus", driver.Bus(), "a name, whoever has it")
	}
	b.unload(t)
	gone(t)

	// Another driver has the name now, and another device.
	kerneltest.Load(t, "sysfs_bus", "devices=1")
	gone(t)
	now, fresh := b.device(t, "my0"), b.driver(t)
	require.Equal(t, []string{"my0"}, namesOf(t, fresh.Devices()))
	require.ErrorIs(t, driver.Unbind(now), kernlink.ErrGone)
	bound, err := now.DriverName()
	require.NoError(t, err)
	require.Equal(t, "my_driver", bound, "the driver that went does not unbind")
	require.NoError(t, fresh.Unbind(now))
	require.ErrorIs(t, driver.Bind(now), kernlink.ErrGone)
	require.Empty(t, namesOf(t, fresh.Devices()))
}

func TestARefusedBindNamesWhoWentAway(t *testing.T) {
	b := loadBus(t, 2)
	dev, driver := b.device(t, "my1"), b.driver(t)
	who := func(err error) (path, hint string) {
		require.ErrorIs(t, err, kernlink.ErrGone)
		e, ok := errors.AsType[*kernlink.Error](err)
		require.True(t, ok)
		return e.Path, e.Hint
	}
	b.remove(t, "my1")
	for _, bind := range []func(*sysfs.Device) error{driver.Bind, driver.Unbind} {
		path, hint := who(bind(dev))
		require.Equal(t, "/sys/devices/my_bus/my1", path)
		require.Equal(t, "the device went away", hint)
	}
	b.unload(t)
	kerneltest.Load(t, "sysfs_bus", "devices=2")
	dev = b.device(t, "my1")
	for name, bind := range map[string]func(*sysfs.Device) error{"bind": driver.Bind, "unbind": driver.Unbind} {
		path, hint := who(bind(dev))
		require.Equal(t, "/sys/bus/my_bus/drivers/my_driver/"+name, path)
		require.Equal(t, "the driver went away", hint)
	}
	require.False(t, dev.Gone())
}

// By hand, without a Device: the driver that answers is there, whatever errno
// it answers with.
func TestBindingANameThatIsNotOnTheBusIsNotGone(t *testing.T) {
	b := loadBus(t, 1)
	driver := b.driver(t)
	for _, name := range []string{"bind", "unbind"} {
		kept := attr.Of[string](driver.Attr(name))
		defer kept.Close()
		for _, err := range []error{attr.Set(driver.Attr(name), "my8"), kept.Set("my8"), kept.Set("my8")} {
			require.ErrorIs(t, err, syscall.ENODEV, name)
			require.NotErrorIs(t, err, kernlink.ErrGone, name)
			require.ErrorContains(t, err, `"my8"`, name)
		}
	}
	require.False(t, driver.Gone())
}

// All errors are of the one shape, and name what was tried.
func TestTheErrorsOfADriverNameWhatWasTried(t *testing.T) {
	b := loadBus(t, 1)
	dev, driver := b.device(t, "my0"), b.driver(t)
	op := func(err error) string {
		e, ok := errors.AsType[*kernlink.Error](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "sysfs", e.Channel)
		return e.Op
	}
	require.Equal(t, "bind", op(driver.Bind(dev)), "busy")
	require.NoError(t, driver.Unbind(dev))
	require.Equal(t, "unbind", op(driver.Unbind(dev)), "not bound")
	b.remove(t, "my0")
	require.Equal(t, "bind", op(driver.Bind(dev)), "the device went")
	b.add(t, "my0")
	other := b.device(t, "my0")
	b.unload(t)
	require.Equal(t, "unbind", op(driver.Unbind(other)), "both went")
}
