// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/procfs"
)

//kerneltest:need kmods=dummy,null_blk tools=free,vmstat,findmnt,lsmod,ip,mkswap,swapon,swapoff,getconf

func TestPathsOfMountsAreUnescaped(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	source, target := "my source#1\\040", filepath.Join(t.TempDir(), "a b\tc\\d#e\nf")
	require.NoError(t, os.Mkdir(target, 0o755))
	require.NoError(t, unix.Mount(source, target, "tmpfs", 0, "size=64k"))
	defer unix.Unmount(target, 0)
	nameless := t.TempDir()
	require.NoError(t, unix.Mount("", nameless, "tmpfs", 0, ""))
	defer unix.Unmount(nameless, 0)
	sources := map[string]string{}
	for m, err := range open(t).Mounts() {
		require.NoError(t, err)
		sources[m.Target.String()] = m.Source.String()
	}
	require.Equal(t, source, sources[target])
	require.Contains(t, sources, nameless)
	text, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	var m procfs.MountInfo
	clear(sources)
	for line := range strings.Lines(string(text)) {
		require.NoError(t, procfs.ParseMountInfo([]byte(line), &m))
		sources[m.Target.String()] = m.Source.String()
		var st unix.Stat_t
		require.NoError(t, unix.Stat(m.Target.String(), &st))
		require.Equal(t, [2]uint32{unix.Major(st.Dev), unix.Minor(st.Dev)}, [2]uint32{m.Major, m.Minor}, m.Target)
	}
	require.Equal(t, source, sources[target])
}

func TestModulesAreThoseOfLsmod(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	kerneltest.Load(t, "dummy", nil)
	text := output(t, "lsmod")
	want := map[string]string{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		want[f[0]] = strings.Join(f[1:], " ")
	}
	delete(want, "Module")
	got := map[string]string{}
	for m, err := range open(t).Modules() {
		require.NoError(t, err)
		var users []string
		for name := range m.Users() {
			users = append(users, name.String())
		}
		got[m.Name.String()] = strings.TrimSpace(strconv.FormatUint(m.Size, 10) + " " + strconv.Itoa(m.Refs) + " " + strings.Join(users, ","))
		require.NotZero(t, m.Address)
		require.Equal(t, "Live", m.State.String())
	}
	require.Equal(t, want, got)
}

func TestSymbolsOfAModuleAreThere(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	kerneltest.Load(t, "procfs", nil)
	f := open(t)
	ofModule, known := 0, 0
	for s, err := range f.Symbols() {
		require.NoError(t, err)
		if s.Address != 0 {
			known++
		}
		if string(s.Module) == "procfs" {
			require.NotZero(t, s.Address)
			ofModule++
		}
	}
	require.NotZero(t, ofModule)
	require.Greater(t, known, 50000)
}

// Without the capability all addresses are 0, and nobody says so.
func TestAddressesOfSymbolsAreHidden(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	f := open(t)
	var n, known int
	var err error
	lostThread(func() {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err = unix.Capset(&header, &none[0]); err != nil {
			return
		}
		for s, e := range f.Symbols() {
			if err = e; err != nil || n > 5000 {
				return
			}
			if n++; s.Address != 0 {
				known++
			}
		}
	})
	require.NoError(t, err)
	require.Greater(t, n, 5000)
	require.Zero(t, known)
}

func TestRoutesAreThoseThatWereMade(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	kerneltest.Load(t, "dummy", map[string]any{"numdummies": 1})
	for _, args := range []string{"link set dummy0 up", "addr add 10.1.2.3/24 dev dummy0", "route add 10.9.0.0/16 via 10.1.2.1 metric 77"} {
		out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
		require.NoError(t, err, "%s: %s", args, out)
	}
	n := open(t).Net()
	got := map[string]string{}
	for r, err := range n.Routes() {
		require.NoError(t, err)
		got[r.Destination.String()] = r.Interface.String() + " " + r.Gateway.String() + " " + strconv.FormatUint(r.Metric, 10)
	}
	require.Equal(t, map[string]string{"10.1.2.0/24": "dummy0 invalid IP 0", "10.9.0.0/16": "dummy0 10.1.2.1 77"}, got)
	found := false
	for d, err := range n.Devs() {
		require.NoError(t, err)
		found = found || string(d.Name) == "dummy0"
	}
	require.True(t, found)
}

func TestSwapsAreThoseThatAreOn(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	kerneltest.Load(t, "null_blk", "memory_backed=1 gb=1 nr_devices=1")
	f := open(t)
	watched := attr.Of[string](f.Entry("swaps"))
	defer watched.Close()
	next, stop := iter.Pull2(watched.Watch(within(t, time.Minute), nil))
	defer stop()
	text, err, _ := next()
	require.NoError(t, err)
	require.NotContains(t, text, "nullb0")
	for _, name := range []string{"mkswap", "swapon"} {
		out, err := exec.Command(name, "/dev/nullb0").CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
	defer func() { require.NoError(t, exec.Command("swapoff", "/dev/nullb0").Run()) }()
	text, err, _ = next()
	require.NoError(t, err, "the kernel tells who watches")
	require.Contains(t, text, "nullb0")
	n := 0
	for s, err := range f.Swaps() {
		require.NoError(t, err)
		require.Equal(t, "/dev/nullb0", s.Path.String())
		require.Equal(t, "partition", s.Type.String())
		m, err := f.Meminfo()
		require.NoError(t, err)
		require.Equal(t, m.SwapTotal, s.Size)
		require.Equal(t, m.SwapTotal-m.SwapFree, s.Used)
		n++
	}
	require.Equal(t, 1, n)
}

// A thread in a network namespace of its own has another /proc/net, which is
// not that of its process.
func TestTheNetworkIsThatOfTheProcessOrOfAThread(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	f := open(t)
	names := func(n procfs.Net) (all []string, err error) {
		for d, err := range n.Devs() {
			if err != nil {
				return nil, err
			}
			all = append(all, d.Name.String())
		}
		return all, nil
	}
	kerneltest.Load(t, "dummy", map[string]any{"numdummies": 1})
	var mine, ofProcess []string
	var err error
	lostThread(func() {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return
		}
		var p *procfs.Process
		if p, err = f.Process(unix.Gettid()); err != nil {
			return
		}
		defer p.Close()
		if mine, err = names(p.Net()); err == nil {
			ofProcess, err = names(f.Net())
		}
	})
	require.NoError(t, err)
	require.Equal(t, []string{"lo"}, mine)
	require.Contains(t, ofProcess, "dummy0")
}
