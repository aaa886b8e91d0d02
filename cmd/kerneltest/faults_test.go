// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	faultDir = "./testdata/faults/"
	faultPkg = "github.com/kernlink/kernlink/cmd/kerneltest/testdata/faults/"
)

// A guest that survives a fault goes on: one boot shows them all.
func TestFaultsFailThePackageAndNameTheTest(t *testing.T) {
	needVM(t)
	t.Parallel()
	cases := []struct {
		pkg, line string // a regular expression that one line matches
	}{
		{"warn", `^FAIL ` + faultPkg + `warn   TestWarns: WARNING at .*fault\.c:\d+`},
		{"failing", `^--- FAIL: TestFails `},
		{"leakfd", `leaked fd \d+: /proc/\d+/comm$`},
		{"leakgoroutine", `leaked goroutine \d+ in .*leakgoroutine_test\.leaked`},
		{"leftmodule", `module left loaded: fault$`},
		{"skips", `needs module no_such_module: not in the guest`},
		{"taint", `^FAIL ` + faultPkg + `taint   TestTaints: taint`},
		{"example", `Example_leaks: leaked goroutine`},
		{"stall", `^FAIL ` + faultPkg + `stall   TestStalls: stall: soft lockup`},
		// The last: its module stays for good.
		{"hold", `fault.*in use`},
	}
	args := []string{faultDir + "good"}
	for _, c := range cases {
		args = append(args, faultDir+c.pkg)
	}
	r := runCommand(t, nil, args...)
	require.Equal(t, 1, r.exit, r.all())
	require.Regexp(t, `(?m)^ok  \t`+faultPkg+`good\t`, r.stdout)
	for _, c := range cases {
		require.Regexp(t, `(?m)`+c.line, r.all(), c.pkg)
		require.Regexp(t, `(?m)^FAIL\t`+faultPkg+c.pkg+`\t`, r.stdout)
	}
	require.NotContains(t, r.all(), "--- FAIL: TestBefore")
	require.NotContains(t, r.all(), "--- FAIL: TestAfter")
	require.NotRegexp(t, `(?m)^FAIL .*warn   Test(Before|After)`, r.all())
	// The kernel is really older: a skip, and no failure.
	require.NotContains(t, r.all(), "--- FAIL: TestNeedsALaterKernel")
	require.Regexp(t, `(?m)^\d+ passed, \d+ failed, 1 skipped$`, r.stdout)
}

// A kernel that dies takes the packages that did not run with it.
func TestDeathsNameTheTestAndShowTheConsole(t *testing.T) {
	needVM(t)
	for _, c := range []struct {
		pkg, test, verdict, console string
		flags                       []string
	}{
		{"oops", "TestOopses", `NULL pointer dereference`, `Kernel panic - not syncing: Fatal exception`, nil},
		{"bug", "TestBugs", `kernel BUG at .*fault\.c:\d+`, `Kernel panic - not syncing`, nil},
		{"panics", "TestPanics", `kernel panic: fault: asked to panic`, `Kernel panic - not syncing`, nil},
		{"spin", "TestSpins", `hang`, `fault`, []string{"-timeout", "3s"}},
		{"hang", "TestHangs", `hang`, `hang`, []string{"-timeout", "3s"}},
	} {
		t.Run(c.pkg, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			r := runCommand(t, nil, append(c.flags, faultDir+c.pkg, faultDir+"good")...)
			require.Equal(t, 1, r.exit, r.all())
			require.Regexp(t, `(?m)^FAIL `+faultPkg+c.pkg+`   `+c.test+`: .*`+c.verdict, r.stdout)
			require.Regexp(t, c.console, r.stdout)
			if strings.Compare(c.pkg, "good") < 0 {
				require.Regexp(t, `(?m)^FAIL\t`+faultPkg+`good \[not run`, r.stdout, "a package that did not run is no success")
			}
		})
	}
}

// A kernel whose only CPU is busy for ever can say nothing: the host notices,
// and makes it say where it is.
func TestASilentKernelIsInterrupted(t *testing.T) {
	needLong(t) // a starved guest must not be taken for a silent one
	r := runCommand(t, nil, "-smp", "1", faultDir+"spin")
	require.Equal(t, 1, r.exit, r.all())
	require.Regexp(t, `(?m)^FAIL `+faultPkg+`spin   TestSpins: hang: the guest has been silent for`, r.stdout)
	require.Contains(t, r.stdout, "trigger_set")
}
