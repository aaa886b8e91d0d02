// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

const (
	stick     = "devices/pci0000:00/usb1/1-2"
	disk      = stick + "/1-2:1.0/block/sda"
	partition = disk + "/sda1"
)

func deviceAt(t testing.TB, f *FS, name string) *Device {
	t.Helper()
	d, err := f.DeviceAt(name)
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func TestADeviceIsFoundByEachFormOfItsPath(t *testing.T) {
	f, root := fixture(t, tree)
	for _, form := range []string{disk, "/" + disk, root + "/" + disk, "class/block/sda", root + "/class/block/sda", "/class/block/sda"} {
		require.Equal(t, disk, deviceAt(t, f, form).Path(), form)
	}
	for name, want := range map[string]error{
		"": fs.ErrInvalid, "/": fs.ErrInvalid, root: fs.ErrNotExist, root + "/": fs.ErrInvalid, ".": fs.ErrInvalid,
		"devices/../devices": fs.ErrInvalid, "//devices": fs.ErrInvalid, "a\x00": fs.ErrInvalid,
		"devices/none": fs.ErrNotExist, disk + "/queue": fs.ErrNotExist, "bus/usb": fs.ErrNotExist,
		"module/my_driver": fs.ErrNotExist, "devices/virtual": fs.ErrNotExist, "kernel/out": fs.ErrInvalid,
	} {
		_, err := f.DeviceAt(name)
		require.ErrorIs(t, err, want, "%q", name)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	_, err := f.DeviceAt(disk + "/queue")
	require.EqualError(t, err, "sysfs: open "+root+"/"+disk+"/queue: file does not exist: it is no device")
	require.Equal(t, 1+6, openBelow(t, root), "what is no device was closed again")
}

func TestADeviceIsFoundByItsNumber(t *testing.T) {
	f, root := fixture(t, tree)
	for _, c := range []struct {
		n    DevNum
		path string
		text string
	}{
		{DevNum{Block: true, Major: 8, Minor: 1}, partition, "b8:1"},
		{DevNum{Major: 1, Minor: 3}, "devices/virtual/mem/null", "c1:3"},
	} {
		require.Equal(t, c.text, c.n.String())
		d, err := f.DeviceByNumber(c.n)
		require.NoError(t, err)
		require.Equal(t, c.path, d.Path())
		n, err := d.DevNum()
		require.NoError(t, err)
		require.Equal(t, c.n, n)
		require.NoError(t, d.Close())
	}
	for n, hint := range map[DevNum]string{
		{Major: 8, Minor: 1}:              "no device has this number", // of characters
		{Block: true, Major: 8, Minor: 2}: "has another number now",
		{Block: true, Major: 8, Minor: 3}: "no device has this number",
	} {
		_, err := f.DeviceByNumber(n)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, "sysfs: open "+n.String()+": ")
		require.ErrorContains(t, err, hint)
	}
	require.Equal(t, 1, openBelow(t, root))

	eth0 := deviceAt(t, f, "class/net/eth0")
	_, err := eth0.DevNum()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, "the device has no node")
	require.NoError(t, os.RemoveAll(filepath.Join(root, eth0.Path())))
	_, err = eth0.DevNum()
	require.ErrorIs(t, err, kernlink.ErrGone)
}

func TestADeviceIsFoundByItsNode(t *testing.T) {
	f, root := fixture(t, tree)
	d, err := f.DeviceByNode("/dev/null")
	require.NoError(t, err)
	require.Equal(t, "devices/virtual/mem/null", d.Path())
	require.NoError(t, d.Close())
	add(t, root, "link", "-> /dev/null")
	d, err = f.DeviceByNode(root + "/link")
	require.NoError(t, err)
	require.Equal(t, "null", d.Name())
	require.NoError(t, d.Close())
	for node, want := range map[string]error{
		"/dev/null/x": syscall.ENOTDIR, "/dev/none": fs.ErrNotExist, "/dev/zero": fs.ErrNotExist, // without a device here
		"/etc": fs.ErrInvalid, root + "/module/my_driver/refcnt": fs.ErrInvalid, "null": fs.ErrInvalid, "": fs.ErrInvalid, "/dev/null\x00": fs.ErrInvalid,
	} {
		_, err := f.DeviceByNode(node)
		require.ErrorIs(t, err, want, node)
	}
}

func TestAnInterfaceIsFoundByItsIndexUnderAnyName(t *testing.T) {
	f, root := fixture(t, tree)
	add(t, root, "devices/virtual/net/bad/uevent", "")
	add(t, root, "class/net/bad", "-> ../../devices/virtual/net/bad") // without an index
	d, err := f.DeviceByIndex(2)
	require.NoError(t, err)
	defer d.Close()
	require.Equal(t, "eth0", d.Name())
	mtu, err := attr.Get[int](d.Attr("mtu"))
	require.NoError(t, err)
	require.Equal(t, 1500, mtu)
	for _, index := range []int{0, -1, 3} {
		_, err = f.DeviceByIndex(index)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, "no interface of the network namespace of "+root)
	}
	empty, err := OpenAt(t.TempDir(), nil)
	require.NoError(t, err)
	defer empty.Close()
	_, err = empty.DeviceByIndex(1)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestTheNearestParentOfAKindIsFound(t *testing.T) {
	f, root := fixture(t, tree)
	d := deviceAt(t, f, partition)
	for _, c := range []struct{ subsystem, devType, want string }{
		{"", "", disk}, {"block", "", disk}, {"block", "disk", disk}, {"", "disk", disk},
		{"usb", "", stick + "/1-2:1.0"}, {"usb", "usb_device", stick}, {"", "usb_interface", stick + "/1-2:1.0"},
	} {
		p, err := d.FindParent(c.subsystem, c.devType)
		require.NoError(t, err)
		require.Equal(t, c.want, p.Path())
	}
	require.LessOrEqual(t, openBelow(t, root), 5, "each is opened once")
	_, err := d.FindParent("block", "partition")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.EqualError(t, err, "sysfs: parent "+d.SysPath()+": file does not exist (no device above it is of block partition)")
	require.NoError(t, d.Close())
	require.Equal(t, 1, openBelow(t, root))

	d = deviceAt(t, f, partition)
	require.NoError(t, os.RemoveAll(filepath.Join(root, partition)))
	_, err = d.FindParent("usb", "")
	require.ErrorIs(t, err, kernlink.ErrGone)
}

func TestADeviceHasTheDevicesWhoseParentItIs(t *testing.T) {
	f, root := fixture(t, tree)
	for of, want := range map[string][]string{
		stick: {"1-2:1.0"}, stick + "/1-2:1.0": {"sda"}, disk: {"sda1"}, partition: nil,
		"devices/pci0000:00": {"0000:00:01.0", "usb1"}, pciDevice: {"eth0"},
	} {
		require.Equal(t, want, names(t, deviceAt(t, f, of).Devices()), of)
	}
	d := deviceAt(t, f, disk)
	for range d.Devices() {
		break
	}
	require.NoError(t, os.RemoveAll(filepath.Join(root, disk)))
	turns := 0
	for _, err := range d.Devices() {
		require.ErrorIs(t, err, kernlink.ErrGone)
		turns++
	}
	require.Equal(t, 1, turns)
}
