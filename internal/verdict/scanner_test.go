// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	cut = "------------[ cut here ]------------"
	end = "---[ end trace 0000000000000000 ]---"

	warnA = "WARNING: CPU: 0 PID: 1 at a.c:1 a+0x1/0x2"
	warnB = "WARNING: b.c:2 at b+0x1/0x2, CPU#0: insmod/1"
	oops  = "BUG: kernel NULL pointer dereference, address: 0000000000000000"
	died  = "Oops: Oops: 0002 [#1] SMP"
)

func filler(n int) string { return strings.Repeat("some other line\n", n) }

func texts(reports []*Report) (all []string) {
	for _, r := range reports {
		all = append(all, r.Text)
	}
	return all
}

func TestScannerGroupsTheHeadsOfOneReport(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"oops":                   {[]string{oops, "#PF: x", "PGD 0", died, "Call Trace:", end}, []string{"NULL pointer dereference"}},
		"oops then panic":        {[]string{oops, died, end, "Kernel panic - not syncing: Fatal exception"}, []string{"NULL pointer dereference"}},
		"panic of its own":       {[]string{"Kernel panic - not syncing: Fatal exception"}, []string{"kernel panic: Fatal exception"}},
		"a warning then a panic": {[]string{cut, warnA, end, "Kernel panic - not syncing: asked"}, []string{"WARNING at a.c:1", "kernel panic: asked"}},
		"BUG":                    {[]string{cut, "kernel BUG at a.c:1!", "invalid opcode: 0000 [#1] SMP", end}, []string{"kernel BUG at a.c:1"}},
		"two oopses, the first torn": {[]string{oops, died, "Call Trace:", oops, "Oops: Oops: 0002 [#2] SMP", end},
			[]string{"NULL pointer dereference", "NULL pointer dereference"}},
		"two warnings":                {[]string{cut, warnA, end, cut, warnB, end}, []string{"WARNING at a.c:1", "WARNING at b.c:2"}},
		"two warnings, no end":        {[]string{cut, warnA, "Call Trace:", cut, warnB, end}, []string{"WARNING at a.c:1", "WARNING at b.c:2"}},
		"two warnings, no cut either": {[]string{warnA, warnB}, []string{"WARNING at a.c:1", "WARNING at b.c:2"}},
		"message, then warning":       {[]string{cut, "refcount_t: underflow; use-after-free.", warnA, end}, []string{"refcount_t: underflow; use-after-free"}},
		"warning, then message":       {[]string{cut, warnA, "refcount_t: underflow; use-after-free.", end}, []string{"WARNING at a.c:1"}},
		"message before cut here": {[]string{"usercopy: Kernel memory exposure attempt detected from x (offset 0, size 1)!", cut, "kernel BUG at mm/usercopy.c:1!", "Oops: invalid opcode: 0000 [#1]", end},
			[]string{"usercopy: Kernel memory exposure attempt detected from x"}},
		"warn inside an oops":     {[]string{oops, died, cut, warnA, end}, []string{"NULL pointer dereference", "WARNING at a.c:1"}},
		"KASAN, then the oops":    {[]string{"=====================", "BUG: KASAN: use-after-free in f+0x1/0x2", "Call Trace:", "=====================", oops, died, end}, []string{"KASAN: use-after-free in f", "NULL pointer dereference"}},
		"the oops, then KASAN":    {[]string{"Oops: general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] SMP KASAN", "KASAN: null-ptr-deref in range [0x0-0x7]", end}, []string{"general protection fault"}},
		"KASAN and panic_on_warn": {[]string{"BUG: KASAN: use-after-free in f+0x1/0x2", "=====================", "Kernel panic - not syncing: KASAN: panic_on_warn set ..."}, []string{"KASAN: use-after-free in f"}},
		"hung task and panic":     {[]string{"INFO: task a:1 blocked for more than 10 seconds.", "Kernel panic - not syncing: hung_task: blocked tasks"}, []string{"hung task a"}},
		"arm":                     {[]string{"8<--- cut here ---", "Unable to handle kernel NULL pointer dereference at virtual address 00000000", "pgd = (ptrval)", "Internal error: Oops: 5 [#1] SMP ARM", end}, []string{"NULL pointer dereference"}},
		"unknown words":           {[]string{cut, "NEWCHECK: something is odd", "CPU: 0 PID: 1 Comm: x", "Call Trace:", end}, []string{"NEWCHECK: something is odd"}},
		"no words at all":         {[]string{cut, end}, []string{"a report of unknown form"}},
		"cut here, and the end":   {[]string{cut, "odd"}, []string{"odd"}},
		"cut here twice":          {[]string{cut, cut, warnA, end}, []string{"a report of unknown form", "WARNING at a.c:1"}},
		"the name comes late":     {[]string{cut, "one", "two", "three", warnA, end}, []string{"WARNING at a.c:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, texts(Scan(strings.Join(c.lines, "\n"))))
		})
	}
}

