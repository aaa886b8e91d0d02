// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need kmods=softdog

// watchdog is what the kernel shows of one.
type watchdog struct {
	Identity string  `attr:"identity"`
	State    string  `attr:"state"`
	Status   uint32  `attr:"status,hex"`
	Timeout  int     `attr:"timeout"`  // seconds
	TimeLeft *int    `attr:"timeleft"` // nil: the driver cannot tell
	NoWayOut bool    `attr:"nowayout"`
	Governor *string `attr:"pretimeout_governor"` // nil: none can be chosen
}

func TestAWatchdogOfSoftwareIsSeenAtWork(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	mod := kerneltest.Load(t, "softdog", "soft_noboot=1 soft_margin=120 nowayout=0")
	sys, err := sysfs.Open(nil)
	require.NoError(t, err)
	defer sys.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	dog, err := sys.WaitDevice(ctx, "watchdog", "watchdog0")
	require.NoError(t, err)
	defer dog.Close()

	var before watchdog
	require.NoError(t, attr.Load(dog, &before))
	require.Equal(t, "Software Watchdog", before.Identity)
	require.Equal(t, "inactive", before.State)
	require.Equal(t, 120, before.Timeout)
	require.False(t, before.NoWayOut)
	node, err := dog.DevNode()
	require.NoError(t, err)
	require.Equal(t, "/dev/watchdog0", node)

	// The kernel tells nobody that it was started, so the file is read at an
	// interval.
	state := attr.Of[string](dog.Attr("state"))
	defer state.Close()
	var states []string
	stop := func() {}
	defer func() { stop() }()
	for s, err := range state.Watch(ctx, &attr.WatchOptions{Interval: time.Millisecond}) {
		require.NoError(t, err)
		states = append(states, s)
		switch len(states) {
		case 1:
			file, err := os.OpenFile(node, os.O_WRONLY, 0) // which starts it
			require.NoError(t, err)
			stop = sync.OnceFunc(func() {
				file.WriteString("V") // the end is meant
				file.Close()
			})
			continue
		case 2:
			var running watchdog
			require.NoError(t, attr.Load(dog, &running))
			require.NotEqual(t, before.Status, running.Status)
			require.Nil(t, running.TimeLeft, "this driver has none")
			stop()
			continue
		}
		break
	}
	require.Equal(t, []string{"inactive", "active", "inactive"}, states)

	_, err = state.Get() // opens it
	require.NoError(t, err)
	require.NoError(t, mod.Remove(ctx))
	_, err = state.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, syscall.ENODEV)
	require.True(t, dog.Gone())
}
