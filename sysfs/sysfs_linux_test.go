// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

const pciDevice = "devices/pci0000:00/0000:00:01.0"

func TestNamesThatAreNoneAreRefused(t *testing.T) {
	f, _ := fixture(t, tree)
	for _, bad := range []string{"", ".", "..", "/", "a/b", "a\x00b"} {
		_, err := f.Device(bad, "eth0")
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Device("net", bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Class(bad).Device("eth0")
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Class("net").Device(bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Bus(bad).Device("0000:00:01.0")
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Bus("pci").WaitDevice(t.Context(), bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Class(bad).WaitDevice(t.Context(), "eth0")
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Bus(bad).Driver("my_driver")
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Bus("pci").Driver(bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = f.Bus(bad).Attr("drivers_autoprobe").Read()
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		for _, err := range f.Bus(bad).Devices() {
			require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		}
		for _, err := range f.Class(bad).Devices() {
			require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		}
	}
	for _, bad := range []string{"", ".", "..", "/kernel", "kernel/", "kernel/../kernel", "kernel//mm", "a\x00b"} {
		_, err := f.Object(bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
	}
}

func TestNoLinkLeadsOutOfTheRoot(t *testing.T) {
	f, _ := fixture(t, tree)
	for name, want := range map[string]error{
		"kernel/out": fs.ErrInvalid, "kernel/absolute": fs.ErrInvalid,
		"kernel/round": syscall.ELOOP, "kernel/none": fs.ErrNotExist,
	} {
		_, err := f.Object(name)
		require.ErrorIs(t, err, want, name)
	}
}

func TestAnObjectHasOnePathWhicheverWayItWasFound(t *testing.T) {
	f, root := fixture(t, tree)
	for _, way := range []string{"class/net/eth0", pciDevice + "/net/eth0", "bus/pci/devices/0000:00:01.0/net/eth0"} {
		o, err := f.Object(way)
		require.NoError(t, err)
		require.Equal(t, pciDevice+"/net/eth0", o.Path())
		require.Equal(t, root+"/"+o.Path(), o.SysPath())
		require.Equal(t, "eth0", o.Name())
		require.NoError(t, o.Close())
		require.ErrorIs(t, o.Close(), fs.ErrClosed)
	}
}

func TestADeviceKnowsItsPlace(t *testing.T) {
	f, _ := fixture(t, tree)
	eth0, err := f.Device("net", "eth0")
	require.NoError(t, err)
	defer eth0.Close()
	mtu, err := attr.Get[int](eth0.Attr("mtu"))
	require.NoError(t, err)
	require.Equal(t, 1500, mtu)
	subsystem, err := eth0.Subsystem()
	require.NoError(t, err)
	require.Equal(t, "net", subsystem)
	_, err = eth0.Driver()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	node, err := eth0.DevNode()
	require.NoError(t, err)
	require.Empty(t, node)

	name, err := eth0.DriverName()
	require.NoError(t, err)
	require.Empty(t, name)

	parent, err := eth0.Parent() // passes over the folder "net"
	require.NoError(t, err)
	require.Equal(t, pciDevice, parent.Path())
	driver, err := parent.Driver()
	require.NoError(t, err)
	require.Equal(t, "my_driver", driver.Name())
	require.Equal(t, "pci", driver.Bus())
	name, err = parent.DriverName()
	require.NoError(t, err)
	require.Equal(t, "my_driver", name)

	host, err := parent.Parent()
	require.NoError(t, err)
	_, err = host.Parent()
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = host.Subsystem()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// names collects what a loop yields, and sees that the loop closed it.
func names[T interface {
	Name() string
	Close() error
}](t *testing.T, seq iter.Seq2[T, error]) []string {
	t.Helper()
	var all []string
	var last []T
	for x, err := range seq {
		require.NoError(t, err)
		all, last = append(all, x.Name()), append(last, x)
	}
	for _, x := range last {
		require.ErrorIs(t, x.Close(), fs.ErrClosed)
	}
	return all
}

func TestBusesAndClassesList(t *testing.T) {
	f, _ := fixture(t, tree)
	require.Equal(t, []string{"0000:00:01.0"}, names(t, f.Bus("pci").Devices()), "dangling links are devices that went")
	require.Equal(t, []string{"my_driver", "other"}, names(t, f.Bus("pci").Drivers()))
	require.Equal(t, []string{"eth0"}, names(t, f.Class("net").Devices()), "a file of the class is no device")
	driver, err := f.Bus("pci").Driver("my_driver")
	require.NoError(t, err)
	defer driver.Close()
	require.Equal(t, []string{"0000:00:01.0"}, names(t, driver.Devices()), "the module is no device")
	probing, err := attr.Get[bool](f.Bus("pci").Attr("drivers_autoprobe"))
	require.NoError(t, err)
	require.True(t, probing)
	for _, err := range f.Class("none").Devices() {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

func TestWhatALoopYieldedIsKeptByOpen(t *testing.T) {
	f, _ := fixture(t, tree)
	var kept *Device
	for d, err := range f.Class("net").Devices() {
		require.NoError(t, err)
		kept, err = d.Open()
		require.NoError(t, err)
	}
	defer kept.Close()
	mtu, err := attr.Get[int](kept.Attr("mtu"))
	require.NoError(t, err)
	require.Equal(t, 1500, mtu)
}

func TestAnObjectListsWhatItHas(t *testing.T) {
	f, _ := fixture(t, tree)
	o, err := f.Object("class/net/eth0")
	require.NoError(t, err)
	defer o.Close()
	var attrs []string
	for a, err := range o.Attrs() {
		require.NoError(t, err)
		attrs = append(attrs, a.Name())
	}
	require.Equal(t, []string{"address", "ifindex", "mtu", "uevent"}, attrs)
	require.Equal(t, []string{"statistics"}, names(t, o.Children()))
}

func TestAWalkFollowsNoLinks(t *testing.T) {
	f, _ := fixture(t, tree)
	o, err := f.Object(pciDevice)
	require.NoError(t, err)
	defer o.Close()
	var paths []string
	for below, err := range o.Walk() {
		require.NoError(t, err)
		paths = append(paths, below.Path())
	}
	require.Equal(t, []string{pciDevice, pciDevice + "/net", pciDevice + "/net/eth0",
		pciDevice + "/net/eth0/statistics"}, paths)
}

func TestAnObjectThatWentAwayIsGone(t *testing.T) {
	f, root := fixture(t, tree)
	d, err := f.Device("net", "eth0")
	require.NoError(t, err)
	defer d.Close()
	require.False(t, d.Gone())
	folder := filepath.Join(root, d.Path())
	require.NoError(t, os.RemoveAll(folder))
	add(t, root, d.Path()+"/mtu", "9000\n") // another one with the same name

	require.True(t, d.Gone())
	_, err = attr.Get[int](d.Attr("mtu"))
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.Driver()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.DriverName()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.Property("INTERFACE")
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.Properties()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.Parent()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.Subsystem()
	require.ErrorIs(t, err, kernlink.ErrGone)
	for _, err := range d.Attrs() {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
	_, err = d.Binary("mtu").ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, kernlink.ErrGone)
	e, ok := errors.AsType[*kernlink.Error](err)
	require.True(t, ok)
	require.Equal(t, "sysfs", e.Channel)
}

func TestADriverThatWentAwayHasNotTheDevicesOfTheNextOne(t *testing.T) {
	f, root := fixture(t, tree)
	driver, err := f.Bus("pci").Driver("my_driver")
	require.NoError(t, err)
	defer driver.Close()
	require.NoError(t, os.RemoveAll(filepath.Join(root, driver.Path())))
	add(t, root, driver.Path()+"/unbind", "")
	add(t, root, driver.Path()+"/0000:00:01.0", tree[driver.Path()+"/0000:00:01.0"])

	turns := 0
	for _, err := range driver.Devices() {
		require.ErrorIs(t, err, kernlink.ErrGone)
		turns++
	}
	require.Equal(t, 1, turns)
	d, err := f.Device("pci", "0000:00:01.0")
	require.NoError(t, err)
	defer d.Close()
	err = driver.Unbind(d)
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, "sysfs: unbind "+driver.SysPath()+"/unbind: ")
	require.ErrorContains(t, err, "the driver went away")
}

func TestADeviceThatWentAwayIsNamedByARefusedBind(t *testing.T) {
	f, root := fixture(t, tree)
	driver, err := f.Bus("pci").Driver("my_driver")
	require.NoError(t, err)
	defer driver.Close()
	d, err := f.Bus("pci").Device("0000:00:01.0")
	require.NoError(t, err)
	defer d.Close()
	require.NoError(t, os.RemoveAll(filepath.Join(root, d.Path())))
	want := d.SysPath() + ": object is gone: no such file or directory (the device went away)"
	require.EqualError(t, driver.Bind(d), "sysfs: bind "+want)
	require.EqualError(t, driver.Unbind(d), "sysfs: unbind "+want)
	require.ErrorIs(t, driver.Bind(d), kernlink.ErrGone)
}

func TestBindingWritesTheNameOnce(t *testing.T) {
	f, root := fixture(t, tree)
	d, err := f.Device("pci", "0000:00:01.0")
	require.NoError(t, err)
	defer d.Close()
	driver, err := d.Driver()
	require.NoError(t, err)
	require.NoError(t, driver.Unbind(d))
	require.NoError(t, driver.Bind(d))
	for _, name := range []string{"bind", "unbind"} {
		b, err := os.ReadFile(filepath.Join(root, driver.Path(), name))
		require.NoError(t, err)
		require.Equal(t, "0000:00:01.0\n", string(b))
	}
	foreign, err := f.Bus("usb").Driver("of_usb")
	require.NoError(t, err)
	defer foreign.Close()
	require.ErrorIs(t, foreign.Bind(d), fs.ErrInvalid, "a device of another bus")
}

func TestABinaryAttributeIsBytesAtOffsets(t *testing.T) {
	f, _ := fixture(t, tree)
	d, err := f.Device("pci", "0000:00:01.0")
	require.NoError(t, err)
	defer d.Close()
	b := d.Binary("config")
	size, err := b.Size()
	require.NoError(t, err)
	require.EqualValues(t, 4, size)
	var two [2]byte
	n, err := b.ReadAt(two[:], 2)
	require.NoError(t, err)
	require.Equal(t, []byte{0x00, 0x10}, two[:n])
	n, err = b.ReadAt(two[:], 3)
	require.Equal(t, io.EOF, err)
	require.Equal(t, 1, n)
	_, err = b.WriteAt([]byte{7}, 1)
	require.NoError(t, err)
	all, err := io.ReadAll(io.NewSectionReader(b, 0, size))
	require.NoError(t, err)
	require.Equal(t, []byte{0xf4, 7, 0, 0x10}, all)
	_, err = b.ReadAt(two[:], -1)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.NoError(t, b.Close())
	require.ErrorIs(t, b.Close(), fs.ErrClosed)
	_, err = b.ReadAt(two[:], 0)
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = d.Binary("../x").ReadAt(two[:], 0)
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = d.Binary("none").Size()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
}

func TestWaitingEndsWithTheDeviceOrTheContext(t *testing.T) {
	f, root := fixture(t, tree)
	d, err := f.WaitDevice(t.Context(), "net", "eth0")
	require.NoError(t, err)
	require.NoError(t, d.Close())

	d, err = f.Class("net").WaitDevice(t.Context(), "eth0")
	require.NoError(t, err)
	require.NoError(t, d.Close())
	d, err = f.Bus("pci").WaitDevice(t.Context(), "0000:00:01.0")
	require.NoError(t, err)
	require.NoError(t, d.Close())

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	_, err = f.WaitDevice(ctx, "net", "eth1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = f.WaitDevice(t.Context(), "net", "../eth0")
	require.ErrorIs(t, err, fs.ErrInvalid)

	type found struct {
		d   *Device
		err error
	}
	done := make(chan found)
	go func() {
		d, err := f.WaitDevice(t.Context(), "net", "eth1")
		done <- found{d, err}
	}()
	add(t, root, "devices/virtual/net/eth1/mtu", "1\n")
	add(t, root, "class/net/eth1", "-> ../../devices/virtual/net/eth1")
	got := <-done
	require.NoError(t, got.err)
	require.Equal(t, "eth1", got.d.Name())
	require.NoError(t, got.d.Close())
}

func TestAFolderThatIsNoSysfsIsNotOpenedAsOne(t *testing.T) {
	_, err := OpenAt(filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	f, _ := fixture(t, tree)
	require.NoError(t, f.Close())
	_, err = f.Object("kernel")
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
}

// The host's own: read only, and what every Linux has.
func TestTheHostsSysfs(t *testing.T) {
	f, err := Open(nil)
	if errors.Is(err, kernlink.ErrNotSupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer f.Close()
	null, err := f.Device("mem", "null")
	require.NoError(t, err)
	defer null.Close()
	real, err := filepath.EvalSymlinks("/sys/class/mem/null")
	require.NoError(t, err)
	require.Equal(t, real, null.SysPath())
	node, err := null.DevNode()
	require.NoError(t, err)
	require.Equal(t, "/dev/null", node)
	require.Contains(t, names(t, f.Class("mem").Devices()), "zero")

	lo, err := f.Device("net", "lo")
	if errors.Is(err, fs.ErrNotExist) {
		return // another network namespace than the mount's
	}
	require.NoError(t, err)
	defer lo.Close()
	address, err := attr.Get[string](lo.Attr("address"))
	require.NoError(t, err)
	require.Equal(t, "00:00:00:00:00:00", address)
	_, err = lo.Attr("speed").Read()
	require.ErrorIs(t, err, kernlink.ErrNoValue)
	_, err = lo.Parent()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// The kernel gives a page a read: the loop has to put them together.
func TestALargeBinaryAttributeIsReadInMoreThanOneRead(t *testing.T) {
	f, err := Open(nil)
	if errors.Is(err, kernlink.ErrNotSupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer f.Close()
	kernel, err := f.Object("kernel")
	require.NoError(t, err)
	defer kernel.Close()
	btf := kernel.Binary("btf/vmlinux")
	defer btf.Close()
	size, err := btf.Size()
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the kernel is without BTF")
	}
	require.NoError(t, err)
	want, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	require.NoError(t, err)
	require.EqualValues(t, len(want), size)
	got := make([]byte, size)
	n, err := btf.ReadAt(got, 0)
	require.NoError(t, err)
	require.EqualValues(t, size, n)
	require.Equal(t, string(want), string(got))
}
