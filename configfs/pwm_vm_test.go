// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/sysfs"
)

// pin is a pin of gpio_pwm, made in configfs, and its device.
func pin(t testing.TB, group *configfs.Node, class string, number int) (*configfs.Node, *sysfs.Device) {
	t.Helper()
	name := strconv.Itoa(number)
	item := create(t, group, name)
	dev, err := openSys(t).WaitDevice(t.Context(), class, "gpio_pwm:"+name)
	require.NoError(t, err)
	t.Cleanup(func() { dev.Close() })
	return item, dev
}

func TestAPinTogglesAtItsRate(t *testing.T) {
	f := open(t, "gpio_pwm", nil)
	_, dev := pin(t, subsystem(t, f, "gpio_pwm"), "pwm", 0)
	set := func(name string, v int) { require.NoError(t, attr.Set(dev.Attr(name), v), name) }
	set("export", 1)
	for _, period := range []time.Duration{2 * time.Millisecond, 10 * time.Millisecond} {
		set("period_ns", int(period))
		set("duty_ns", int(period/4))
		set("run", 1)
		begin := time.Now()
		edges := attr.Of[int](dev.Attr("edges"))
		var n int
		var took time.Duration
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		for v, err := range edges.Watch(ctx, &attr.WatchOptions{Interval: 10 * time.Millisecond}) {
			require.NoError(t, err)
			if n, took = v, time.Since(begin); n >= 100 {
				break
			}
		}
		cancel()
		require.NoError(t, edges.Close())
		// Two edges a period, for 50 periods: a late reader sees more of them
		// and not quicker ones.
		want := float64(2 * took / period)
		require.InDelta(t, want, n, want/10+4, "%v in %v", period, took)
		set("run", 0)
		stopped, err := attr.Get[int](dev.Attr("edges"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, stopped, n)
		set("duty_ns", 0)
	}
	// All or nothing of the period is no edge but the first.
	set("duty_ns", 10_000_000)
	set("run", 1)
	for name, want := range map[string]string{"level": "1", "edges": "1"} {
		require.Equal(t, want, get(t, dev.Attr(name)))
	}
}

func TestWhatAPinRefuses(t *testing.T) {
	f := open(t, "gpio_pwm", nil)
	group := subsystem(t, f, "gpio_pwm")
	_, dev := pin(t, group, "pwm", 1023)
	for _, name := range []string{"", "1024", "007", "-1", "+1", "x", "1 "} {
		n, err := group.Create(name)
		require.Error(t, err, "%q", name)
		require.Nil(t, n)
	}
	for _, name := range []string{"unexport", "period_ns", "duty_ns", "run"} {
		require.ErrorIs(t, attr.Set(dev.Attr(name), 1), unix.ENXIO, name)
	}
	require.NoError(t, attr.Set(dev.Attr("export"), 1))
	require.ErrorIs(t, attr.Set(dev.Attr("export"), 1), kernlink.ErrBusy)
	require.ErrorIs(t, attr.Set(dev.Attr("run"), 1), unix.EINVAL, "it has no period")
	require.ErrorIs(t, attr.Set(dev.Attr("period_ns"), 99_999), unix.EINVAL)
	require.NoError(t, attr.Set(dev.Attr("period_ns"), 1_000_000))
	require.ErrorIs(t, attr.Set(dev.Attr("duty_ns"), 1_000_001), unix.EINVAL)
	require.NoError(t, attr.Set(dev.Attr("duty_ns"), 1_000_000))
	require.ErrorIs(t, attr.Set(dev.Attr("period_ns"), 999_999), unix.EINVAL)
	require.ErrorIs(t, attr.Set(dev.Attr("run"), 2), unix.EINVAL)
	require.NoError(t, attr.Set(dev.Attr("unexport"), 1))
	require.Equal(t, "0", get(t, dev.Attr("period_ns")))
}

// The kernel's own class may be called pwm.
func TestTheClassOfThePinsIsAParameter(t *testing.T) {
	f := open(t, "gpio_pwm", "class=my_pwm")
	item, dev := pin(t, subsystem(t, f, "gpio_pwm"), "my_pwm", 5)
	require.NoError(t, item.Remove())
	require.True(t, dev.Gone())
}

// A pin goes while it runs and while others use it, and an item keeps the
// module.
func TestAPinGoesWhileItRuns(t *testing.T) {
	f := open(t, "gpio_pwm", nil)
	group := subsystem(t, f, "gpio_pwm")
	for range 10 {
		item, dev := pin(t, group, "pwm", 7)
		require.NoError(t, attr.Set(dev.Attr("export"), 1))
		require.NoError(t, attr.Set(dev.Attr("period_ns"), 200_000))
		require.NoError(t, attr.Set(dev.Attr("duty_ns"), 100_000))
		require.NoError(t, attr.Set(dev.Attr("run"), 1))
		var wg sync.WaitGroup
		for _, use := range []func() error{
			func() error { _, err := attr.Get[int](dev.Attr("edges")); return err },
			func() error { return attr.Set(dev.Attr("duty_ns"), 50_000) },
			func() error { return attr.Set(dev.Attr("run"), 1) },
		} {
			wg.Go(func() {
				for {
					if err := use(); err != nil {
						if !errors.Is(err, kernlink.ErrGone) && !errors.Is(err, fs.ErrNotExist) {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		require.ErrorIs(t, unix.DeleteModule("gpio_pwm", unix.O_NONBLOCK), unix.EWOULDBLOCK)
		require.NoError(t, item.Remove())
		wg.Wait()
		require.True(t, dev.Gone())
	}
}
