// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need modules=../kmod/reference/sysfs_bus

// myBus is the bus of the module sysfs_bus, whose devices come and go by
// writing their names.
type myBus struct {
	*sysfs.Bus
	fs  *sysfs.FS
	mod *kmod.Module
}

func loadBus(t testing.TB, devices int) myBus {
	t.Helper()
	f := open(t)
	mod := kerneltest.Load(t, "sysfs_bus", map[string]any{"devices": devices})
	return myBus{f.Bus("my_bus"), f, mod}
}

func (b myBus) add(t testing.TB, name string) {
	t.Helper()
	require.NoError(t, attr.Set(b.Attr("add"), name))
}

func (b myBus) remove(t testing.TB, name string) {
	t.Helper()
	require.NoError(t, attr.Set(b.Attr("remove"), name))
}

func (b myBus) device(t testing.TB, name string) *sysfs.Device {
	t.Helper()
	dev, err := b.Device(name)
	require.NoError(t, err)
	t.Cleanup(func() { dev.Close() })
	return dev
}

func (b myBus) driver(t testing.TB) *sysfs.Driver {
	t.Helper()
	driver, err := b.Driver("my_driver")
	require.NoError(t, err)
	t.Cleanup(func() { driver.Close() })
	return driver
}

// unload removes the module while the test still holds what it holds.
func (b myBus) unload(t testing.TB) {
	t.Helper()
	require.NoError(t, b.mod.Remove(t.Context()))
}

func namesOf[T interface{ Name() string }](t testing.TB, seq iter.Seq2[T, error]) (all []string) {
	t.Helper()
	for x, err := range seq {
		require.NoError(t, err)
		all = append(all, x.Name())
	}
	return all
}

// onlyError is the error of a loop that yields nothing else.
func onlyError[T any](t testing.TB, seq iter.Seq2[T, error]) (only error) {
	t.Helper()
	turns := 0
	for _, err := range seq {
		turns++
		only = err
	}
	require.Equal(t, 1, turns)
	require.Error(t, only)
	return only
}

// What the package says is what links and files say to everybody else.
func TestADeviceOfABusKnowsItsPlace(t *testing.T) {
	b := loadBus(t, 2)
	require.Equal(t, []string{"my0", "my1"}, namesOf(t, b.Devices()))
	require.Equal(t, []string{"my_driver"}, namesOf(t, b.Drivers()))
	dev := b.device(t, "my0")
	require.Equal(t, "my0", dev.Name())
	real, err := filepath.EvalSymlinks("/sys/bus/my_bus/devices/my0")
	require.NoError(t, err)
	require.Equal(t, real, dev.SysPath())
	require.Equal(t, real, fmt.Sprint(dev))
	require.Equal(t, "devices/my_bus/my0", dev.Path())

	link := func(name string) string {
		target, err := os.Readlink(filepath.Join(real, name))
		require.NoError(t, err)
		return filepath.Join(real, target)
	}
	subsystem, err := dev.Subsystem()
	require.NoError(t, err)
	require.Equal(t, filepath.Base(link("subsystem")), subsystem)
	driver, err := dev.Driver()
	require.NoError(t, err)
	require.Equal(t, link("driver"), driver.SysPath())
	require.Equal(t, "my_bus", driver.Bus())
	name, err := dev.DriverName()
	require.NoError(t, err)
	require.Equal(t, filepath.Base(link("driver")), name)

	parent, err := dev.Parent()
	require.NoError(t, err)
	require.Equal(t, filepath.Dir(real), parent.SysPath())
	_, err = parent.Subsystem()
	require.ErrorIs(t, err, fs.ErrNotExist, "a root device is of no bus")
	require.NotErrorIs(t, err, kernlink.ErrGone)
	_, err = parent.Parent()
	require.ErrorIs(t, err, fs.ErrNotExist)

	byPath, err := b.fs.Object("bus/my_bus/devices/my0")
	require.NoError(t, err)
	defer byPath.Close()
	require.Equal(t, dev.Path(), byPath.Path())
}

