// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysctl"
)

// A VLAN is named for its parent and its number, with a dot between.
func TestAnInterfaceWithADotIsFoundByEveryForm(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("ip"), kerneltest.Program("sysctl"))
	kerneltest.Load(t, "dummy", "numdummies=0")
	kerneltest.Load(t, "8021q", nil)
	run(t, "ip", "link", "add", "eth0", "type", "dummy")
	run(t, "ip", "link", "add", "link", "eth0", "name", "eth0.100", "type", "vlan", "id", "100")
	defer run(t, "ip", "link", "del", "eth0")
	ctl := open(t, nil)
	key := ctl.Key("net", "ipv4", "conf", "eth0.100", "forwarding")
	require.NoError(t, attr.Set(key, true))
	for _, name := range []string{
		"net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding", "/net/ipv4/conf/eth0.100/forwarding",
	} {
		require.Equal(t, key.Path(), ctl.Dotted(name).Path())
		on, err := attr.Get[bool](ctl.Dotted(name))
		require.NoError(t, err, name)
		require.True(t, on)
		if name[0] != '/' {
			require.Equal(t, "1", strings.TrimSpace(run(t, "sysctl", "-n", name)))
		}
	}
	on, err := attr.Get[bool](ctl.Key("net", "ipv4", "conf", "eth0", "forwarding"))
	require.NoError(t, err)
	require.False(t, on, "its parent is another")
	_, err = attr.Get[bool](ctl.Dotted("net.ipv4.conf.eth0.100.forwarding"))
	require.Error(t, err)
}

// The folder of one interface is that interface, whatever comes by its name.
func TestAFolderOfKeysGoesWithItsInterface(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("ip"))
	kerneltest.Load(t, "dummy", "numdummies=0")
	ctl := open(t, nil)
	add, del := []string{"link", "add", "a.b", "type", "dummy"}, []string{"link", "del", "a.b"}
	run(t, "ip", add...)
	conf, err := ctl.Dir("net", "ipv4", "conf", "a.b")
	require.NoError(t, err)
	defer conf.Close()
	var link struct {
		Forwarding bool `attr:"forwarding"`
		RPFilter   int  `attr:"rp_filter"`
	}
	require.NoError(t, attr.Load(conf, &link))
	kept := attr.Of[bool](ctl.Dotted("net.ipv4.conf.a/b.forwarding"))
	defer kept.Close()
	_, err = kept.Get()
	require.NoError(t, err)
	run(t, "ip", del...)
	run(t, "ip", add...)
	defer run(t, "ip", del...)
	require.ErrorIs(t, attr.Load(conf, &link), kernlink.ErrGone)
	require.True(t, conf.Gone())
	_, err = kept.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = kept.Get()
	require.NoError(t, err, "the other one, by the name")
}

func TestAKeptValueIsOneReadAndNoAllocation(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	ctl := open(t, nil)
	there := open(t, &sysctl.Options{NetNS: newNetNS(t).path()})
	number := attr.Of[int](ctl.Key("sysctl_ex", "number"))
	elsewhere := attr.Of[int](there.Key("net", "ipv4", "ip_forward"))
	flag := attr.Of[bool](ctl.Key("sysctl_ex", "flag"))
	defer number.Close()
	defer elsewhere.Close()
	defer flag.Close()
	runtime.LockOSThread() // the counter is a thread's
	defer runtime.UnlockOSThread()
	const times = 100
	for _, get := range []func() error{
		func() error { _, err := number.Get(); return err },
		func() error { _, err := elsewhere.Get(); return err },
		func() error { _, err := flag.Get(); return err },
	} {
		require.NoError(t, get())
		start := readCalls(t)
		before := readCalls(t)
		own := before - start // what reading the counter adds to it
		for range times {
			get()
		}
		require.Equal(t, times+own, readCalls(t)-before, "one read a value")
		require.Zero(t, testing.AllocsPerRun(100, func() { get() }))
	}
}

// readCalls are the read(2)s that this thread has made.
func readCalls(t *testing.T) (n int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/io")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), "syscr: ")
	require.True(t, ok)
	_, err = fmt.Sscan(rest, &n)
	require.NoError(t, err)
	return n
}
