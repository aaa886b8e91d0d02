// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"encoding/json"
	"io/fs"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

// tool is what another program says of the same things.
func tool(t testing.TB, to any, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	require.NoError(t, err, name)
	require.NoError(t, json.Unmarshal(out, to), string(out))
}

// Interfaces as a struct each, and what ip(8) asks the kernel by another way.
func TestInterfacesAreThoseOfIP(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "dummy", "numdummies=2")
	rename := exec.Command("ip", "link", "set", "dummy1", "name", "renamed")
	require.NoError(t, rename.Run())
	type link struct {
		Index   int    `json:"ifindex" attr:"ifindex"`
		Name    string `json:"ifname"`
		MTU     int    `json:"mtu" attr:"mtu"`
		Address string `json:"address" attr:"address"`
		Speed   *int   `attr:"speed"`      // a link that is down has none
		Path    *int   `attr:"statistics"` // a folder
	}
	var want []link
	tool(t, &want, "ip", "-j", "link")
	require.GreaterOrEqual(t, len(want), 3)
	got := map[string]link{}
	for dev, err := range f.Devices(&sysfs.Filter{Subsystems: []string{"net"}}) {
		require.NoError(t, err)
		l := link{Name: dev.Name()}
		require.Error(t, attr.Load(dev, &l), "the folder, and nothing else")
		require.Nil(t, l.Speed)
		got[l.Name] = l
	}
	for _, l := range want {
		require.Equal(t, l, got[l.Name])
		dev, err := f.DeviceByIndex(l.Index)
		require.NoError(t, err)
		require.Equal(t, l.Name, dev.Name())
		require.NoError(t, dev.Close())
	}
	require.Len(t, got, len(want))
	require.Contains(t, got, "renamed")
}

// A handle is of the interface, whatever its name is.
func TestADeviceThatIsRenamedStaysTheSame(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "dummy", "numdummies=1")
	dev, err := f.Device("net", "dummy0")
	require.NoError(t, err)
	defer dev.Close()
	mtu := attr.Of[int](dev.Attr("mtu"))
	defer mtu.Close()
	before, err := mtu.Get()
	require.NoError(t, err)
	index, err := attr.Get[int](dev.Attr("ifindex"))
	require.NoError(t, err)
	require.NoError(t, exec.Command("ip", "link", "set", "dummy0", "name", "other0").Run())
	after, err := mtu.Get()
	require.NoError(t, err)
	require.Equal(t, before, after)
	now, err := f.DeviceByIndex(index)
	require.NoError(t, err)
	defer now.Close()
	require.Equal(t, "other0", now.Name())
	name, err := now.Property("INTERFACE")
	require.NoError(t, err)
	require.Equal(t, "other0", name)
	require.False(t, dev.Gone(), "it has another name, and is the same")
	name, err = dev.Property("INTERFACE")
	require.NoError(t, err)
	require.Equal(t, "other0", name)
	_, err = dev.Attr("none").Read()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	name, err = dev.DriverName()
	require.NoError(t, err)
	require.Empty(t, name)
	subsystem, err := dev.Subsystem()
	require.NoError(t, err)
	require.Equal(t, "net", subsystem)
	require.Contains(t, namesOf(t, dev.Children()), "statistics")
	_, err = dev.Parent()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.NoError(t, exec.Command("ip", "link", "set", "other0", "name", "dummy0").Run())
}

// Disks, and what lsblk(8) prints of them.
func TestDisksAreThoseOfLsblk(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "null_blk", "nr_devices=3 gb=1")
	type disk struct {
		Name     string `json:"name"`
		Num      string `json:"maj:min"`
		Size     int64  `json:"size" attr:"size"`
		ReadOnly bool   `json:"ro" attr:"ro"`
		Rotating bool   `json:"rota" attr:"queue/rotational"`
	}
	var said struct{ Blockdevices []disk }
	tool(t, &said, "lsblk", "-J", "-b", "-d", "-o", "NAME,MAJ:MIN,SIZE,RO,ROTA")
	require.GreaterOrEqual(t, len(said.Blockdevices), 3)
	got := map[string]disk{}
	for dev, err := range f.Devices(&sysfs.Filter{Subsystems: []string{"block"}, DevType: "disk"}) {
		require.NoError(t, err)
		d := disk{Name: dev.Name()}
		require.NoError(t, attr.Load(dev, &d))
		d.Size *= 512
		n, err := dev.DevNum()
		require.NoError(t, err)
		d.Num = n.String()[1:]
		got[d.Name] = d
	}
	for _, d := range said.Blockdevices {
		require.Equal(t, d, got[d.Name])
	}
	require.Len(t, got, len(said.Blockdevices))
}
