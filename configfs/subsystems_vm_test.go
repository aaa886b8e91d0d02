// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need kmods=null_blk,nvmet,nvmet-tcp,netconsole

func openSys(t testing.TB) *sysfs.FS {
	t.Helper()
	sys, err := sysfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { sys.Close() })
	return sys
}

func TestNullBlkMakesADisk(t *testing.T) {
	f := open(t, "null_blk", "nr_devices=0")
	sweep(t, f, "nullb/disk0")
	disk := configfs.Item{
		Path:       "nullb/disk0",
		Set:        []configfs.Attr{{"size", 64}, {"memory_backed", true}},
		Activate:   []configfs.Attr{{"power", true}},
		Deactivate: []configfs.Attr{{"power", false}},
	}
	apply(t, f, disk)
	sys := openSys(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	dev, err := sys.WaitDevice(ctx, "block", "disk0")
	if errors.Is(err, context.DeadlineExceeded) { // before 5.18 or so a disk had the name of its number
		dev, err = sys.WaitDevice(t.Context(), "block", "nullb0")
	}
	require.NoError(t, err)
	defer dev.Close()
	sectors, err := attr.Get[int](dev.Attr("size"))
	require.NoError(t, err)
	require.Equal(t, 64<<20/512, sectors)

	item, err := f.Node("nullb/disk0")
	require.NoError(t, err)
	defer item.Close()
	err = attr.Set(item.Attr("size"), 128)
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, unix.EBUSY)

	disk.Set[0].Value = 128
	_, lines := mustPlan(t, f, disk)
	require.Equal(t, []string{
		"deactivate nullb/disk0/power = 0 (was 1)",
		"set nullb/disk0/size = 128 (was 64)",
		"activate nullb/disk0/power = 1",
	}, lines)
	apply(t, f, disk)
	require.True(t, dev.Gone(), "the disk that was")
	again, err := sys.WaitDevice(t.Context(), "block", dev.Name())
	require.NoError(t, err)
	defer again.Close()
	sectors, err = attr.Get[int](again.Attr("size"))
	require.NoError(t, err)
	require.Equal(t, 128<<20/512, sectors)
}