func TestScannerGivesUpOnAReportThatNeverEnds(t *testing.T) {
	reports := Scan(oops + "\n" + filler(10_000) + "Oops: Oops: 0002 [#1] SMP\n")
	require.Equal(t, []string{"NULL pointer dereference", "oops"}, texts(reports))
	require.Len(t, reports[0].Lines, keptLines)
	require.Equal(t, markedLines+2-keptLines, reports[0].Dropped)
}

func TestScannerTakesALineOnceOnly(t *testing.T) {
	reports := Scan(cut + "\nfirst\n" + warnA + "\nlast\n" + end + "\nafter\n")
	require.Len(t, reports, 1)
	require.Equal(t, []string{cut, "first", warnA, "last", end}, reports[0].Lines)
}

func TestBreakEndsTheReport(t *testing.T) {
	var s Scanner
	require.NotNil(t, s.Line(oops))
	s.Break()
	require.NotNil(t, s.Line(died), "another test's oops")
	require.Nil(t, s.Line(cut))
	s.Break()
	require.Nil(t, s.Line(end))
}

func TestLineTakesARecordOfSeveralLines(t *testing.T) {
	var s Scanner
	f := s.Line("\n======================\nWARNING: possible recursive locking detected\n6.1.0 #1 Not tainted")
	require.NotNil(t, f)
	require.Equal(t, Lockdep, f.Kind)
	require.Len(t, s.Report().Lines, 2)
}

func TestScannerAllocatesNothingForAHealthyLog(t *testing.T) {
	lines := strings.Split(transcript(t, "boot-generic"), "\n")
	var s Scanner
	require.Zero(t, testing.AllocsPerRun(10, func() {
		for _, line := range lines {
			if s.Line(line) != nil {
				t.Fatal(line)
			}
		}
	}))
}

func FuzzScanner(f *testing.F) {
	for name := range recorded {
		text := transcript(f, name)
		f.Add(text[max(0, len(text)-4096):])
	}
	f.Add(cut + "\n" + cut + "\n" + warnA + "\n" + end)
	f.Fuzz(func(t *testing.T, text string) {
		var s Scanner
		faults, named := 0, 0
		for line := range strings.SplitSeq(text, "\n") {
			line = Strip(line)
			if _, ok := Classify(line); ok {
				named++
			}
			f := s.Line(line)
			if f == nil {
				continue
			}
			faults++
			require.Equal(t, *f, s.Report().Fault)
			require.NotEmpty(t, f.Text)
		}
		if named > 0 {
			require.Positive(t, faults, "a head was seen and no fault was told")
		}
		for _, r := range Scan(text) {
			require.NotEmpty(t, r.Lines)
			require.LessOrEqual(t, len(r.Lines), keptLines)
		}
	})
}

func ExampleScanner() {
	var s Scanner
	for _, line := range []string{
		"echo: loading out-of-tree module taints kernel.",
		"------------[ cut here ]------------",
		"WARNING: CPU: 1 PID: 96 at /home/dev/mymodule.c:88 fn+0x2ef/0x95f [mymodule]",
		"Call Trace:",
		"---[ end trace 0000000000000000 ]---",
		"#: Module exit",
	} {
		if fault := s.Line(line); fault != nil {
			fmt.Println(fault.Kind, "|", fault.Text)
		}
	}
	fmt.Println(len(s.Report().Lines), "lines")
	// Output:
	// WARNING | WARNING at mymodule.c:88
	// 4 lines
}
