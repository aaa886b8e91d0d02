// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func TestTheFirstSeparatorDecides(t *testing.T) {
	for _, tt := range []struct {
		name string
		want []string
		back string // the form of Name; "" for name itself
	}{
		{"vm.swappiness", []string{"vm", "swappiness"}, ""},
		{"vm/swappiness", []string{"vm", "swappiness"}, "vm.swappiness"},
		{"/vm/swappiness", []string{"vm", "swappiness"}, "vm.swappiness"},
		{"vm", []string{"vm"}, ""},
		{"net.ipv4.conf.enp3s0/200.forwarding", []string{"net", "ipv4", "conf", "enp3s0.200", "forwarding"}, ""},
		{"net/ipv4/conf/enp3s0.200/forwarding", []string{"net", "ipv4", "conf", "enp3s0.200", "forwarding"}, "net.ipv4.conf.enp3s0/200.forwarding"},
		{"net.ipv4.conf.a/b/c.mtu", []string{"net", "ipv4", "conf", "a.b.c", "mtu"}, ""},
		{"net.ipv4.conf.eth0.100.forwarding", []string{"net", "ipv4", "conf", "eth0", "100", "forwarding"}, ""},
		{"a/.b", []string{"a", ".b"}, "a./b"},
		{"a.///", []string{"a", "..."}, ""},
		{"/a.b/c", []string{"a.b", "c"}, ""},
		{"/a.b", []string{"a.b"}, ""},
		{"a b.c=d", []string{"a b", "c=d"}, ""},
	} {
		got, err := ParseName(tt.name)
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, got, tt.name)
		back := tt.back
		if back == "" {
			back = tt.name
		}
		require.Equal(t, back, Name(got...))
	}
}

func TestWhatIsNoNameIsRefused(t *testing.T) {
	for _, name := range []string{
		"", ".", "/", "..", "a.", "a/", ".a", "//a", "a..b", "a//b", "a/../b", "a/./b", "/..", "a.//.b", "../a", "a\x00.b", "a.b/../c/",
		"net.ipv4.conf.//.x", "a.\xff",
	} {
		_, err := ParseName(name)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		_, ok := err.(*kernlink.Error)
		require.True(t, ok)
	}
}

func FuzzName(f *testing.F) {
	for _, name := range []string{
		"net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding", "/a.b/c", "vm", "a.///", "fs.binfmt_misc.status", "..", "a\x00",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		components, err := ParseName(name)
		if err != nil {
			require.ErrorIs(t, err, fs.ErrInvalid)
			return
		}
		require.True(t, isKey(components), "%q", components)
		again, err := ParseName(Name(components...))
		require.NoError(t, err)
		require.Equal(t, components, again)
		slashes, err := ParseName("/" + strings.Join(components, "/"))
		require.NoError(t, err)
		require.Equal(t, components, slashes)
	})
}
