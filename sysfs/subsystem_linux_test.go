// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

// gpio is a class and a bus.
func TestAClassAndABusOfOneNameHaveDevicesOfTheirOwn(t *testing.T) {
	f, _ := fixture(t, tree)
	for name, c := range map[string]struct {
		open func(string) (*Device, error)
		has  []string
		not  []string
	}{
		"class":     {f.Class("gpio").Device, []string{"chip0"}, []string{"gpiochip0"}},
		"bus":       {f.Bus("gpio").Device, []string{"gpiochip0"}, []string{"chip0"}},
		"subsystem": {func(n string) (*Device, error) { return f.Device("gpio", n) }, []string{"chip0", "gpiochip0"}, []string{"none"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range c.has {
				d, err := c.open(n)
				require.NoError(t, err)
				require.Equal(t, "devices/virtual/gpio/chip0", d.Path())
				require.NoError(t, d.Close())
			}
			for _, n := range c.not {
				_, err := c.open(n)
				require.ErrorIs(t, err, fs.ErrNotExist)
			}
		})
	}
}

func TestADeviceThatIsMissingSaysWhereItWasLookedFor(t *testing.T) {
	f, root := fixture(t, tree)
	for want, err := range map[string]error{
		"pci/my0: ENOENT (no ROOT/class/pci/my0, no ROOT/bus/pci/devices/my0)":                     second(f.Device("pci", "my0")),
		"net/my0: ENOENT (no ROOT/class/net/my0, no ROOT/bus/net/devices/my0)":                     second(f.Device("net", "my0")),
		"none/my0: ENOENT (the subsystem itself is missing: no ROOT/class/none, no ROOT/bus/none)": second(f.Device("none", "my0")),
		"pci/dangling: ENOENT (no ROOT/bus/pci/devices/dangling)":                                  second(f.Bus("pci").Device("dangling")),
		"net/my1: ENOENT (no ROOT/class/net/my1)":                                                  second(f.Class("net").Device("my1")),
		"net/eth0: ENOENT (the subsystem itself is missing: no ROOT/bus/net)":                      second(f.Bus("net").Device("eth0")),
		"pci/my1: ENOENT (the subsystem itself is missing: no ROOT/class/pci)":                     second(f.Class("pci").Device("my1")),
	} {
		want = strings.NewReplacer("ROOT", root, "ENOENT", syscall.ENOENT.Error()).Replace(want)
		require.EqualError(t, err, "sysfs: open "+want)
		require.ErrorIs(t, err, syscall.ENOENT)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	_, err := f.Device("net", "bonding_masters")
	require.ErrorIs(t, err, syscall.ENOTDIR, "a file of the class")
}

func second(_ *Device, err error) error { return err }

// impatient is a context that ends when somebody begins to wait for its end.
type impatient struct {
	context.Context
	end func()
}

func (e impatient) Done() <-chan struct{} {
	e.end()
	return e.Context.Done()
}

func TestAWaitThatEndsSaysWhatWasMissing(t *testing.T) {
	f, root := fixture(t, tree)
	f.opts.Interval = time.Hour
	for want, wait := range map[string]func(context.Context) (*Device, error){
		"net/eth1: CAUSE (no ROOT/class/net/eth1, no ROOT/bus/net/devices/eth1)": func(ctx context.Context) (*Device, error) {
			return f.WaitDevice(ctx, "net", "eth1")
		},
		"net/eth1: CAUSE (no ROOT/class/net/eth1)": func(ctx context.Context) (*Device, error) {
			return f.Class("net").WaitDevice(ctx, "eth1")
		},
		"none/my0: CAUSE (the subsystem itself is missing: no ROOT/bus/none)": func(ctx context.Context) (*Device, error) {
			return f.Bus("none").WaitDevice(ctx, "my0")
		},
	} {
		ctx, end := context.WithCancelCause(t.Context())
		_, err := wait(impatient{ctx, func() { end(errors.New("CAUSE")) }})
		require.EqualError(t, err, "sysfs: wait "+strings.ReplaceAll(want, "ROOT", root))
		require.NotErrorIs(t, err, fs.ErrNotExist)
	}
}
