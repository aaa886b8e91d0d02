// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzProperty(f *testing.F) {
	f.Add([]byte("MAJOR=1\nMINOR=3\nDEVNAME=null\nDEVMODE=0666\n"), "DEVNAME")
	f.Add([]byte("DEVNAME=mapper/a=b\nDEVTYPE=disk"), "DEVTYPE")
	f.Fuzz(func(t *testing.T, text []byte, key string) {
		v := property(text, key)
		if v != "" {
			require.Contains(t, string(text), key+"="+v)
			require.NotContains(t, v, "\n")
		}
	})
}
