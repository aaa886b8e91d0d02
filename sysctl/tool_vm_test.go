// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysctl"
)

// values are the keys that have one, by their names.
func values(t testing.TB, f *sysctl.FS, folder ...string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for key, err := range f.All(folder...) {
		require.NoError(t, err)
		value, err := attr.Get[string](key.File)
		switch {
		case err == nil:
			all[key.Name] = value
		case !errors.Is(err, kernlink.ErrNotSupported):
			require.ErrorIs(t, err, kernlink.ErrNoValue, key.Name)
			require.Contains(t, key.Name, "stable_secret")
		}
	}
	return all
}

// listed is what sysctl(8) prints of all keys: their values, by their names. One
// of several lines has the name in each.
func listed(t testing.TB) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for line := range strings.Lines(run(t, "sysctl", "-a", "--deprecated")) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		require.True(t, ok, line)
		if before, again := all[name]; again {
			value = before + "\n" + value
		}
		all[name] = value
	}
	return all
}

// All finds the keys that sysctl -aN does, which leaves out those that can only
// be written.
func TestAllFindsTheKeysThatTheToolDoes(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("sysctl"), kerneltest.Module("dummy"))
	kerneltest.Load(t, "dummy", "numdummies=0")
	run(t, "ip", "link", "add", "a.b", "type", "dummy")
	f := open(t, nil)
	var names []string
	for key, err := range f.All() {
		require.NoError(t, err)
		_, err = attr.Get[string](key.File)
		if errors.Is(err, kernlink.ErrNotSupported) {
			info, err := os.Stat(key.File.Path())
			require.NoError(t, err)
			require.Zero(t, info.Mode().Perm()&0o444, key.Name)
			continue
		}
		names = append(names, key.Name)
	}
	require.Greater(t, len(names), 500)
	require.Contains(t, names, "net.ipv4.conf.a/b.forwarding")
	slices.Sort(names)
	theirs := strings.Fields(run(t, "sysctl", "-aN", "--deprecated"))
	slices.Sort(theirs)
	require.Equal(t, theirs, names)
	for _, name := range names {
		require.Equal(t, f.Dotted(name).Path(), "/proc/sys/"+pathOf(t, name))
	}
}

func pathOf(t testing.TB, name string) string {
	t.Helper()
	components, err := sysctl.ParseName(name)
	require.NoError(t, err)
	return filepath.Join(components...)
}

func TestValuesAreThoseThatTheToolPrints(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("sysctl"))
	f := open(t, nil)
	before, theirs, after := values(t, f), listed(t), values(t, f)
	same := 0
	for name, value := range before {
		counts := strings.HasPrefix(name, "fs.") || strings.HasPrefix(name, "kernel.random.") || name == "kernel.ns_last_pid"
		if !counts && after[name] == value {
			require.Equal(t, value, theirs[name], name)
			same++
		}
	}
	require.Greater(t, same, len(before)*9/10)
}

func TestValuesOfAnotherNetworkNamespaceAreThoseThatTheToolPrintsInIt(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("sysctl"), kerneltest.Program("ip"), kerneltest.Module("dummy"))
	kerneltest.Load(t, "dummy", "numdummies=0")
	ns := newNetNS(t)
	var theirs map[string]string
	ns.do(t, func() error {
		run(t, "ip", "link", "add", "in.ns", "type", "dummy")
		run(t, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.ip_local_port_range=20000 30000")
		theirs = listed(t)
		return nil
	})
	f := open(t, &sysctl.Options{NetNS: ns.path()})
	ours := values(t, f, "net")
	require.Equal(t, "1", ours["net.ipv4.ip_forward"])
	require.Equal(t, "1", ours["net.ipv4.conf.in/ns.forwarding"])
	require.Equal(t, "20000\t30000", ours["net.ipv4.ip_local_port_range"])
	maps.DeleteFunc(theirs, func(name, _ string) bool { return !strings.HasPrefix(name, "net.") })
	require.Equal(t, theirs, ours)
	require.NotContains(t, values(t, open(t, nil), "net"), "net.ipv4.conf.in/ns.forwarding")
}

// settingLines are those of a file, for two interfaces, x.y and z.
var settingLines = []string{
	"# comment",
	"  ; another",
	"net.ipv4.ip_forward = 1",
	"net/ipv4/ip_local_port_range=20000   30000",
	"net.ipv4.conf.x/y.rp_filter = 1",
	"net.ipv4.conf.*.rp_filter = 2",
	"-net.ipv4.conf.z.log_martians",
	"-net.ipv4.conf.d*.log_martians",
	"net.ipv4.conf.[!l]*.log_martians = 1",
	"net.ipv4.conf.?.arp_ignore = 2",
	"net/ipv4/conf/x.y/arp_announce = 2",
	"net.ipv4.tcp_rmem = 4096 131072 6291456",
	"net.ipv4.tcp_fin_timeout = 30",
	"net.ipv4.tcp_fin_timeout = 31",
	"-net.ipv4.no_such_key = 1",
	"-net.ipv4.tcp_timestamps = 7000000000",
	"net.ipv4.no_such_other = 1",
	"net.ipv4.conf.none*.rp_filter = 1",
	"net.ipv4.ip_local_reserved_ports = 8080,9148-9150",
	"net.ipv4.ping_group_range=0\t100",
}

