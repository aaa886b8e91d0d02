// SPDX-License-Identifier: Apache-2.0

//go:build linux

package dyndbg_test

import (
	"bytes"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/debugfs/dyndbg"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmsg"
)

//kerneltest:need modules=../../kmod/reference tools=sed

func TestMain(m *testing.M) { kerneltest.Main(m, "ExampleControl_Enable") }

// load loads debugfs_ex and opens the control file.
func load(t *testing.T) *dyndbg.Control {
	t.Helper()
	kerneltest.Require(t, kerneltest.VM, kerneltest.Config("CONFIG_DYNAMIC_DEBUG"))
	kerneltest.Load(t, "debugfs_ex", nil)
	c, err := dyndbg.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// say makes debugfs_ex print its debug messages, and returns those that it did.
func say(t *testing.T, text string) []string {
	t.Helper()
	dbg, err := debugfs.Open(nil)
	require.NoError(t, err)
	defer dbg.Close()
	return logged(t, func() { require.NoError(t, attr.Set(dbg.File("debugfs_ex/say"), text)) }, "debugfs_ex: ")
}

// logged returns the kernel's lines with a text in them that came meanwhile.
func logged(t *testing.T, do func(), with string) []string {
	t.Helper()
	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	require.NoError(t, err)
	defer log.Close()
	do()
	var all []string
	for r, err := range log.Pending() {
		require.NoError(t, err)
		if strings.Contains(r.Text.String(), with) {
			all = append(all, r.Text.String())
		}
	}
	return all
}

func TestTheListIsWhatAPlainParseFinds(t *testing.T) {
	c := load(t)
	require.Equal(t, "/proc/dynamic_debug/control", c.Path())
	plain := exec.Command("sed", "-nE", `s/^(.+):([0-9]+) \[([^]]*)\]([^ ]*) =([a-z_]+) "(.*)"( class:([^"]*))?$/\1|\2|\3|\4|\5|\8/p`, c.Path())
	out, err := plain.Output()
	require.NoError(t, err)
	var got bytes.Buffer
	n := 0
	for s, err := range c.Sites() {
		require.NoError(t, err)
		got.WriteString(strings.Join([]string{
			s.File.String(), strconv.Itoa(s.Line), s.Module.String(), s.Function.String(), s.Flags.String(), s.Class.String(),
		}, "|") + "\n")
		require.NotEmpty(t, s.Format)
		n++
	}
	require.Greater(t, n, 1000)
	require.Equal(t, string(out), got.String())
}

func TestAModulesSitesAreListedWithTheirFormatsUnescaped(t *testing.T) {
	c := load(t)
	formats := map[string]site{}
	for s, err := range c.Sites() {
		require.NoError(t, err)
		if s.Module.String() == "debugfs_ex" {
			require.Positive(t, s.Line)
			formats[s.Format.String()] = site{function: s.Function.String(), class: s.Class.String(), flags: s.Flags.String()}
			require.True(t, strings.HasSuffix(s.File.String(), "debugfs_ex.c"), s.File)
		}
	}
	require.Equal(t, map[string]site{
		"a tab\t, \"quotes\"; a \\ and 100%% of %zu bytes\n": {function: "murmur", flags: "_"},
		"noise: %s\n": {function: "murmur", class: "EX_NOISE", flags: "_"},
		"said %s\n":   {function: "say_write", flags: "_"},
	}, formats)
}

func TestWhatIsEnabledIsLoggedUntilItIsDisabled(t *testing.T) {
	c := load(t)
	require.Empty(t, say(t, "too early"))

	q := dyndbg.Query{Module: "debugfs_ex", Function: "say_*"}
	n, err := c.Enable(q, 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, []string{"debugfs_ex: said hello"}, say(t, "hello"))

	n, err = c.Enable(q, dyndbg.ModuleName|dyndbg.FunctionName)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, "pmf", flagsOf(t, c, q))
	require.Equal(t, []string{"debugfs_ex:say_write: debugfs_ex: said who"}, say(t, "who"))

	_, err = c.Disable(q, 0)
	require.NoError(t, err)
	require.Equal(t, "mf", flagsOf(t, c, q))
	require.Empty(t, say(t, "too late"))

	_, err = c.Set(q, dyndbg.Print)
	require.NoError(t, err)
	require.Equal(t, "p", flagsOf(t, c, q))
	_, err = c.Set(q, 0)
	require.NoError(t, err)
	require.Equal(t, "_", flagsOf(t, c, q))
}

// flagsOf is the flags of the only site that q names.
func flagsOf(t *testing.T, c *dyndbg.Control, q dyndbg.Query) string {
	t.Helper()
	var all []string
	for s, err := range c.Sites() {
		require.NoError(t, err)
		if q.Match(s) {
			all = append(all, s.Flags.String())
		}
	}
	require.Len(t, all, 1)
	return all[0]
}

