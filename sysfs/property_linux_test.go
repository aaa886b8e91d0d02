// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func TestTheUeventFileNamesTypeAndNode(t *testing.T) {
	f, _ := fixture(t, tree)
	for _, c := range []struct{ subsystem, name, node, devType string }{
		{"mem", "null", "/dev/null", ""},
		{"block", "a", "/dev/mapper/a=b", "disk"},
		{"net", "eth0", "", ""},
	} {
		d, err := f.Device(c.subsystem, c.name)
		require.NoError(t, err)
		node, err := d.DevNode()
		require.NoError(t, err)
		require.Equal(t, c.node, node)
		devType, err := d.DevType()
		require.NoError(t, err)
		require.Equal(t, c.devType, devType)
		require.NoError(t, d.Close())
	}
}

func TestAPropertyThatIsMissingIsNotAnEmptyOne(t *testing.T) {
	f, root := fixture(t, tree)
	d, err := f.Class("gpio").Device("chip0")
	require.NoError(t, err)
	defer d.Close()
	all, err := d.Properties()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"EMPTY": "", "TWICE": "2"}, all)
	for key, want := range all {
		value, err := d.Property(key)
		require.NoError(t, err)
		require.Equal(t, want, value, key)
	}
	for _, key := range []string{"EMPT", "empty", "no property", "", "TWICE=1", "\n"} {
		value, err := d.Property(key)
		require.ErrorIs(t, err, fs.ErrNotExist, "%q", key)
		require.NotErrorIs(t, err, kernlink.ErrGone, "%q", key)
		require.Empty(t, value)
	}
	_, err = d.Property("DEVTYPE")
	require.EqualError(t, err, "sysfs: property "+d.SysPath()+`/uevent: no property "DEVTYPE"`)

	require.NoError(t, os.Remove(filepath.Join(root, d.Path(), "uevent")))
	_, err = d.Property("EMPTY")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "sysfs: read ", "it is the file that is missing")
	_, err = d.Properties()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestPropertiesAreParsed(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"":                      {},
		"\n":                    {},
		"A=1":                   {"A": "1"},
		"A=1\nB=\n":             {"A": "1", "B": ""},
		"A=b=c\n":               {"A": "b=c"},
		"A= 1 \n":               {"A": " 1 "},
		"A=1\nA=\n":             {"A": ""},
		"=1\n":                  {},
		"A\n\nB=2":              {"B": "2"},
		"NAME=\"a keyboard\"\n": {"NAME": `"a keyboard"`},
	} {
		require.Equal(t, want, ParseProperties([]byte(text)), "%q", text)
	}
}
