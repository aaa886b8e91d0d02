// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPatternsAreThoseOfGlob(t *testing.T) {
	f, _ := fixture(t, map[string]string{
		"net/ipv4/conf/all/rp_filter": "0", "net/ipv4/conf/eth0/rp_filter": "0", "net/ipv4/conf/eth1/rp_filter": "0",
		"net/ipv4/conf/eth1.5/rp_filter": "0", "net/ipv4/conf/lo/rp_filter": "0", "net/ipv4/conf/lo/forwarding": "0",
		"net/ipv4/conf/lo/folder/rp_filter": "0", "net/ipv4/conf/a*/rp_filter": "0", "vm/swappiness": "60",
	})
	for pattern, want := range map[string][]string{
		"net.ipv4.conf.*.rp_filter":         {"a*", "all", "eth0", "eth1", "eth1/5", "lo"},
		"net.ipv4.conf.eth?.rp_filter":      {"eth0", "eth1"},
		"net.ipv4.conf.eth[1-9]*.rp_filter": {"eth1", "eth1/5"},
		"net.ipv4.conf.eth*/*.rp_filter":    {"eth1/5"},
		"net.ipv4.conf.[!e]*.rp_filter":     {"a*", "all", "lo"},
		"net.ipv4.conf.[^e]*.rp_filter":     {"a*", "all", "lo"},
		`net.ipv4.conf.a\*.*_filter`:        {"a*"},
		"net.ipv4.conf.*":                   nil, // folders are no keys
		"net.ipv4.*.rp_filter":              nil,
		"none.*":                            nil,
	} {
		components, err := ParseName(pattern)
		require.NoError(t, err)
		keys, err := f.match(components)
		require.NoError(t, err)
		var names []string
		for _, key := range keys {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(Name(key...), "net.ipv4.conf."), ".rp_filter"))
		}
		require.Equal(t, want, names, pattern)
	}
	keys, err := f.match([]string{"vm", "swap*"})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"vm", "swappiness"}}, keys)
}
