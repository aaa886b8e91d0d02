// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need kmods=dummy

func TestMain(m *testing.M) {
	kerneltest.Main(m,
		"ExampleFS_Object", "ExampleDriver_Bind", "ExampleBus_WaitDevice",
		"ExampleDevice_SetDriverOverride", "ExampleFS_Devices_structs", "ExampleDevice_MapResource")
}

func open(t testing.TB) *sysfs.FS {
	t.Helper()
	kerneltest.Require(t, kerneltest.VM)
	f, err := sysfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// The module goes although its device is open here: a handle keeps nobody.
func TestADeviceWhoseModuleIsUnloadedIsGone(t *testing.T) {
	f := open(t)
	var dev *sysfs.Device
	var mtu *attr.Value[int]
	t.Run("while it is loaded", func(t *testing.T) {
		type found struct {
			dev *sysfs.Device
			err error
		}
		ctx, done := t.Context(), make(chan found)
		go func() {
			dev, err := f.Class("net").WaitDevice(ctx, "dummy0")
			done <- found{dev, err}
		}()
		kerneltest.Load(t, "dummy", "numdummies=1")
		got := <-done
		require.NoError(t, got.err)
		dev = got.dev
		require.Equal(t, "devices/virtual/net/dummy0", dev.Path())
		requireDummy(t, dev)
		mtu = attr.Of[int](dev.Attr("mtu"))
		require.NoError(t, mtu.Set(1400))
		n, err := mtu.Get()
		require.NoError(t, err)
		require.Equal(t, 1400, n)
	})
	defer dev.Close()
	defer mtu.Close()
	requireGone(t, dev)
	_, err := mtu.Get() // on the descriptor that is still open
	require.ErrorIs(t, err, kernlink.ErrGone)
}

// requireDummy looks at a network interface: it has properties, and nothing
// that a device of a bus has.
func requireDummy(t *testing.T, dev *sysfs.Device) {
	t.Helper()
	index, err := attr.Get[string](dev.Attr("ifindex"))
	require.NoError(t, err)
	all, err := dev.Properties()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"INTERFACE": "dummy0", "IFINDEX": index}, all)
	value, err := dev.Property("INTERFACE")
	require.NoError(t, err)
	require.Equal(t, "dummy0", value)
	driver, err := dev.DriverName()
	require.NoError(t, err)
	require.Empty(t, driver)
	_, err = dev.Driver()
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = dev.Parent()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// requireGone asks all that there is to ask of a device that went away.
func requireGone(t *testing.T, dev *sysfs.Device) {
	t.Helper()
	require.True(t, dev.Gone())
	_, err := dev.Attr("uevent").Read()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = dev.Driver()
	require.ErrorIs(t, err, kernlink.ErrGone)
	name, err := dev.DriverName()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.Empty(t, name)
	_, err = dev.Properties()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = dev.Property("MY_NAME")
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = dev.Subsystem()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = dev.Parent()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = dev.Binary("uevent").Size()
	require.ErrorIs(t, err, kernlink.ErrGone)
	for _, err := range dev.Attrs() {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
	for _, err := range dev.Children() {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
}

// keyboard is a device that a test may take from its driver: the machine has
// one, and nobody at it.
func keyboard(t testing.TB, f *sysfs.FS) (*sysfs.Device, *sysfs.Driver) {
	t.Helper()
	dev, err := f.Device("serio", "serio0")
	require.NoError(t, err)
	t.Cleanup(func() { dev.Close() })
	driver, err := dev.Driver() // closed with the device
	require.NoError(t, err)
	return dev, driver
}

func TestBindAndUnbind(t *testing.T) {
	f := open(t)
	dev, driver := keyboard(t, f)
	require.Equal(t, "serio", driver.Bus())
	bound := func() (all []string) {
		for d, err := range driver.Devices() {
			require.NoError(t, err)
			all = append(all, d.Name())
		}
		return all
	}
	require.Equal(t, []string{"serio0"}, bound())

	input := inputOf(t, f, dev)
	require.NoError(t, driver.Unbind(dev))
	require.Empty(t, bound())
	requireGone(t, input) // what the driver had made of the device
	_, err := dev.Driver()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)

	err = driver.Unbind(dev)
	require.ErrorIs(t, err, syscall.ENODEV)
	require.NotErrorIs(t, err, kernlink.ErrGone, "neither of the two went away")

	require.NoError(t, driver.Bind(dev))
	require.Equal(t, []string{"serio0"}, bound())
	again, err := dev.Driver()
	require.NoError(t, err)
	require.Equal(t, driver.Path(), again.Path())
}

// inputOf is the input device that hangs on a device.
func inputOf(t testing.TB, f *sysfs.FS, dev *sysfs.Device) *sysfs.Device {
	t.Helper()
	for in, err := range f.Class("input").Devices() {
		require.NoError(t, err)
		parent, err := in.Parent()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		if parent.Path() == dev.Path() {
			kept, err := in.Open()
			require.NoError(t, err)
			t.Cleanup(func() { kept.Close() })
			return kept
		}
	}
	t.Fatalf("no input device of %v", dev)
	return nil
}

func TestADriverOfAnotherBusIsNotAsked(t *testing.T) {
	f := open(t)
	dev, _ := keyboard(t, f)
	foreign, err := f.Bus("platform").Driver("serial8250")
	require.NoError(t, err)
	defer foreign.Close()
	require.ErrorIs(t, foreign.Bind(dev), fs.ErrInvalid)
}

func TestEverythingInSysCanBeWalked(t *testing.T) {
	f := open(t)
	devices, err := f.Object("devices")
	require.NoError(t, err)
	defer devices.Close()
	objects, attrs := 0, 0
	for o, err := range devices.Walk() {
		require.NoError(t, err)
		objects++
		for _, err := range o.Attrs() {
			require.NoError(t, err)
			attrs++
		}
	}
	require.Greater(t, objects, 100)
	require.Greater(t, attrs, objects)
}

// A PCI device's configuration space: the first four bytes are what the
// attributes vendor and device say.
func TestABinaryAttributeOfARealDevice(t *testing.T) {
	f := open(t)
	found := false
	for dev, err := range f.Bus("pci").Devices() {
		require.NoError(t, err)
		found = true
		vendor, err := attr.Get[uint16](dev.Attr("vendor"))
		require.NoError(t, err)
		config := dev.Binary("config")
		size, err := config.Size()
		require.NoError(t, err)
		require.Contains(t, []int64{256, 4096}, size)
		var b [2]byte
		_, err = config.ReadAt(b[:], 0)
		require.NoError(t, err)
		require.Equal(t, vendor, uint16(b[0])|uint16(b[1])<<8)
		require.NoError(t, config.Close())
	}
	require.True(t, found)
}

// A driver's devices are found from either side.
func TestBusAndDriverAgree(t *testing.T) {
	f := open(t)
	for driver, err := range f.Bus("pnp").Drivers() {
		require.NoError(t, err)
		for dev, err := range driver.Devices() {
			require.NoError(t, err)
			d, err := dev.Driver()
			require.NoError(t, err)
			require.Equal(t, driver.Path(), d.Path(), fmt.Sprint(dev))
			name, err := dev.DriverName()
			require.NoError(t, err)
			require.Equal(t, driver.Name(), name)
		}
	}
}
