// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need kmods=uio_pci_generic

// idle is a PCI device that no driver of this kernel has: the machine's
// disk controller, without disks.
const idle = "8086 7010"

// uio is a driver for any PCI device that it is given, and a device for it.
func uio(t testing.TB) (*sysfs.FS, *sysfs.Device, *sysfs.Driver) {
	t.Helper()
	f := open(t)
	kerneltest.Load(t, "uio_pci_generic", nil)
	driver, err := f.Bus("pci").Driver("uio_pci_generic")
	require.NoError(t, err)
	t.Cleanup(func() { driver.Close() })
	for dev, err := range f.Devices(&sysfs.Filter{
		Subsystems: []string{"pci"}, Attrs: map[string]string{"vendor": "0x8086", "device": "0x7010"},
	}) {
		require.NoError(t, err)
		dev, err := dev.Open()
		require.NoError(t, err)
		t.Cleanup(func() { dev.Close() })
		requireDriver(t, dev, "")
		return f, dev, driver
	}
	t.Fatal("the machine has no such device")
	return nil, nil, nil
}

func requireDriver(t testing.TB, dev *sysfs.Device, want string) {
	t.Helper()
	name, err := dev.DriverName()
	require.NoError(t, err)
	require.Equal(t, want, name)
}

func TestADriverIsToldOfADevice(t *testing.T) {
	f, dev, driver := uio(t)
	require.ErrorIs(t, driver.Bind(dev), syscall.ENODEV, "it does not know it")
	require.NoError(t, driver.AddID(idle))
	requireDriver(t, dev, "uio_pci_generic")

	// What the driver has made of it is a device below it, with a node.
	require.Contains(t, namesOf(t, dev.Devices()), "uio0")
	made, err := f.Device("uio", "uio0")
	require.NoError(t, err)
	defer made.Close()
	up, err := made.FindParent("pci", "")
	require.NoError(t, err)
	require.Equal(t, dev.Path(), up.Path())
	n, err := made.DevNum()
	require.NoError(t, err)
	again, err := f.DeviceByNumber(n)
	require.NoError(t, err)
	require.Equal(t, made.Path(), again.Path())
	require.NoError(t, again.Close())
	require.Equal(t, []string{"uio0"}, namesOf(t, f.Devices(&sysfs.Filter{Below: dev, Subsystems: []string{"uio"}})))

	err = driver.AddID(idle)
	require.ErrorIs(t, err, fs.ErrExist)
	require.ErrorContains(t, err, "sysfs: add id /sys/bus/pci/drivers/uio_pci_generic/new_id: ")
	require.NoError(t, driver.RemoveID(idle))
	requireDriver(t, dev, "uio_pci_generic")
	require.NoError(t, driver.Unbind(dev))
	requireDriver(t, dev, "")
	requireGone(t, made)
	_, err = f.DeviceByNumber(n)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)

	err = driver.RemoveID(idle)
	require.ErrorIs(t, err, syscall.ENODEV)
	require.NotErrorIs(t, err, kernlink.ErrGone, "the driver is there")
	require.ErrorContains(t, err, "not told of this id")
	for _, bad := range []string{"x", "8086"} {
		require.ErrorIs(t, driver.AddID(bad), syscall.EINVAL, bad)
	}
	for _, bad := range []string{"", " ", "8086 7010\n", "a\x00"} {
		require.ErrorIs(t, driver.AddID(bad), fs.ErrInvalid, "%q", bad)
		require.ErrorIs(t, driver.RemoveID(bad), fs.ErrInvalid, "%q", bad)
	}
}

func TestADriverThatTakesNoIDsSaysSo(t *testing.T) {
	f := open(t)
	driver, err := f.Bus("platform").Driver("serial8250")
	require.NoError(t, err)
	defer driver.Close()
	err = driver.AddID("1 2")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, "takes no ids")
}

func TestAnOverriddenDeviceGoesToItsDriverOnly(t *testing.T) {
	_, dev, driver := uio(t)
	requireOverride(t, dev, "")
	require.NoError(t, dev.SetDriverOverride("nobody"))
	requireOverride(t, dev, "nobody")
	require.NoError(t, driver.AddID(idle))
	requireDriver(t, dev, "")
	require.ErrorIs(t, driver.Bind(dev), syscall.ENODEV)
	require.NoError(t, driver.RemoveID(idle))

	require.NoError(t, dev.SetDriverOverride(driver.Name()))
	require.NoError(t, driver.Bind(dev))
	requireDriver(t, dev, "uio_pci_generic")
	require.NoError(t, dev.ClearDriverOverride())
	require.NoError(t, dev.ClearDriverOverride(), "twice")
	requireOverride(t, dev, "")
	requireDriver(t, dev, "uio_pci_generic")
	require.NoError(t, driver.Unbind(dev))
	require.ErrorIs(t, driver.Bind(dev), syscall.ENODEV)

	for _, bad := range []string{"", "(null)", "a\nb", "a/b", "a\x00"} {
		require.ErrorIs(t, dev.SetDriverOverride(bad), fs.ErrInvalid, "%q", bad)
	}
	requireOverride(t, dev, "")
}

func requireOverride(t testing.TB, dev *sysfs.Device, want string) {
	t.Helper()
	name, err := dev.DriverOverride()
	require.NoError(t, err)
	require.Equal(t, want, name)
}

func TestAPlatformDeviceIsOverridden(t *testing.T) {
	f := open(t)
	dev, err := f.Device("platform", "pcspkr")
	require.NoError(t, err)
	defer dev.Close()
	driver, err := f.Bus("platform").Driver("alarmtimer")
	require.NoError(t, err)
	defer driver.Close()
	requireOverride(t, dev, "")
	require.ErrorIs(t, driver.Bind(dev), syscall.ENODEV, "it is for another device")
	require.NoError(t, dev.SetDriverOverride("pcspkr"))
	requireOverride(t, dev, "pcspkr")
	require.NoError(t, dev.ClearDriverOverride())
	requireOverride(t, dev, "")

	lo, err := f.Device("net", "lo")
	require.NoError(t, err)
	defer lo.Close()
	_, err = lo.DriverOverride()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, lo.SetDriverOverride("x"), fs.ErrNotExist)
	require.ErrorIs(t, lo.ClearDriverOverride(), fs.ErrNotExist)
}
