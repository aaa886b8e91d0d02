// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

const (
	myBus    = "/sys/bus/my_bus/"
	myDriver = myBus + "drivers/my_driver/"
)

// deviceNames is what the bus has.
func deviceNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(myBus + "devices")
	require.NoError(t, err)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// bound reports whether a device has the driver.
func bound(t *testing.T, name string) bool {
	t.Helper()
	link, err := os.Readlink(myBus + "devices/" + name + "/driver")
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	require.NoError(t, err)
	require.Equal(t, "my_driver", filepath.Base(link))
	return true
}

func TestSysfsBusBindsItsDevicesAndSaysSo(t *testing.T) {
	m := kerneltest.Load(t, "sysfs_bus", map[string]any{"devices": 2})
	require.Equal(t, []string{
		"#: match for device: my0, driver: my_driver",
		"#: probe for device: my0",
		"#: match for device: my1, driver: my_driver",
		"#: probe for device: my1",
	}, said(m.Log()))
	require.Equal(t, []string{"my0", "my1"}, deviceNames(t))
	require.True(t, bound(t, "my0"))
	require.Equal(t, "1.0\n", cat(t, myBus+"version"))
	require.Equal(t, "2\n", cat(t, myDriver+"probes"))
	real, err := filepath.EvalSymlinks(myBus + "devices/my0")
	require.NoError(t, err)
	require.Equal(t, "/sys/devices/my_bus/my0", real)

	require.NoError(t, m.Remove(t.Context()))
	require.ElementsMatch(t, []string{"#: remove for device: my0", "#: remove for device: my1"}, said(m.RemoveLog()))
	for _, path := range []string{myBus, "/sys/devices/my_bus"} {
		_, err := os.Stat(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

func TestSysfsBusDriverIsUnboundAndBound(t *testing.T) {
	kerneltest.Load(t, "sysfs_bus", nil)
	require.Equal(t, []string{"my0", "my1", "my2"}, deviceNames(t))
	echo(t, "my1", myDriver+"unbind")
	require.False(t, bound(t, "my1"))
	require.ErrorIs(t, put(myDriver+"unbind", "my1"), syscall.ENODEV)
	echo(t, "my1", myDriver+"bind")
	require.True(t, bound(t, "my1"))
	require.Equal(t, "4\n", cat(t, myDriver+"probes"))
	require.ErrorIs(t, put(myDriver+"bind", "my9"), syscall.ENODEV)

	lines := said(kerneltest.Log(t))
	require.Contains(t, lines, "#: remove for device: my1")
	require.Equal(t, "#: probe for device: my1", lines[len(lines)-1])
}

func TestSysfsBusDevicesComeAndGo(t *testing.T) {
	kerneltest.Load(t, "sysfs_bus", "devices=0")
	require.Empty(t, deviceNames(t))
	echo(t, "my7", myBus+"add")
	require.True(t, bound(t, "my7"))
	require.Equal(t, "0\n", cat(t, myBus+"devices/my7/value"))
	echo(t, "-45", myBus+"devices/my7/value")
	require.Equal(t, "-45\n", cat(t, myBus+"devices/my7/value"))
	require.ErrorIs(t, put(myBus+"devices/my7/value", "x"), syscall.EINVAL)

	require.ErrorIs(t, put(myBus+"add", "my7"), fs.ErrExist)
	require.ErrorIs(t, put(myBus+"remove", "my8"), syscall.ENODEV)
	for _, name := range []string{"my", "my07", "my1000", "my-1", "my1x", " my1", "you1", "\n"} {
		require.ErrorIs(t, put(myBus+"add", name), syscall.EINVAL, "%q", name)
		require.ErrorIs(t, put(myBus+"remove", name), syscall.EINVAL, "%q", name)
	}
	require.NoError(t, put(myBus+"add", "my999"))
	require.Equal(t, []string{"my7", "my999"}, deviceNames(t))
	echo(t, "my7", myBus+"remove")
	require.Equal(t, []string{"my999"}, deviceNames(t))
}

func TestSysfsBusDeviceVanishesUnderAnOpenFile(t *testing.T) {
	kerneltest.Load(t, "sysfs_bus", nil)
	f, err := os.OpenFile(myBus+"devices/my1/value", os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	echo(t, "my1", myBus+"remove")
	_, err = f.Read(make([]byte, 8))
	require.ErrorIs(t, err, syscall.ENODEV)
	_, err = f.WriteString("1")
	require.ErrorIs(t, err, syscall.ENODEV)

	echo(t, "my1", myBus+"add") // another of the same name
	_, err = f.Read(make([]byte, 8))
	require.ErrorIs(t, err, syscall.ENODEV)
}

// uevents is a socket on which the kernel tells of its devices, from now on.
func uevents(t *testing.T) (next func() []string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	require.NoError(t, unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}))
	require.NoError(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 20}))
	buf := make([]byte, 8192)
	return func() []string {
		t.Helper()
		for {
			n, err := unix.Read(fd, buf)
			require.NoError(t, err)
			words := strings.Split(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00")
			if strings.Contains(words[0], "/my_bus/my") {
				return words
			}
		}
	}
}

func TestSysfsBusTellsOfItsDevices(t *testing.T) {
	kerneltest.Load(t, "sysfs_bus", nil)
	require.Contains(t, cat(t, myBus+"devices/my0/uevent"), "MY_NAME=my0\n")
	next := uevents(t)
	echo(t, "my7", myBus+"add")
	echo(t, "my7", myBus+"remove")
	for _, action := range []string{"add", "bind", "unbind", "remove"} {
		words := next()
		require.Equal(t, action+"@/devices/my_bus/my7", words[0])
		require.Subset(t, words, []string{"ACTION=" + action, "SUBSYSTEM=my_bus", "MY_NAME=my7"})
	}
}

func TestSysfsBusRefusesTooManyDevices(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("sysfs_bus"))
	_, err := kmod.Insert(t.Context(), kerneltest.ModulePath("sysfs_bus"), "devices=1001")
	require.ErrorIs(t, err, syscall.EINVAL)
}

func TestSysfsBusUnloadsInAStorm(t *testing.T) {
	device := func(i int) string { return fmt.Sprintf("my%d", i%5) }
	value := func(i int) string { return myBus + "devices/" + device(i) + "/value" }
	storm(t, "sysfs_bus", nil, 15,
		func(i int) error { return put(myBus+"add", device(i)) },
		func(i int) error { return put(myBus+"remove", device(i)) },
		func(i int) error { return put(myDriver+"unbind", device(i)) },
		func(i int) error { return put(myDriver+"bind", device(i)) },
		func(i int) error { return put(value(i), fmt.Sprint(i)) },
		func(i int) error { return read(value(i)) },
		func(i int) error { return read(myBus + "devices/" + device(i) + "/uevent") },
		func(i int) error { return put("/sys/bus/my_bus/drivers_probe", device(i)) },
		func(int) error { return errors.Join(read(myDriver+"probes"), read(myBus+"version")) },
	)
}
