// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
)

// Whatever is in the file: one property is what all of them say, each stands
// in the text as it is, and written again they are read as the same.
func FuzzProperties(f *testing.F) {
	f.Add([]byte("MAJOR=1\nMINOR=3\nDEVNAME=null\nDEVMODE=0666\n"), "DEVNAME")
	f.Add([]byte("DEVNAME=mapper/a=b\nDEVTYPE=disk"), "DEVTYPE")
	f.Add([]byte("DRIVER=my_driver\nMY_NAME=my0\n"), "DRIVER")
	f.Add([]byte("PRODUCT=11/1/1/ab41\nNAME=\"AT Translated Set 2 keyboard\"\nPHYS=\"isa0060/serio0/input0\"\nPROP=0\nEV=120013\n"), "NAME")
	f.Add([]byte("INTERFACE=dummy0\nIFINDEX=3\nEMPTY=\n=none\nno line\n\n"), "EMPTY")
	f.Add([]byte("A=1\nA=2\nA="), "A")
	f.Fuzz(func(t *testing.T, text []byte, key string) {
		all := ParseProperties(text)
		value, ok := property(text, key)
		same, has := all[key]
		require.Equal(t, has, ok)
		require.Equal(t, same, value)
		var again []byte
		for k, v := range all {
			require.NotEmpty(t, k)
			require.NotContains(t, k, "=")
			require.NotContains(t, k+v, "\n")
			require.Contains(t, string(text), k+"="+v)
			again = append(again, k+"="+v+"\n"...)
		}
		require.Equal(t, all, ParseProperties(again))
	})
}

// What is taken is what is written again, and no more than one resource a line.
func FuzzResources(f *testing.F) {
	f.Add([]byte("0x00000000febff000 0x00000000febfffff 0x0000000000040200\n"))
	f.Add([]byte("0x0000000000000000 0x0000000000000000 0x0000000000000000\n0x000000000000c000 0x000000000000c03f 0x0000000000040101"))
	f.Add([]byte("0xffffffffffffffff 0x0 0x200\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := ParseResources(text)
		if err != nil {
			require.ErrorIs(t, err, attr.ErrMalformed)
			require.Nil(t, all)
			return
		}
		require.LessOrEqual(t, len(all), bytes.Count(text, []byte{'\n'})+1)
		var again []byte
		for _, r := range all {
			require.True(t, r.Size() == 0 || r.Flags != 0)
			again = fmt.Appendf(again, "0x%016x 0x%016x 0x%016x\n", r.Start, r.End, r.Flags)
		}
		same, err := ParseResources(again)
		require.NoError(t, err)
		require.Equal(t, all, same)
	})
}

// What is written has the words that were asked for and no other.
func FuzzTrigger(f *testing.F) {
	const uuid = "fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed"
	f.Add("change", uuid, "KEY", "value1")
	f.Add("add", "FE4D7C9D-B8C6-4A70-9EF1-3D8A58D18EED", "A_B", "x y")
	f.Add("change\n", "0", "", "")
	f.Fuzz(func(t *testing.T, action, uuid, key, value string) {
		text, err := appendTrigger(nil, action, uuid, map[string]string{key: value})
		if err != nil {
			require.ErrorIs(t, err, fs.ErrInvalid)
			require.Empty(t, text)
			return
		}
		require.Equal(t, []string{action, uuid, key + "=" + value}, strings.Split(string(text), " "))
		require.NotContains(t, string(text), "\n")
		require.Len(t, uuid, 36)
		require.Equal(t, 1, strings.Count(string(text), "="))
	})
}

// A number is what the kernel has printed, and none that it could not have.
func FuzzDevNum(f *testing.F) {
	f.Add([]byte("MAJOR=1\nMINOR=3\nDEVNAME=null\n"))
	f.Add([]byte("MAJOR=8\nMINOR=1048576\nMAJOR=259"))
	f.Add([]byte("MAJOR=-1\nMINOR=+3"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, ok := devNum(text)
		if !ok {
			return
		}
		again, ok := devNum(fmt.Appendf(nil, "MAJOR=%d\nMINOR=%d\n", n.Major, n.Minor))
		require.True(t, ok)
		require.Equal(t, n, again)
	})
}

// A pattern matches as that of package path does, where there are no slashes.
func FuzzMatch(f *testing.F) {
	f.Add("sd[a-c]?", "sda1")
	f.Add("4?/53", "4C/53")
	f.Add("[", "")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got, err := match(pattern, text)
		if !strings.ContainsAny(pattern+text, "/\x00") {
			want, wantErr := path.Match(pattern, text)
			require.Equal(t, want, got)
			require.Equal(t, wantErr, err)
		}
		if _, bad := match(pattern, ""); bad == nil {
			require.NoError(t, err, "a pattern is bad for all texts or for none")
		}
	})
}
