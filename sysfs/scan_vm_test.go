// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need kmods=dummy,null_blk tools=ip,lsblk modules=../kmod/reference/sysfs_bus,../kmod/reference/sysfs_ex

// devicesByFind are the devices that the tree itself has: each folder with a
// link "subsystem" to a class or a bus, which this library does not look at.
func devicesByFind(t testing.TB) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir("/sys/devices", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == "subsystem" && e.Type()&fs.ModeSymlink != 0 {
			all = append(all, filepath.Dir(name))
		}
		return nil
	}))
	slices.Sort(all)
	return all
}

func sysPaths(t testing.TB, f *sysfs.FS, filter *sysfs.Filter) (all []string) {
	t.Helper()
	for d, err := range f.Devices(filter) {
		require.NoError(t, err)
		all = append(all, d.SysPath())
	}
	return all
}

func TestAllDevicesAreThoseOfTheTree(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "dummy", "numdummies=2")
	kerneltest.Load(t, "null_blk", "nr_devices=1")
	kerneltest.Load(t, "sysfs_bus", nil)
	all := sysPaths(t, f, nil)
	require.Equal(t, devicesByFind(t), all)
	require.Contains(t, all, "/sys/devices/virtual/net/dummy1")
	require.Contains(t, all, "/sys/devices/my_bus/my2")
	require.Greater(t, len(all), 100)

	for name, c := range map[string]struct {
		filter sysfs.Filter
		want   []string
	}{
		"subsystem": {sysfs.Filter{Subsystems: []string{"my_bus", "net", "none"}, Names: []string{"my?", "dummy*"}}, []string{
			"/sys/devices/my_bus/my0", "/sys/devices/my_bus/my1", "/sys/devices/my_bus/my2",
			"/sys/devices/virtual/net/dummy0", "/sys/devices/virtual/net/dummy1"}},
		"type":     {sysfs.Filter{DevType: "disk", Names: []string{"nullb*"}}, []string{nullb(t)}},
		"property": {sysfs.Filter{Properties: map[string]string{"MY_NAME": "*[12]"}}, []string{"/sys/devices/my_bus/my1", "/sys/devices/my_bus/my2"}},
		"driver":   {sysfs.Filter{Driver: "my_driver", Names: []string{"my1"}}, []string{"/sys/devices/my_bus/my1"}},
		"attribute": {sysfs.Filter{Subsystems: []string{"net"}, Attrs: map[string]string{"mtu": "15*", "flags": "0x*"}}, []string{
			"/sys/devices/virtual/net/dummy0", "/sys/devices/virtual/net/dummy1"}},
		"nobody": {sysfs.Filter{Driver: "my_driver", DevType: "disk"}, nil},
	} {
		require.Equal(t, c.want, sysPaths(t, f, &c.filter), name)
	}
}

func nullb(t testing.TB) string {
	t.Helper()
	real, err := filepath.EvalSymlinks("/sys/class/block/nullb0")
	require.NoError(t, err)
	return real
}

