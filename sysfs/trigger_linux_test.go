// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

const someUUID = "fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed"

func TestATriggerIsOneLine(t *testing.T) {
	f, root := fixture(t, tree)
	d := deviceAt(t, f, stick)
	file := filepath.Join(root, stick, "uevent")
	written := func() string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, nil, 0o644))
		return string(text)
	}
	written()
	uuid, err := d.Trigger("change", &TriggerOptions{UUID: someUUID, Env: map[string]string{"Z": "1", "A": "b2"}})
	require.NoError(t, err)
	require.Equal(t, someUUID, uuid)
	require.Equal(t, "change "+someUUID+" A=b2 Z=1\n", written())

	seen := map[string]bool{}
	for range 20 {
		uuid, err := d.Trigger("add", nil)
		require.NoError(t, err)
		require.True(t, isUUID(uuid), uuid)
		require.Equal(t, byte('4'), uuid[14], "version 4: random")
		require.False(t, seen[uuid])
		seen[uuid] = true
		require.Equal(t, "add "+uuid+"\n", written())
	}
}

func TestATriggerThatCannotBeIsNotWritten(t *testing.T) {
	f, root := fixture(t, tree)
	d := deviceAt(t, f, stick)
	many := map[string]string{}
	for i := range 60 {
		many[strings.Repeat("K", i+1)] = "1"
	}
	env := func(key, value string) *TriggerOptions { return &TriggerOptions{Env: map[string]string{key: value}} }
	for name, c := range map[string]struct {
		action string
		opts   *TriggerOptions
	}{
		"no action":    {"", nil},
		"two words":    {"change x", nil},
		"capitals":     {"CHANGE", nil},
		"a newline":    {"change\n", nil},
		"a short UUID": {"change", &TriggerOptions{UUID: someUUID[1:]}},
		"a long UUID":  {"change", &TriggerOptions{UUID: someUUID + "0"}},
		"no hex":       {"change", &TriggerOptions{UUID: "g" + someUUID[1:]}},
		"no dash":      {"change", &TriggerOptions{UUID: strings.Replace(someUUID, "-", "0", 1)}},
		"zero":         {"change", &TriggerOptions{UUID: "0"}},
		"no key":       {"change", env("", "x")},
		"no value":     {"change", env("A", "")},
		"underscore":   {"change", env("A_B", "x")},
		"a blank":      {"change", env("A", "x y")},
		"equals":       {"change", env("A", "x=y")},
		"a letter":     {"change", env("A", "\xe4")},
		"too many":     {"change", &TriggerOptions{Env: many}},
		"too much":     {"change", env("A", strings.Repeat("x", 2000))},
	} {
		uuid, err := d.Trigger(c.action, c.opts)
		require.ErrorIs(t, err, fs.ErrInvalid, name)
		require.ErrorContains(t, err, "sysfs: trigger "+d.SysPath()+"/uevent: ")
		require.Empty(t, uuid)
	}
	text, err := os.ReadFile(filepath.Join(root, stick, "uevent"))
	require.NoError(t, err)
	require.Equal(t, tree[stick+"/uevent"], string(text))
	require.NoError(t, os.RemoveAll(filepath.Join(root, stick)))
	_, err = d.Trigger("change", nil)
	require.ErrorIs(t, err, kernlink.ErrGone)
}

func TestAnOverrideIsAName(t *testing.T) {
	f, root := fixture(t, tree)
	d := deviceAt(t, f, stick)
	file := filepath.Join(root, stick, "driver_override")
	name, err := d.DriverOverride()
	require.NoError(t, err)
	require.Empty(t, name)
	require.NoError(t, os.Truncate(file, 0))
	require.NoError(t, d.SetDriverOverride("vfio-pci"))
	name, err = d.DriverOverride()
	require.NoError(t, err)
	require.Equal(t, "vfio-pci", name)
	require.NoError(t, os.Truncate(file, 0))
	require.NoError(t, d.ClearDriverOverride())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "\n", string(text))
	name, err = d.DriverOverride()
	require.NoError(t, err)
	require.Empty(t, name)
	_, err = deviceAt(t, f, disk).DriverOverride()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestAnIDIsOneLine(t *testing.T) {
	f, root := fixture(t, tree)
	add(t, root, "bus/pci/drivers/my_driver/new_id", "")
	driver, err := f.Bus("pci").Driver("my_driver")
	require.NoError(t, err)
	defer driver.Close()
	require.NoError(t, driver.AddID("8086 7010"))
	text, err := os.ReadFile(filepath.Join(root, driver.Path(), "new_id"))
	require.NoError(t, err)
	require.Equal(t, "8086 7010\n", string(text))
	err = driver.RemoveID("8086 7010")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.EqualError(t, err, "sysfs: remove id "+driver.SysPath()+"/remove_id: no such file or directory (this driver takes no ids)")
	require.NoError(t, os.RemoveAll(filepath.Join(root, driver.Path())))
	require.ErrorIs(t, driver.AddID("8086 7010"), kernlink.ErrGone)
}