// The kernel says how many sites a query has matched, when it is asked to be
// verbose.
func TestTheKernelFindsAsManySitesAsAreCounted(t *testing.T) {
	c := load(t)
	verbose := attr.At("/sys/module/dynamic_debug/parameters/verbose", attr.Param)
	require.NoError(t, attr.Set(verbose, 3))
	t.Cleanup(func() { require.NoError(t, attr.Set(verbose, 0)) })

	say, murmur := lineOf(t, c, "say_write"), lineOf(t, c, "murmur")
	type query = dyndbg.Query
	for _, tt := range []struct {
		q query
		n int // -1: as many as the kernel says
	}{
		{query{Module: "debugfs_ex"}, 2},
		{query{Module: "debugfs_e?", Class: "EX_NOISE"}, 1},
		{query{Module: "debugfs_ex", Class: "NO_SUCH"}, 0},
		{query{Module: "debugfs_*", Function: "mur*"}, 1},
		{query{Module: "debugfs_ex", Function: "murmurs"}, 0},
		{query{File: "debugfs_ex.c"}, 2},
		{query{File: "*debugfs_ex.c"}, 2},
		{query{File: "debugfs_ex.c", Lines: dyndbg.Line(say)}, 1},
		{query{File: "debugfs_ex.c", Lines: dyndbg.Line(say + 1)}, 0},
		{query{File: "debugfs_ex.c", Lines: dyndbg.Lines{First: murmur}}, 2},
		{query{File: "debugfs_ex.c", Lines: dyndbg.Lines{Last: murmur}}, 1},
		{query{Module: "debugfs_ex", Lines: dyndbg.Lines{First: murmur, Last: say}}, 2},
		{query{Module: "debugfs_ex", Lines: dyndbg.Lines{Last: say - 1}}, 1},
		{query{Module: "debugfs_ex", Format: "said %s"}, 1},
		{query{Module: "debugfs_ex", Format: `"quotes"; a \ and 100%%`}, 1},
		{query{Module: "debugfs_ex", Format: "a tab\t,"}, 1},
		{query{Module: "debugfs_ex", Format: "bytes\n"}, 1},
		{query{Module: "debugfs_ex", FormatPrefix: "said"}, 1},
		{query{Module: "debugfs_ex", FormatPrefix: "aid"}, 0},
		{query{Module: "debugfs_ex", File: "debugfs_ex.c", Lines: dyndbg.Line(say), Function: "say_write", FormatPrefix: "said"}, 1},
		{query{Module: "no such module"}, 0},
		{query{File: "init/main.c"}, -1},
		{query{File: "main.c"}, -1},
		{query{File: "drivers/base/*"}, -1},
		{query{Function: "*_init*"}, -1},
		{query{Format: "ü"}, -1},
	} {
		var n int
		lines := logged(t, func() {
			var err error
			n, err = c.Enable(tt.q, dyndbg.ThreadID)
			require.NoError(t, err, "%v", tt.q)
		}, "processed 1 queries, with ")
		require.Len(t, lines, 1, "%v", tt.q)
		_, rest, _ := strings.Cut(lines[0], "with ")
		count, _, _ := strings.Cut(rest, " matches")
		require.Equal(t, count, strconv.Itoa(n), "%v: %s", tt.q, lines[0])
		if tt.n >= 0 {
			require.Equal(t, tt.n, n, "%v", tt.q)
		}
		_, err := c.Disable(tt.q, dyndbg.ThreadID)
		require.NoError(t, err)
	}
}

// lineOf is the first line of a function of debugfs_ex that has a site.
func lineOf(t *testing.T, c *dyndbg.Control, function string) int {
	t.Helper()
	for s, err := range c.Sites() {
		require.NoError(t, err)
		if s.Module.String() == "debugfs_ex" && s.Function.String() == function {
			return s.Line
		}
	}
	t.Fatal("no site in " + function)
	return 0
}

func TestARefusedQuerySaysTheKernelsReason(t *testing.T) {
	c := load(t)
	for query, want := range map[string]string{
		"module debugfs_ex +Z":              "unknown flag 'Z'; flags parse failed",
		"colour red +p":                     `unknown keyword "colour"; query parse failed`,
		"func a func b +p":                  "match-spec:func val:a overridden by b; query parse failed",
		"line 10-5 +p":                      "last-line:5 < 1st-line:10; query parse failed",
		`file "a +p`:                        "unclosed quote: a +p; tokenize failed",
		"func a file b +p extra":            "bad flag-op e, at start of extra; flags parse failed",
		"module +p":                         "expecting pairs of match-spec <value>; query parse failed",
		"module a line x-y format \x01a +p": "bad line-number: x; query parse failed",
	} {
		err := c.Exec(query)
		require.ErrorIs(t, err, syscall.EINVAL, query)
		e, ok := errors.AsType[*dyndbg.LogError](err)
		require.True(t, ok)
		require.Equal(t, query, e.Query)
		require.GreaterOrEqual(t, len(e.Records), 2)
		require.Contains(t, err.Error(), want)
		require.NotContains(t, err.Error(), "\x01")
		require.Contains(t, err.Error(), "dyndbg: exec "+c.Path())
		require.Equal(t, strings.HasPrefix(want, "unknown"), errors.Is(err, kernlink.ErrNotSupported), query)
	}
	n, err := c.Enable(dyndbg.Query{Module: "debugfs_ex"}, dyndbg.Print|1<<25)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.Contains(t, err.Error(), "unknown flag 'z'")
	require.Zero(t, n)
	require.NoError(t, c.Exec("module debugfs_ex +p"))
	require.Equal(t, "p", flagsOf(t, c, dyndbg.Query{Module: "debugfs_ex", Function: "say_write"}))
}

// A module takes its sites with it, and a list that is being read goes on.
func TestSitesGoWithTheirModule(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	m := kerneltest.Load(t, "debugfs_ex", nil)
	c, err := dyndbg.Open(nil)
	require.NoError(t, err)
	defer c.Close()
	q := dyndbg.Query{Module: "debugfs_ex"}
	n, err := c.Enable(q, 0)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	first := true
	for _, err := range c.Sites() {
		require.NoError(t, err)
		if first {
			first = false
			require.NoError(t, m.Remove(t.Context()))
		}
	}
	n, err = c.Enable(q, 0)
	require.NoError(t, err)
	require.Zero(t, n)
}
