// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// host is the sysfs of the machine that the tests run on, only to be read.
func host(t testing.TB) *FS {
	t.Helper()
	f, err := Open(nil)
	if errors.Is(err, kernlink.ErrNotSupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// The folders with a link "subsystem" are the devices, whoever lists them.
func TestTheHostsDevicesAreThoseOfItsTree(t *testing.T) {
	f := host(t)
	for try := 0; ; try++ {
		var byTree []string
		err := filepath.WalkDir("/sys/devices", func(name string, e fs.DirEntry, err error) error {
			if err == nil && e.Name() == "subsystem" && e.Type()&fs.ModeSymlink != 0 {
				byTree = append(byTree, filepath.Dir(name))
			}
			return nil
		})
		require.NoError(t, err)
		slices.Sort(byTree)
		var listed []string
		for d, err := range f.Devices(nil) {
			require.NoError(t, err)
			listed = append(listed, d.SysPath())
		}
		if slices.Equal(byTree, listed) {
			return
		}
		if try == 3 { // a machine in use has some that come and go
			require.Equal(t, byTree, listed)
		}
	}
}

// What is listed is found by its number, and whatever its attributes say, no
// scan that looks at them fails.
func TestTheHostsDevicesAreFound(t *testing.T) {
	f := host(t)
	for d, err := range f.Devices(&Filter{Properties: map[string]string{"MAJOR": "*"}}) {
		require.NoError(t, err)
		n, err := d.DevNum()
		if vanished(err) {
			continue
		}
		require.NoError(t, err)
		again, err := f.DeviceByNumber(n)
		if vanished(err) {
			continue
		}
		require.NoError(t, err)
		require.Equal(t, d.Path(), again.Path())
		require.NoError(t, again.Close())
	}
	for d, err := range f.Devices(&Filter{Attrs: map[string]string{"uevent": "*"}}) {
		require.NoError(t, err)
		var all struct {
			Size  *int64  `attr:"size"`
			Speed *int    `attr:"speed"`
			State *string `attr:"state"`
		}
		if err := attr.Load(d, &all); err != nil {
			require.NotErrorIs(t, err, kernlink.ErrNoValue)
		}
	}
}

// A list of all devices is a few system calls each; compare with udevadm
// trigger --dry-run.
func BenchmarkDevices(b *testing.B) {
	f := host(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		for range f.Devices(nil) {
			n++
		}
	}
	b.ReportMetric(float64(n), "devices/op")
}
