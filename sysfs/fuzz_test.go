// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"testing"

	"github.com/stretchr/testify/require"
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
