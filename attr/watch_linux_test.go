// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func TestAWatchAtAnIntervalSeesEachChange(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	v := Of[int](d.File("a"))
	defer v.Close()
	var seen []int
	for n, err := range v.Watch(t.Context(), &WatchOptions{Interval: time.Millisecond}) {
		require.NoError(t, err)
		seen = append(seen, n)
		if n == 3 {
			break
		}
		require.NoError(t, os.WriteFile(v.File().Path(), []byte{byte('1' + n), '\n'}, 0o644))
	}
	require.Equal(t, []int{1, 2, 3}, seen)
}

func TestAFileThatCannotNotifyNeedsAnInterval(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	v := Of[int](d.File("a"))
	defer v.Close()
	for _, err := range v.Watch(t.Context(), nil) {
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorContains(t, err, "Interval")
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/mtu", Sysfs)) // can be polled, never notifies
	defer v.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	turns := 0
	for _, err := range v.Watch(ctx, nil) {
		if turns++; turns == 1 {
			require.NoError(t, err)
			cancel()
			continue
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, 2, turns)
}

func TestClosingEndsAWatch(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/mtu", Sysfs))
	turns := 0
	for _, err := range v.Watch(t.Context(), nil) {
		if turns++; turns == 1 {
			require.NoError(t, err)
			require.NoError(t, v.Close())
			continue
		}
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	require.Equal(t, 2, turns)
}
