// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func conf(iface string) string { return "net/ipv4/conf/" + iface + "/rp_filter" }

// lines are results, a line each.
func lines(results []Result) []string {
	var all []string
	for _, r := range results {
		all = append(all, r.String())
	}
	return all
}

func parse(t *testing.T, text ...string) []Setting {
	t.Helper()
	settings, err := parseSettings([]byte(strings.Join(text, "\n")), "f")
	require.NoError(t, err)
	return settings
}

func contents(t *testing.T, root string, names ...string) (all []string) {
	t.Helper()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		all = append(all, string(b))
	}
	return all
}

func TestEachKeyIsReported(t *testing.T) {
	files := map[string]string{
		conf("all"): "0\n", conf("eth0"): "0\n", conf("hub"): "0\n", conf("a.b"): "1\n", "vm/swappiness": "60\n", "vm/tcp_mem": "1\t2\n",
	}
	settings := parse(t,
		"vm.swappiness = 10",
		"net.ipv4.conf.all.rp_filter = 1",
		"net.ipv4.conf.*.rp_filter = 2",
		"-net.ipv4.conf.hub.rp_filter",
		"net/ipv4/conf/a.b/rp_filter = 1",
		"vm.swappiness = 20",
		"vm.none = 1",
		"-vm.none_either = 1",
		"vm.*_none = 1",
		"vm.tcp_mem = 1 2",
		"-net.ipv4.conf.e*.rp_filter",
	)
	want := []string{
		"net.ipv4.conf.all.rp_filter: 0 -> 1 (f:2)",
		"net.ipv4.conf.a/b.rp_filter: skipped, for net.ipv4.conf.a/b.rp_filter = 1 (f:3)",
		"net.ipv4.conf.all.rp_filter: skipped, for net.ipv4.conf.all.rp_filter = 1 (f:3)",
		"net.ipv4.conf.eth0.rp_filter: 0 -> 2 (f:3)",
		"net.ipv4.conf.hub.rp_filter: skipped, for -net.ipv4.conf.hub.rp_filter (f:3)",
		"net.ipv4.conf.a/b.rp_filter: 1 as before (f:5)",
		"vm.swappiness: 60 -> 20 (f:6)",
		"vm.none: failed: sysctl: apply ROOT/vm/none: no such file or directory (f:7)",
		"vm.none_either: ignored: sysctl: apply ROOT/vm/none_either: no such file or directory (f:8)",
		"vm.*_none: skipped, no key matches (f:9)",
		"vm.tcp_mem: 1 2 as before (f:10)",
		"net.ipv4.conf.e*.rp_filter: skipped, a pattern excludes nothing (f:11)",
	}
	f, root := fixture(t, files)
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "ROOT", root)
	}
	results, err := f.Plan(t.Context(), settings)
	require.Equal(t, want, lines(results))
	require.EqualError(t, err, "sysctl: apply "+root+"/vm/none: no such file or directory (f:7)")
	for name, text := range files {
		require.Equal(t, []string{text}, contents(t, root, name), "a plan writes nothing")
	}
	results, err = f.Apply(t.Context(), settings)
	require.Equal(t, want, lines(results))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, []string{"1\n", "2\n", "0\n", "1\n", "20\n", "1 2\n"},
		contents(t, root, conf("all"), conf("eth0"), conf("hub"), conf("a.b"), "vm/swappiness", "vm/tcp_mem"))
	require.Equal(t, []bool{true, true}, []bool{results[0].Changed(), results[0].Taken()})
	require.Equal(t, []bool{false, true}, []bool{results[5].Changed(), results[5].Taken()})
	require.Equal(t, []bool{false, false}, []bool{results[7].Changed(), results[7].Taken()})
	require.Equal(t, &settings[3], results[4].By)
}

func TestTheLastSettingOfAKeyCountsAndIsWrittenInItsPlace(t *testing.T) {
	f, _ := fixture(t, map[string]string{"a/x": "0\n", "a/y": "0\n", "a/z": "0\n"})
	results, err := f.Apply(t.Context(), parse(t, "a.x = 1", "a.y = 1", "-a/z = 1", "a.x = 2", "a.y = 1", "a.z = 1", "-a.q", "a.q = 3", "-a.q = 3"))
	require.NoError(t, err)
	require.Equal(t, []string{"a.y: 0 -> 1 (f:2)", "a.z: 0 -> 1 (f:3)", "a.x: 0 -> 2 (f:4)"}, lines(results[:3]))
	require.Equal(t, Ignored, results[3].State)
	require.Len(t, results, 4)
	require.True(t, results[1].Setting.Optional)

	results, err = f.Apply(t.Context(), parse(t, "a.* = 4", "a.y = 5", "-a.y"))
	require.NoError(t, err)
	require.Equal(t, []string{"a.x: 2 -> 4 (f:1)", "a.y: skipped, for -a.y (f:1)", "a.z: 1 -> 4 (f:1)"}, lines(results))
}

func TestSettingsMadeByHandAreCheckedBeforeAnyIsWritten(t *testing.T) {
	f, root := fixture(t, map[string]string{"a/x": "0\n"})
	results, err := f.Apply(t.Context(), []Setting{{Key: "a/x", Value: "1"}, {Key: "a..x", Value: "1"}, {Key: "a.[", Value: "1", Line: 7}})
	require.Empty(t, results)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.EqualError(t, err, "sysctl: apply: no name of a sysctl: \"a..x = 1\"\n"+
		"sysctl: apply line 7: a pattern that does not end: \"a.[ = 1\"")
	require.Equal(t, []string{"0\n"}, contents(t, root, "a/x"))

	results, err = f.Apply(t.Context(), []Setting{{Key: "a/x", Value: "1"}})
	require.NoError(t, err)
	require.Equal(t, []string{"a.x: 0 -> 1"}, lines(results))
	results, err = f.Apply(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, results)
}

func TestAnEndedContextStopsBetweenKeys(t *testing.T) {
	f, root := fixture(t, map[string]string{"a/x": "0\n", "a/y": "0\n"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results, err := f.Apply(ctx, parse(t, "a.x = 1", "a.y = 1"))
	require.Empty(t, results)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"0\n", "0\n"}, contents(t, root, "a/x", "a/y"))
}

// The file of an ordinary folder is not cut, so that what was longer shows,
// which is what a kernel does that takes a part of a value.
func TestWhatTheKernelDidNotTakeIsShown(t *testing.T) {
	f, _ := fixture(t, map[string]string{"a/x": "123456\n", "a/e": ""})
	results, err := f.Apply(t.Context(), parse(t, "a.x = 789", "a.e ="))
	require.NoError(t, err)
	require.False(t, results[0].Taken())
	require.Equal(t, "a.x: 123456 -> 789 56, not 789 (f:1)", results[0].String())
	require.True(t, results[1].Taken())
	require.Equal(t, "a.e: written (f:2)", results[1].String())
}

func TestAFolderIsNoKey(t *testing.T) {
	f, _ := fixture(t, map[string]string{"a/x": "0\n"})
	_, err := f.Apply(t.Context(), parse(t, "a = 1"))
	require.Error(t, err)
	e, ok := errors.AsType[*kernlink.Error](err)
	require.True(t, ok)
	require.Equal(t, "apply", e.Op)
}