// A device without a node and a type: the file has what the bus adds, and
// SUBSYSTEM is not in it.
func TestTheUeventFileHasWhatTheBusAdds(t *testing.T) {
	b := loadBus(t, 1)
	dev, driver := b.device(t, "my0"), b.driver(t)
	text := func() string {
		text, err := dev.Attr("uevent").Read()
		require.NoError(t, err)
		return string(text)
	}
	properties := func() map[string]string {
		all, err := dev.Properties()
		require.NoError(t, err)
		return all
	}
	require.Equal(t, "DRIVER=my_driver\nMY_NAME=my0\n", text())
	require.Equal(t, map[string]string{"DRIVER": "my_driver", "MY_NAME": "my0"}, properties())
	bound, err := dev.Property("DRIVER")
	require.NoError(t, err)
	require.Equal(t, "my_driver", bound)
	require.NoError(t, driver.Unbind(dev))
	require.Equal(t, "MY_NAME=my0\n", text())
	require.Equal(t, map[string]string{"MY_NAME": "my0"}, properties())
	_, err = dev.Property("DRIVER")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.EqualError(t, err, `sysfs: property /sys/devices/my_bus/my0/uevent: no property "DRIVER"`)
	node, err := dev.DevNode()
	require.NoError(t, err)
	require.Empty(t, node)
	kind, err := dev.DevType()
	require.NoError(t, err)
	require.Empty(t, kind)
}

func TestADeviceThatABusHasNotIsLookedForInBothPlaces(t *testing.T) {
	b := loadBus(t, 1)
	_, err := b.fs.Device("my_bus", "my1")
	require.EqualError(t, err, "sysfs: open my_bus/my1: no such file or directory (no /sys/class/my_bus/my1, no /sys/bus/my_bus/devices/my1)")
	require.ErrorIs(t, err, syscall.ENOENT)
	_, err = b.Device("my1")
	require.EqualError(t, err, "sysfs: open my_bus/my1: no such file or directory (no /sys/bus/my_bus/devices/my1)")
	_, err = b.fs.Class("my_bus").Device("my0")
	require.EqualError(t, err, "sysfs: open my_bus/my0: no such file or directory (the subsystem itself is missing: no /sys/class/my_bus)")
}

// Nothing is closed in the loop: what leaks fails the run.
func TestWhatALoopLedToNeedsNoClose(t *testing.T) {
	b := loadBus(t, 3)
	var names []string
	for dev, err := range b.Devices() {
		require.NoError(t, err)
		driver, err := dev.Driver()
		require.NoError(t, err)
		parent, err := dev.Parent()
		require.NoError(t, err)
		_, err = attr.Get[int](driver.Attr("probes"))
		require.NoError(t, err)
		if dev.Name() == "my1" {
			require.NoError(t, driver.Unbind(dev))
			name, err := dev.DriverName()
			require.NoError(t, err)
			require.Empty(t, name)
			require.NoError(t, driver.Bind(dev), "it is still the driver that the device had")
		}
		names = append(names, parent.Name()+" "+dev.Name()+" "+driver.Name())
	}
	require.Equal(t, []string{"my_bus my0 my_driver", "my_bus my1 my_driver", "my_bus my2 my_driver"}, names)
}

