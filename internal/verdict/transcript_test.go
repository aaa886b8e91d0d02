// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	copyTo = "corruption: usercopy: Kernel memory exposure attempt detected from SLUB object 'provoke_user'"
	kfence = "KFENCE: KFENCE: use-after-free read in uaf_loop"
)

// recorded are the faults that each transcript in testdata holds, as KIND: TEXT.
var recorded = map[string][]string{
	"6.1-atomic":         {"BUG: scheduling while atomic", "BUG: scheduling while atomic"},
	"6.1-bug":            {"BUG: kernel BUG at provoke.c:144"},
	"6.1-cache-left":     {"corruption: slab provoke_item: Objects remaining in provoke_item on __kmem_cache_shutdown()"},
	"6.1-copy-to":        {copyTo},
	"6.1-divide":         {"oops: divide error"},
	"6.1-fortify":        {"WARNING: WARNING at provoke.c:77"},
	"6.1-gpf":            {"oops: general protection fault"},
	"6.1-hang":           {"stall: hung task init", "stall: hung task provoke_hang"},
	"6.1-list-add":       {"corruption: list_add corruption"},
	"6.1-netdev":         {"leak: network device dummy0 is never released"},
	"6.1-null":           {"oops: NULL pointer dereference"},
	"6.1-oopspanic-null": {"oops: NULL pointer dereference"},
	"6.1-panic":          {"panic: kernel panic: provoke: asked to"},
	"6.1-rcu-exp":        {"stall: RCU stall", "stall: RCU expedited stall", "stall: hung task init", "stall: hung task init"},
	"6.1-rcu-sched":      {"WARNING: WARNING at kernel/rcu/tree_plugin.h:320"},
	"6.1-recurse":        {"oops: stack guard page was hit"},
	"6.1-redzone":        {"corruption: slab kmalloc-64: Right Redzone overwritten"},
	"6.1-spin":           {"stall: RCU stall", "stall: soft lockup"},
	"6.1-uaf":            {"corruption: slab kmalloc-64: Poison overwritten"},
	"6.1-warnpanic-warn": {"WARNING: WARNING at provoke.c:111"},

	"6.12-cache-left":  {"corruption: slab provoke_item: Objects remaining on __kmem_cache_shutdown()", "WARNING: WARNING at mm/slab_common.c:521"},
	"6.12-double-free": {"corruption: slab kmalloc-64: Object already free"},
	"6.12-irqspin":     {"stall: RCU stall"},
	"6.12-null":        {"oops: NULL pointer dereference"},
	"6.12-recurse":     {"oops: stack guard page was hit"},
	"6.12-ref-under":   {"corruption: refcount_t: decrement hit 0; leaking memory"},
	"6.12-warn":        {"WARNING: WARNING at provoke.c:112"},

	"7.3-atomic":         {"BUG: scheduling while atomic", "WARNING: WARNING at lib/stackdepot.c:693", "BUG: scheduling while atomic"},
	"7.3-bug":            {"BUG: kernel BUG at provoke.c:145"},
	"7.3-cache-left":     {"corruption: slab provoke_item: Objects remaining on __kmem_cache_shutdown()", "WARNING: WARNING at mm/slab_common.c:579"},
	"7.3-copy-to":        {copyTo},
	"7.3-divide":         {"oops: divide error"},
	"7.3-fortify":        {"WARNING: WARNING at provoke.c:78"},
	"7.3-gpf":            {"oops: general protection fault"},
	"7.3-kfence":         {kfence, kfence},
	"7.3-list-add":       {"corruption: list_add corruption"},
	"7.3-null":           {"oops: NULL pointer dereference"},
	"7.3-panic":          {"panic: kernel panic: provoke: asked to"},
	"7.3-rcu-sched":      {"WARNING: WARNING at kernel/rcu/tree_plugin.h:332"},
	"7.3-ref-uaf":        {"corruption: refcount_t: addition on 0; use-after-free"},
	"7.3-shift":          {"UBSAN: UBSAN: shift-out-of-bounds in provoke.c:66"},
	"7.3-spin":           {"stall: RCU stall", "stall: soft lockup"},
	"7.3-warn":           {"WARNING: WARNING at provoke.c:112"},
	"7.3-warn-on":        {"WARNING: WARNING at provoke.c:113"},
	"7.3-warnpanic-warn": {"WARNING: WARNING at provoke.c:112"},

	"uml-abba":        {"lockdep: possible circular locking dependency"},
	"uml-bounds":      {"UBSAN: UBSAN: array-index-out-of-bounds in lib/provoke.c:66", "UBSAN: UBSAN: array-index-out-of-bounds in lib/provoke.c:66"},
	"uml-double-free": {"KASAN: KASAN: double-free in __kmem_cache_free"},
	"uml-exit-held":   {"lockdep: a task ended or left with locks held"},
	"uml-freed-held":  {"lockdep: held lock freed"},
	"uml-hang-mutex":  {"stall: hung task init", "stall: hung task provoke_wait"},
	"uml-leak":        {"leak: kmemleak: 3 new suspected memory leaks"},
	"uml-oob":         {"KASAN: KASAN: slab-out-of-bounds in out_of_bounds"},
	"uml-recursive":   {"lockdep: possible recursive locking"},
	"uml-shift":       {"UBSAN: UBSAN: shift-out-of-bounds in lib/provoke.c:65"},
	"uml-suspicious":  {"lockdep: suspicious RCU usage"},
	"uml-uaf":         {"KASAN: KASAN: use-after-free in use_after_free"},
	"uml-unlock-none": {"lockdep: bad unlock balance"},
	"uml-wait-ctx":    {"lockdep: invalid wait context"},

	"boot-6.1":     nil,
	"boot-6.12":    nil,
	"boot-7.3":     nil,
	"boot-generic": nil,
}