// Each attribute of each device, with all that may be wrong with it: the one
// that a scan looks at and cannot read is no error of the scan.
func TestABadAttributeNeverFailsAScan(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "dummy", "numdummies=1")
	o := myTest(t)
	for name, bad := range map[string]error{
		"speed": kernlink.ErrNoValue, "unplugged": kernlink.ErrNoValue, "trigger": kernlink.ErrNotSupported,
	} {
		_, err := o.Attr(name).Read()
		require.ErrorIs(t, err, bad, name)
	}
	lo, err := f.Device("net", "lo")
	require.NoError(t, err)
	defer lo.Close()
	for name, want := range map[string]error{
		"speed":        syscall.EINVAL,     // the link is down
		"phys_port_id": syscall.EOPNOTSUPP, // or ENOENT, on newer kernels
		"statistics":   syscall.EISDIR,
		"uevent/x":     syscall.ENOTDIR,
		"none":         syscall.ENOENT,
		"mtu":          nil,
	} {
		_, err := lo.Attr(name).Read()
		if name != "phys_port_id" || !errors.Is(err, fs.ErrNotExist) {
			require.ErrorIs(t, err, want, name)
		}
		turns := 0
		for _, err := range f.Devices(&sysfs.Filter{Subsystems: []string{"net"}, Attrs: map[string]string{name: "*"}}) {
			require.NoError(t, err, name)
			turns++
		}
		if name == "mtu" {
			require.GreaterOrEqual(t, turns, 2)
		} else {
			require.Zero(t, turns, name)
		}
	}

	// Every attribute of the machine, once: none is an error of a kind that
	// this library does not know, and none ends the program or the loop.
	read, refused := 0, 0
	for d, err := range f.Devices(nil) {
		require.NoError(t, err)
		for a, err := range d.Attrs() {
			require.NoError(t, err)
			if strings.HasPrefix(a.Name(), "resource") || a.Name() == "rom" {
				continue // reading registers has its effects
			}
			if _, err := a.Read(); err != nil {
				e, ok := errors.AsType[*kernlink.Error](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, "sysfs", e.Channel)
				refused++
				continue
			}
			read++
		}
	}
	require.Greater(t, read, 500)
	require.Greater(t, refused, 10)
}

// Whichever way a device is looked for, it is the same one.
func TestADeviceIsFoundByAllThatItIs(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "null_blk", "nr_devices=1")
	same := func(want *sysfs.Device, got *sysfs.Device, err error) {
		t.Helper()
		require.NoError(t, err, want.SysPath())
		require.Equal(t, want.SysPath(), got.SysPath())
		require.NoError(t, got.Close())
	}
	numbers, nodes, blocks, indexes := 0, 0, 0, 0
	for d, err := range f.Devices(nil) {
		require.NoError(t, err)
		for _, name := range []string{d.Path(), d.SysPath(), "/" + d.Path()} {
			got, err := f.DeviceAt(name)
			same(d, got, err)
		}
		subsystem, err := d.Subsystem()
		require.NoError(t, err)
		got, err := f.Device(subsystem, d.Name())
		same(d, got, err)

		n, err := d.DevNum()
		if text, readErr := attr.Get[string](d.Attr("dev")); readErr != nil {
			require.ErrorIs(t, err, fs.ErrNotExist, d.SysPath())
			require.NotErrorIs(t, err, kernlink.ErrGone)
		} else {
			require.NoError(t, err)
			require.Equal(t, text, n.String()[1:])
			require.Equal(t, subsystem == "block", n.Block)
			got, err := f.DeviceByNumber(n)
			same(d, got, err)
			numbers++
			if n.Block {
				blocks++
			}
			node, err := d.DevNode()
			require.NoError(t, err)
			if _, err := os.Stat(node); err == nil {
				got, err := f.DeviceByNode(node)
				same(d, got, err)
				nodes++
			}
		}
		if subsystem == "net" {
			index, err := attr.Get[int](d.Attr("ifindex"))
			require.NoError(t, err)
			got, err := f.DeviceByIndex(index)
			same(d, got, err)
			indexes++
		}
		requireFamily(t, d)
	}
	require.Greater(t, numbers, 20)
	require.Greater(t, nodes, 20)
	require.Greater(t, blocks, 0)
	require.Greater(t, indexes, 0)
}

// requireFamily sees that a device is one of the devices of its parent.
func requireFamily(t *testing.T, d *sysfs.Device) {
	t.Helper()
	parent, err := d.Parent()
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	require.Contains(t, namesOf(t, parent.Devices()), d.Name(), d.SysPath())
	for child, err := range d.Devices() {
		require.NoError(t, err)
		up, err := child.Parent()
		require.NoError(t, err)
		require.Equal(t, d.Path(), up.Path())
	}
}
