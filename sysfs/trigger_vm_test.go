// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

// listener hears what the kernel tells udev.
type listener int

func listen(t testing.TB) listener {
	t.Helper()
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(s) })
	require.NoError(t, unix.Bind(s, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}))
	require.NoError(t, unix.SetsockoptTimeval(s, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}))
	return listener(s)
}

// event waits for the event of a UUID.
func (l listener) event(t testing.TB, uuid string) (head string, properties map[string]string) {
	t.Helper()
	for buf := make([]byte, 8192); ; {
		n, _, err := unix.Recvfrom(int(l), buf, 0)
		require.NoError(t, err, "no event of %s", uuid)
		head, rest, _ := strings.Cut(string(buf[:n]), "\x00")
		properties = sysfs.ParseProperties([]byte(strings.ReplaceAll(rest, "\x00", "\n")))
		if properties["SYNTH_UUID"] == uuid {
			return head, properties
		}
	}
}

func TestASyntheticEventArrives(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "sysfs_bus", nil)
	dev, err := f.Device("my_bus", "my1")
	require.NoError(t, err)
	defer dev.Close()
	l := listen(t)
	uuid, err := dev.Trigger("change", &sysfs.TriggerOptions{Env: map[string]string{"KEY": "value1", "B": "2"}})
	require.NoError(t, err)
	head, properties := l.event(t, uuid)
	require.Equal(t, "change@/devices/my_bus/my1", head)
	require.NotEmpty(t, properties["SEQNUM"])
	delete(properties, "SEQNUM")
	require.Equal(t, map[string]string{
		"ACTION": "change", "DEVPATH": "/devices/my_bus/my1", "SUBSYSTEM": "my_bus", "SYNTH_UUID": uuid,
		"SYNTH_ARG_KEY": "value1", "SYNTH_ARG_B": "2", "MY_NAME": "my1", "DRIVER": "my_driver",
	}, properties)

	const mine = "FE4D7C9D-b8c6-4a70-9ef1-3d8a58d18eed"
	for _, action := range []string{"add", "remove", "move", "online", "offline", "bind", "unbind"} {
		got, err := dev.Trigger(action, &sysfs.TriggerOptions{UUID: mine})
		require.NoError(t, err, action)
		require.Equal(t, mine, got)
		head, _ := l.event(t, mine)
		require.Equal(t, action+"@/devices/my_bus/my1", head)
	}
	require.False(t, dev.Gone(), "it was only said")

	driver, err := dev.Driver()
	require.NoError(t, err)
	uuid, err = driver.Trigger("change", nil)
	require.NoError(t, err)
	head, _ = l.event(t, uuid)
	require.Equal(t, "change@/bus/my_bus/drivers/my_driver", head)
}

// As much as this library takes is no more than the kernel takes, whose own
// answer to more would be a warning.
func TestALargeSyntheticEventArrives(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "sysfs_bus", nil)
	dev, err := f.Device("my_bus", "my1")
	require.NoError(t, err)
	defer dev.Close()
	l := listen(t)
	one := strings.Repeat("x", 100)
	most := func(next func(n int) map[string]string) (n int) {
		for n = 1; ; n++ {
			uuid, err := dev.Trigger("change", &sysfs.TriggerOptions{Env: next(n)})
			if errors.Is(err, fs.ErrInvalid) {
				return n - 1
			}
			require.NoError(t, err)
			_, properties := l.event(t, uuid)
			for key, value := range next(n) {
				require.Equal(t, value, properties["SYNTH_ARG_"+key])
			}
		}
	}
	keys := most(func(n int) map[string]string {
		many := map[string]string{}
		for i := range n {
			many[fmt.Sprint("K", i)] = "1"
		}
		return many
	})
	require.Greater(t, keys, 50)
	hundreds := most(func(n int) map[string]string { return map[string]string{"A": strings.Repeat(one, n)} })
	require.Greater(t, hundreds, 15)
}

func TestATriggerThatCannotBeSaysWhy(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "sysfs_bus", nil)
	b := myBus{Bus: f.Bus("my_bus"), fs: f}
	dev := b.device(t, "my1")
	uuid, err := dev.Trigger("bogus", nil)
	require.ErrorIs(t, err, syscall.EINVAL)
	require.NotErrorIs(t, err, kernlink.ErrNoValue)
	require.ErrorContains(t, err, "sysfs: trigger /sys/devices/my_bus/my1/uevent: ")
	require.ErrorContains(t, err, "the action bogus")
	require.Empty(t, uuid)

	group, err := f.Object("kernel/mm")
	require.NoError(t, err)
	defer group.Close()
	_, err = group.Trigger("change", nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)

	b.remove(t, "my1")
	_, err = dev.Trigger("change", nil)
	require.ErrorIs(t, err, kernlink.ErrGone)
	b.add(t, "my1")
	_, err = dev.Trigger("change", nil)
	require.ErrorIs(t, err, kernlink.ErrGone, "another device has its name")
}