// A bus is a name: without its module it is not there, and then there again.
func TestABusWithoutItsModuleIsNotThere(t *testing.T) {
	b := loadBus(t, 1)
	version := attr.Of[string](b.Attr("version"))
	defer version.Close()
	text, err := version.Get()
	require.NoError(t, err)
	require.Equal(t, "1.0", text)
	require.ErrorIs(t, attr.Set(b.Attr("version"), "2"), kernlink.ErrReadOnly)
	_, err = attr.Get[string](b.Attr("add"))
	require.ErrorIs(t, err, kernlink.ErrNotSupported, "it can only be written")

	b.unload(t)
	for _, err := range []error{
		onlyError(t, b.Devices()), onlyError(t, b.Drivers()),
		attr.Set(b.Attr("add"), "my1"),
	} {
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	_, err = b.Driver("my_driver")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	_, err = b.Device("my0")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.EqualError(t, err, "sysfs: open my_bus/my0: no such file or directory (the subsystem itself is missing: no /sys/bus/my_bus)")
	_, err = b.fs.Device("my_bus", "my0")
	require.EqualError(t, err, "sysfs: open my_bus/my0: no such file or directory (the subsystem itself is missing: no /sys/class/my_bus, no /sys/bus/my_bus)")
	for _, want := range []error{syscall.ENODEV, syscall.ENOENT} { // the kept file, and looking again
		_, err = version.Get()
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorIs(t, err, want)
	}

	kerneltest.Load(t, "sysfs_bus", "devices=2")
	require.Equal(t, []string{"my0", "my1"}, namesOf(t, b.Devices()))
	text, err = version.Get()
	require.NoError(t, err)
	require.Equal(t, "1.0", text)
}

func TestWhatABusRefusesSaysWhy(t *testing.T) {
	b := loadBus(t, 1)
	for _, c := range []struct {
		attr, name string
		want       error
	}{
		{"add", "my0", fs.ErrExist},
		{"add", "you0", syscall.EINVAL},
		{"add", "", syscall.EINVAL},
		{"remove", "my1", syscall.ENODEV},
	} {
		require.ErrorIs(t, attr.Set(b.Attr(c.attr), c.name), c.want, "%s %q", c.attr, c.name)
	}
}

func TestDevicesThatComeAndGoAreNoErrorsOfALoop(t *testing.T) {
	b := loadBus(t, 4)
	driver := b.driver(t)
	for name, loop := range map[string]func() iter.Seq2[*sysfs.Device, error]{
		"of the bus": b.Devices, "of the driver": driver.Devices,
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			for dev, err := range loop() {
				require.NoError(t, err)
				seen = append(seen, dev.Name())
				switch dev.Name() {
				case "my0":
					b.remove(t, "my1") // one that is still to come
					b.add(t, "my9")    // one that is not on the list
				case "my2":
					b.remove(t, "my2") // the loop's own
					requireGone(t, dev)
				}
			}
			require.Equal(t, []string{"my0", "my2", "my3"}, seen)
			require.Equal(t, []string{"my0", "my3", "my9"}, namesOf(t, loop()))
			b.remove(t, "my9")
			b.add(t, "my1")
			b.add(t, "my2")
		})
	}
}

func TestALoopEndsQuietlyWhenTheModuleIsUnloadedInIt(t *testing.T) {
	for name, loop := range map[string]func(myBus, *sysfs.Driver) iter.Seq2[*sysfs.Device, error]{
		"of the bus":    func(b myBus, _ *sysfs.Driver) iter.Seq2[*sysfs.Device, error] { return b.Devices() },
		"of the driver": func(_ myBus, d *sysfs.Driver) iter.Seq2[*sysfs.Device, error] { return d.Devices() },
	} {
		t.Run(name, func(t *testing.T) {
			b := loadBus(t, 3)
			var seen []string
			for dev, err := range loop(b, b.driver(t)) {
				require.NoError(t, err)
				seen = append(seen, dev.Name())
				b.unload(t)
				requireGone(t, dev)
			}
			require.Equal(t, []string{"my0"}, seen)
		})
	}
}

// The folder in which the devices are, without the bus: a walk meets them
// while they go.
func TestAWalkPassesOverWhatGoesAway(t *testing.T) {
	b := loadBus(t, 3)
	root, err := b.fs.Object("devices/my_bus")
	require.NoError(t, err)
	defer root.Close()
	seen := map[string]int{}
	for o, err := range root.Walk() {
		require.NoError(t, err)
		seen[o.Name()]++
		if o.Name() == "my0" {
			b.remove(t, "my0") // before it is looked into
			b.remove(t, "my1")
		}
	}
	require.Equal(t, 1, seen["my_bus"])
	require.Equal(t, 1, seen["my0"])
	require.Equal(t, 0, seen["my1"])
	require.Equal(t, 1, seen["my2"])
}