// The driver's complaint comes at the very end, and the item is removed again.
func TestADiskThatCannotBeSwitchedOnIsTakenBack(t *testing.T) {
	f := open(t, "null_blk", "nr_devices=0")
	sweep(t, f, "nullb/zoned")
	p, _ := mustPlan(t, f, configfs.Item{
		Path: "nullb/zoned",
		// A zone must be a power of two.
		Set:      []configfs.Attr{{"size", 64}, {"zoned", true}, {"zone_size", 3}, {"memory_backed", true}},
		Activate: []configfs.Attr{{"power", true}},
	})
	err := p.Apply(t.Context())
	e, ok := errors.AsType[*configfs.ApplyError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, configfs.Activate, e.Step.Op)
	require.ErrorIs(t, err, unix.EINVAL)
	require.Len(t, e.Undone, 1)
	require.Empty(t, e.NotUndone)
	_, err = f.Node("nullb/zoned")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestExportOfADiskMakesItAnew(t *testing.T) {
	f := open(t, "null_blk", "nr_devices=0")
	sweep(t, f, "nullb/disk0")
	apply(t, f, configfs.Item{
		Path: "nullb/disk0", Set: []configfs.Attr{{"size", 32}, {"blocksize", 4096}}, Activate: []configfs.Attr{{"power", 1}},
	})
	exported, err := f.Export("nullb/disk0")
	require.NoError(t, err)
	require.Equal(t, []configfs.Attr{{"power", "1"}}, exported.Activate)
	text, err := json.Marshal(exported)
	require.NoError(t, err)
	apply(t, f, configfs.Item{Path: "nullb/disk0", Absent: true, Deactivate: exported.Deactivate})

	var read configfs.Item
	require.NoError(t, json.Unmarshal(text, &read))
	apply(t, f, read)
	again, err := f.Export("nullb/disk0")
	require.NoError(t, err)
	require.Equal(t, exported, again)
}

// A target of NVMe over TCP: a subsystem, a host that may use it, and a port,
// which a link switches on.
func target(port string) []configfs.Item {
	return []configfs.Item{{
		Path: "nvmet/ports/" + port,
		Set: []configfs.Attr{
			{"addr_trtype", "tcp"}, {"addr_adrfam", "ipv4"}, {"addr_traddr", "0.0.0.0"}, {"addr_trsvcid", 4420},
		},
		Links: []configfs.Link{{"subsystems/test", "nvmet/subsystems/test"}},
	}, {
		Path: "nvmet/hosts/host1",
	}, {
		Path:  "nvmet/subsystems/test",
		Set:   []configfs.Attr{{"attr_serial", "0123456789"}},
		Links: []configfs.Link{{"allowed_hosts/host1", "nvmet/hosts/host1"}},
		Items: []configfs.Item{{
			Path: "namespaces/1",
			Set:  []configfs.Attr{{"device_uuid", "f4a5ee46-9f5d-4a7e-8b2d-0d1f1c0e5a11"}},
		}},
	}}
}

func TestNvmetMakesATarget(t *testing.T) {
	kerneltest.Load(t, "nvmet_tcp", nil)
	f := mount(t)
	sweep(t, f, "nvmet/ports/1", "nvmet/subsystems/test", "nvmet/hosts/host1")
	p, lines := mustPlan(t, f, target("1")...)
	require.Equal(t, []string{
		"make nvmet/hosts/host1",
		"make nvmet/subsystems/test",
		"set nvmet/subsystems/test/attr_serial = 0123456789",
		"make nvmet/subsystems/test/namespaces/1",
		"set nvmet/subsystems/test/namespaces/1/device_uuid = f4a5ee46-9f5d-4a7e-8b2d-0d1f1c0e5a11",
		"link nvmet/subsystems/test/allowed_hosts/host1 -> nvmet/hosts/host1",
		"link nvmet/ports/1/subsystems/test -> nvmet/subsystems/test",
	}, lines[5:])
	require.NoError(t, p.Apply(t.Context()))
	p, _ = mustPlan(t, f, target("1")...)
	require.True(t, p.Empty(), "%v", p)

	port, err := f.Node("nvmet/ports/1")
	require.NoError(t, err)
	defer port.Close()
	err = attr.Set(port.Attr("addr_trsvcid"), 4421)
	require.ErrorIs(t, err, unix.EACCES)
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorContains(t, err, "switch it off first")

	host, err := f.Node("nvmet/hosts/host1")
	require.NoError(t, err)
	defer host.Close()
	err = host.Remove()
	busy, ok := errors.AsType[*configfs.BusyError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, []string{"nvmet/subsystems/test/allowed_hosts/host1"}, busy.Links)
	sub, err := f.Node("nvmet/subsystems/test")
	require.NoError(t, err)
	defer sub.Close()
	busy, ok = errors.AsType[*configfs.BusyError](sub.Remove())
	require.True(t, ok)
	require.Equal(t, unix.EBUSY, busy.Errno, "the first of two reasons")
	require.Equal(t, []string{"nvmet/ports/1/subsystems/test"}, busy.Links)
	allowed := child(t, sub, "allowed_hosts")
	require.ErrorIs(t, allowed.Link("x", port), unix.EINVAL)

	exported, err := f.Export("nvmet")
	require.NoError(t, err)
	for _, path := range []string{"nvmet/subsystems/test", "nvmet/hosts/host1", "nvmet/ports/1"} {
		n, err := f.Node(path)
		require.NoError(t, err)
		require.NoError(t, n.RemoveAll(), path)
	}
	p, lines = mustPlan(t, f, exported)
	require.Less(t, index(lines, "make nvmet/subsystems/test"), index(lines, "link nvmet/ports/1/subsystems/test -> nvmet/subsystems/test"))
	require.NoError(t, p.Apply(t.Context()))
	again, err := f.Export("nvmet")
	require.NoError(t, err)
	require.Equal(t, exported, again)
}

func index(lines []string, line string) int {
	for i, l := range lines {
		if l == line {
			return i
		}
	}
	return -1
}

// A port without a transport cannot be switched on: the link is refused.
func TestATargetThatIsRefusedIsTakenBack(t *testing.T) {
	f := open(t, "nvmet", nil)
	before, err := f.Export("nvmet")
	require.NoError(t, err)
	items := target("1")
	items[0].Set[0].Value = "rdma" // its module is not there
	p, _ := mustPlan(t, f, items...)
	err = p.Apply(t.Context())
	e, ok := errors.AsType[*configfs.ApplyError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "link nvmet/ports/1/subsystems/test -> nvmet/subsystems/test", e.Step.String())
	require.ErrorContains(t, err, "log may say why")
	require.Empty(t, e.NotUndone)
	after, err := f.Export("nvmet")
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// netconsole says EINVAL when it is switched on already.
func TestNetconsoleIsSwitchedOnAndOff(t *testing.T) {
	f := open(t, "netconsole", nil)
	sweep(t, f, "netconsole/target1")
	item := configfs.Item{
		Path: "netconsole/target1",
		Set:  []configfs.Attr{{"dev_name", "lo"}, {"remote_ip", "127.0.0.2"}, {"remote_port", 6666}},
	}
	apply(t, f, item)
	exported, err := f.Export("netconsole/target1")
	require.NoError(t, err)
	require.Equal(t, []configfs.Attr{{"enabled", "0"}}, exported.Activate)
	require.Equal(t, []configfs.Attr{{"enabled", "0"}}, exported.Deactivate)
	var names []string
	for _, a := range exported.Set {
		names = append(names, a.Name)
	}
	require.Contains(t, names, "remote_ip")
	require.NotContains(t, names, "local_mac", "it is for reading only")
	n, err := f.Node("netconsole/target1")
	require.NoError(t, err)
	defer n.Close()
	err = attr.Set(n.Attr("enabled"), false)
	require.ErrorIs(t, err, unix.EINVAL, "it is off already")
	require.True(t, strings.Contains(err.Error(), `the value "0"`), err)
}