func transcript(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	require.NoError(t, err)
	return string(text)
}

func kindAndText(f Fault) string { return f.Kind.String() + ": " + f.Text }

func TestScanFindsTheFaultsOfEachRecording(t *testing.T) {
	for name, want := range recorded {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range Scan(transcript(t, name)) {
				got = append(got, kindAndText(r.Fault))
				require.NotEmpty(t, r.Lines)
				require.LessOrEqual(t, len(r.Lines), keptLines)
			}
			require.Equal(t, want, got)
		})
	}
}

func TestEveryRecordingHasItsFaultsStated(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.Len(t, files, len(recorded))
	for _, file := range files {
		require.Contains(t, recorded, strings.TrimSuffix(filepath.Base(file), ".txt"))
	}
}

func TestScannerFindsInRecordsWhatScanFindsOnTheConsole(t *testing.T) {
	for name, want := range recorded {
		var s Scanner
		var got []string
		for line := range strings.Lines(transcript(t, name)) {
			if f := s.Line(Strip(line)); f != nil {
				got = append(got, kindAndText(*f))
			}
		}
		require.Equal(t, want, got, name)
		require.Equal(t, strings.Contains(name, "panic") || strings.HasSuffix(name, "recurse"), s.Panicked(), name)
	}
}

func TestReportHoldsItsLinesFromCutHereToEndTrace(t *testing.T) {
	reports := Scan(transcript(t, "7.3-warn"))
	require.Len(t, reports, 1)
	lines := reports[0].Lines
	require.Equal(t, "------------[ cut here ]------------", lines[0])
	require.Equal(t, "provoke: count is 3", lines[1])
	require.Equal(t, "---[ end trace 0000000000000000 ]---", lines[len(lines)-1])
	require.Zero(t, reports[0].Dropped)
}

func TestStripLeavesTheText(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"time stamp":         {"[    1.234567] text", "text"},
		"long time":          {"[123456.000001] text", "text"},
		"no space after":     {"[    1.234567]text", "text"},
		"caller":             {"[    1.234567][   T12] text", "text"},
		"caller apart":       {"[    1.234567] [ T12] text", "text"},
		"interrupt caller":   {"[    1.234567][    C1] text", "text"},
		"carriage return":    {"[    1.234567] text\r", "text"},
		"line feed":          {"[    1.234567] text\r\n", "text"},
		"level":              {"<4>[    1.234567] text", "text"},
		"colours":            {"\x1b[32m[    1.234567] \x1b[0m\x1b[33mdev\x1b[0m: text", "dev: text"},
		"clear screen":       {"\x1bc\x1b[?7l\x1b[2J[    0.000000] text", "c[    0.000000] text"},
		"overwritten":        {"50%\r[    1.234567] text\r\n", "text"},
		"indent kept":        {"[    1.234567]  do_idle+0x10c/0x228", " do_idle+0x10c/0x228"},
		"text in brackets":   {"[    1.234567] [ BUG: Invalid wait context ]", "[ BUG: Invalid wait context ]"},
		"no kernel line":     {"login: ", "login: "},
		"brackets, no time":  {"[FAILED] a unit", "[FAILED] a unit"},
		"end is no time":     {"[ 1.5] x", "[ 1.5] x"},
		"empty":              {"", ""},
		"only a time stamp":  {"[    1.234567] ", ""},
		"broken escape":      {"\x1b[", ""},
		"bracket never ends": {"[    1.234567", "[    1.234567"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, Strip(c.line)) })
	}
}

func FuzzStrip(f *testing.F) {
	f.Add("\x1b[32m[    1.234567][   T12] text\r\n")
	f.Add("<4>[ 1.000000]")
	f.Fuzz(func(t *testing.T, line string) {
		require.LessOrEqual(t, len(Strip(line)), len(line))
	})
}
