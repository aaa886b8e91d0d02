// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

// The consoles of the machine notify when another one is shown: this one of
// the real devices does. Nothing but the notification wakes the watch.
func TestAWatchOfARealDeviceIsNotified(t *testing.T) {
	f := open(t)
	tty0, err := f.Device("tty", "tty0")
	require.NoError(t, err)
	defer tty0.Close()
	node, err := tty0.DevNode()
	require.NoError(t, err)
	console, err := os.OpenFile(node, os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	defer console.Close()
	const activate = 0x5606 // VT_ACTIVATE
	show := func(n int) { require.NoError(t, unix.IoctlSetInt(int(console.Fd()), activate, n)) }
	defer show(1)

	active := attr.Of[string](tty0.Attr("active"))
	defer active.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // of a notification that is lost
	defer cancel()
	turns := 0
	for name, err := range active.Watch(ctx, nil) {
		require.NoError(t, err)
		turns++
		require.Equal(t, fmt.Sprintf("tty%d", turns), name)
		if turns == 4 {
			break
		}
		show(turns + 1)
	}
	require.Equal(t, 4, turns)
}

// A network interface notifies nobody of its attributes: they are looked at.
func TestAWatchWithAnIntervalSeesALinkComeUp(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "dummy", "numdummies=1")
	dummy, err := f.Device("net", "dummy0")
	require.NoError(t, err)
	defer dummy.Close()
	flags := attr.With(dummy.Attr("flags"), attr.Hex[uint32]())
	defer flags.Close()
	link := func(args ...string) {
		out, err := exec.Command("ip", append([]string{"link", "set", "dummy0"}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	var seen []bool
	for v, err := range flags.Watch(t.Context(), &attr.WatchOptions{Interval: 5 * time.Millisecond}) {
		require.NoError(t, err)
		up := v&unix.IFF_UP != 0
		if seen = append(seen, up); len(seen) == 3 {
			break
		}
		if up {
			link("down")
		} else {
			link("up")
		}
	}
	require.Equal(t, []bool{false, true, false}, seen)
}
