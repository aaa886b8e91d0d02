// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func paths(t testing.TB, f *FS, filter *Filter) (all []string) {
	t.Helper()
	for d, err := range f.Devices(filter) {
		require.NoError(t, err)
		all = append(all, d.Path())
	}
	return all
}

// everyone is the devices of the tree that belong to a subsystem, in order.
var everyone = []string{
	pciDevice, pciDevice + "/net/eth0",
	"devices/pci0000:00/usb1", stick, stick + "/1-2:1.0", disk, partition,
	"devices/virtual/block/a", "devices/virtual/gpio/chip0", "devices/virtual/mem/null",
}

func TestDevicesAreEachYieldedOnceAndAfterTheirParents(t *testing.T) {
	f, root := fixture(t, tree) // chip0 is of a class and of a bus
	require.True(t, slices.IsSorted(everyone))
	require.Equal(t, everyone, paths(t, f, nil))
	require.Equal(t, everyone, paths(t, f, new(Filter)))
	var d *Device
	for d = range f.Devices(nil) {
		require.Equal(t, 2, openBelow(t, root))
		break
	}
	require.ErrorIs(t, d.Close(), fs.ErrClosed, "it was the loop's")
	require.Equal(t, 1, openBelow(t, root))
}

func TestAFilterHoldsForWhatAllItsFieldsHoldFor(t *testing.T) {
	f, _ := fixture(t, tree)
	text := func(key, pattern string) map[string]string { return map[string]string{key: pattern} }
	for name, c := range map[string]struct {
		filter Filter
		want   []string
	}{
		"a class":              {Filter{Subsystems: []string{"block"}}, []string{disk, partition, "devices/virtual/block/a"}},
		"a bus":                {Filter{Subsystems: []string{"pci"}}, []string{pciDevice}},
		"several":              {Filter{Subsystems: []string{"net", "mem", "net"}}, []string{pciDevice + "/net/eth0", "devices/virtual/mem/null"}},
		"one that is not":      {Filter{Subsystems: []string{"none"}}, nil},
		"a name":               {Filter{Names: []string{"sda"}}, []string{disk}},
		"names":                {Filter{Names: []string{"sd[a-c]?", "eth*"}}, []string{pciDevice + "/net/eth0", partition}},
		"not the link's name":  {Filter{Names: []string{"gpiochip0"}}, nil},
		"a type":               {Filter{DevType: "usb_device"}, []string{"devices/pci0000:00/usb1", stick}},
		"a property":           {Filter{Properties: text("PRODUCT", "781/*")}, []string{stick}},
		"an empty property":    {Filter{Properties: text("EMPTY", "")}, []string{"devices/virtual/gpio/chip0"}},
		"no such property":     {Filter{Properties: text("NONE", "*")}, nil},
		"an attribute":         {Filter{Attrs: text("serial", "4?/53")}, []string{stick}},
		"one deeper":           {Filter{Attrs: text("queue/rotational", "[01]")}, []string{disk}},
		"not all of it":        {Filter{Attrs: text("serial", "4")}, nil},
		"a folder":             {Filter{Attrs: text("queue", "*")}, nil},
		"a driver":             {Filter{Driver: "my_driver"}, []string{pciDevice}},
		"two fields":           {Filter{Subsystems: []string{"block"}, DevType: "disk", Names: []string{"s*"}}, []string{disk}},
		"two that do not meet": {Filter{Subsystems: []string{"net"}, DevType: "disk"}, nil},
		"below":                {Filter{Below: deviceAt(t, f, stick)}, []string{stick + "/1-2:1.0", disk, partition}},
		"below, and a class":   {Filter{Below: deviceAt(t, f, "devices/pci0000:00"), Subsystems: []string{"net"}}, []string{pciDevice + "/net/eth0"}},
	} {
		require.Equal(t, c.want, paths(t, f, &c.filter), name)
	}
}

func TestAFilterThatCanNeverHoldIsRefused(t *testing.T) {
	f, root := fixture(t, tree)
	for name, bad := range map[string]Filter{
		"subsystem": {Subsystems: []string{"../net"}},
		"attribute": {Attrs: map[string]string{"../x": "*"}},
		"name":      {Names: []string{"a", "["}},
		"pattern":   {Attrs: map[string]string{"x": "[a"}},
		"property":  {Properties: map[string]string{"X": "\\"}},
	} {
		err := only(t, f, &bad)
		require.ErrorIs(t, err, fs.ErrInvalid, name)
		if name == "name" {
			require.ErrorIs(t, err, path.ErrBadPattern)
			require.EqualError(t, err, `sysfs: list devices: invalid argument: syntax error in pattern: "["`)
		}
	}
	d := deviceAt(t, f, stick)
	require.NoError(t, os.RemoveAll(filepath.Join(root, stick)))
	err := only(t, f, &Filter{Below: d})
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, d.SysPath())
	require.NoError(t, f.Close())
	require.ErrorIs(t, only(t, f, nil), fs.ErrClosed)
}

func only(t testing.TB, f *FS, filter *Filter) (only error) {
	t.Helper()
	turns := 0
	for d, err := range f.Devices(filter) {
		require.Nil(t, d)
		only = err
		turns++
	}
	require.Equal(t, 1, turns)
	return only
}

// A link out of the root is an error of its own, and no end.
func TestAnErrorAboutOneDeviceIsNoEndOfTheScan(t *testing.T) {
	f, root := fixture(t, tree)
	add(t, root, "class/net/out", "-> ../../../../etc")
	add(t, root, "class/net/round", "-> round")
	var seen []string
	var errs []error
	for d, err := range f.Devices(nil) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		seen = append(seen, d.Path())
	}
	require.Equal(t, everyone, seen)
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[0], fs.ErrInvalid)
	require.ErrorContains(t, errs[0], root+"/class/net/out")
	require.ErrorContains(t, errs[1], root+"/class/net/round")
	turns := 0
	for _, err := range f.Devices(nil) {
		require.Error(t, err)
		turns++
		break
	}
	require.Equal(t, 1, turns)
}

func TestDevicesThatGoAwayMeanwhileArePassedOver(t *testing.T) {
	f, root := fixture(t, tree)
	var seen []string
	for d, err := range f.Devices(nil) {
		require.NoError(t, err)
		if seen = append(seen, d.Path()); d.Path() == stick {
			require.NoError(t, os.RemoveAll(filepath.Join(root, stick)))
			add(t, root, "devices/virtual/net/late/uevent", "")
			add(t, root, "class/net/late", "-> ../../devices/virtual/net/late")
		}
	}
	require.Equal(t, slices.Concat(everyone[:4], everyone[7:]), seen)
}

func TestASysfsWithoutDevicesHasNone(t *testing.T) {
	f, err := OpenAt(t.TempDir(), nil)
	require.NoError(t, err)
	defer f.Close()
	require.Empty(t, paths(t, f, nil))
}