// twoOfAKind makes two network namespaces that are alike: the first is for the
// tool, the second for us.
func twoOfAKind(t *testing.T) (theirs, ours netNS) {
	kerneltest.Load(t, "dummy", "numdummies=0")
	theirs, ours = newNetNS(t), newNetNS(t)
	for _, ns := range []netNS{theirs, ours} {
		ns.do(t, func() error {
			run(t, "ip", "link", "add", "x.y", "type", "dummy")
			run(t, "ip", "link", "add", "z", "type", "dummy")
			return nil
		})
	}
	require.Equal(t, inNS(t, theirs), inNS(t, ours))
	return theirs, ours
}

func inNS(t *testing.T, ns netNS) map[string]string {
	return values(t, open(t, &sysctl.Options{NetNS: ns.path()}), "net")
}

func TestApplyLeavesWhatTheToolLeavesOfOneFile(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("sysctl"), kerneltest.Program("ip"), kerneltest.Module("dummy"))
	theirs, ours := twoOfAKind(t)
	file := filepath.Join(t.TempDir(), "a.conf")
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(settingLines, "\n")), 0o600))
	fresh := inNS(t, ours)
	said := ""
	theirs.do(t, func() error { said = toolSays(t, "-p", file); return nil })
	settings, err := sysctl.ReadSettings(&sysctl.ReadOptions{Files: []string{file}})
	require.NoError(t, err)
	results, err := open(t, &sysctl.Options{NetNS: ours.path()}).Apply(t.Context(), settings)
	require.ErrorContains(t, err, "/proc/sys/net/ipv4/no_such_other: no such file or directory ("+file+":17)")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, syscall.EINVAL, "its key begins with a minus")
	require.Equal(t, inNS(t, theirs), inNS(t, ours), said)
	require.NotEqual(t, fresh, inNS(t, ours))
	for _, r := range results {
		require.True(t, r.State != sysctl.Written || r.Taken(), "%v", r)
	}
}

// systemLines are the files of a system, in each folder, and one that is no
// setting file.
var systemLines = map[string]string{
	"/etc/sysctl.d/20-etc.conf":         "net.ipv4.tcp_fin_timeout = 20\nnet.ipv4.tcp_retries2 = 9\n",
	"/etc/sysctl.d/30-both.conf":        "net.ipv4.tcp_syn_retries = 3\n",
	"/usr/lib/sysctl.d/30-both.conf":    "net.ipv4.tcp_syn_retries = 4\nnet.ipv4.tcp_retries1 = 5\n",
	"/run/sysctl.d/10-run.conf":         "net.ipv4.tcp_fin_timeout = 10\nnet.ipv4.tcp_reordering = 7\n",
	"/usr/local/lib/sysctl.d/40-l.conf": "net.ipv4.tcp_fin_timeout = 40\nnet.ipv4.conf.x/y.rp_filter = 1\n",
	"/usr/local/lib/sysctl.d/50-m.conf": "net.ipv4.tcp_orphan_retries = 5\n",
	"/etc/sysctl.d/50-m.conf":           "-> /dev/null",
	"/usr/lib/sysctl.d/15-pattern.conf": "net.ipv4.conf.*.rp_filter = 2\n",
	"/usr/lib/sysctl.d/no-conf":         "net.ipv4.tcp_ecn = 1\n",
	"/usr/lib/sysctl.d/99-last.conf":    "net.ipv4.ip_default_ttl = 99\n",
	"/etc/sysctl.conf":                  "net.ipv4.ip_default_ttl = 77\n",
}

func TestApplyLeavesWhatTheToolLeavesOfTheSystemsFiles(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("sysctl"), kerneltest.Program("ip"), kerneltest.Module("dummy"))
	none, err := sysctl.ReadSettings(nil)
	require.NoError(t, err)
	require.Empty(t, none, "the guest has none of its own")
	root := t.TempDir()
	for name, text := range systemLines {
		addFile(t, "/", name, text)
		t.Cleanup(func() { require.NoError(t, os.Remove(name)) })
		addFile(t, root, name, text)
	}
	theirs, ours := twoOfAKind(t)
	said := ""
	theirs.do(t, func() error { said = toolSays(t, "--system"); return nil })
	settings, err := sysctl.ReadSettings(nil)
	require.NoError(t, err)
	image, err := sysctl.ReadSettings(&sysctl.ReadOptions{Root: root})
	require.NoError(t, err)
	require.Equal(t, settings, image, "a folder that has the files of a system")
	_, err = open(t, &sysctl.Options{NetNS: ours.path()}).Apply(t.Context(), settings)
	require.NoError(t, err)
	got := inNS(t, ours)
	require.Equal(t, inNS(t, theirs), got, said)
	require.Equal(t, "40", got["net.ipv4.tcp_fin_timeout"])
	require.Equal(t, "77", got["net.ipv4.ip_default_ttl"])
}

func addFile(t testing.TB, root, name, text string) {
	t.Helper()
	name = filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	if target, ok := strings.CutPrefix(text, "-> "); ok {
		require.NoError(t, os.Symlink(target, name))
		return
	}
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}
