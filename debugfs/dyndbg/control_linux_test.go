// SPDX-License-Identifier: Apache-2.0

package dyndbg_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs/dyndbg"
)

// fixture is a control file in an ordinary folder.
func fixture(t testing.TB, text string) *dyndbg.Control {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "control"), []byte(text), 0o644))
	c, err := dyndbg.OpenAt(dir, nil)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func captured(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/control")
	require.NoError(t, err)
	return string(b)
}

func TestAllSitesButTheHeadingAreListed(t *testing.T) {
	var functions []string
	for s, err := range fixture(t, captured(t)).Sites() {
		require.NoError(t, err)
		functions = append(functions, s.Function.String())
	}
	require.Equal(t, []string{
		"initcall_blacklist", "run_init_process", "policydb_index", "dev_uevent", "murmur", "murmur", "say_write",
	}, functions)
}

func TestALineThatIsNoSiteDoesNotEndTheLoop(t *testing.T) {
	c := fixture(t, "a.c:1 [m]f =_ \"x\"\nnonsense\na.c:2 [m]f =_ \"x\"")
	var got []int
	for s, err := range c.Sites() {
		if err != nil {
			require.ErrorIs(t, err, dyndbg.ErrMalformed)
			require.Contains(t, err.Error(), c.Path())
		}
		got = append(got, s.Line)
	}
	require.Equal(t, []int{1, 0, 2}, got)
}

func TestSitesDoNotAllocateEach(t *testing.T) {
	allocs := func(n int) float64 {
		c := fixture(t, strings.Repeat(captured(t), n))
		q := dyndbg.Query{Module: "debugfs_ex", Format: "100%%"}
		return testing.AllocsPerRun(10, func() {
			found := 0
			for s, err := range c.Sites() {
				if err != nil {
					panic(err)
				}
				if q.Match(s) {
					found++
				}
			}
			if found != n {
				panic(fmt.Sprint(found, " of ", n))
			}
		})
	}
	require.Equal(t, allocs(1), allocs(1000))
}

// What stands in for the kernel is a file, which keeps what was written last.
func TestAQueryIsWrittenInOneWriteAndItsSitesAreCounted(t *testing.T) {
	const sites = "a.c:1 [m]f =_ \"x\"\nb.c:2 [m]g =_ \"x\"\nb.c:3 [n]f =_ \"x\"\n"
	for _, tt := range []struct {
		change func(*dyndbg.Control, dyndbg.Query, dyndbg.Flags) (int, error)
		flags  dyndbg.Flags
		want   string
	}{
		{(*dyndbg.Control).Enable, 0, "module m +p"},
		{(*dyndbg.Control).Enable, dyndbg.Print | dyndbg.ThreadID, "module m +pt"},
		{(*dyndbg.Control).Disable, 0, "module m -p"},
		{(*dyndbg.Control).Set, 0, "module m =_"},
		{(*dyndbg.Control).Set, dyndbg.ModuleName, "module m =m"},
	} {
		c := fixture(t, strings.Repeat("#", len(tt.want))+"\n"+sites)
		n, err := tt.change(c, dyndbg.Query{Module: "m"}, tt.flags)
		require.NoError(t, err)
		b, err := os.ReadFile(c.Path())
		require.NoError(t, err)
		require.Equal(t, tt.want+"\n"+sites, string(b))
		require.Equal(t, 2, n)
	}
}

func TestWhatIsRefusedIsNotWritten(t *testing.T) {
	c := fixture(t, "as it was")
	_, err := c.Enable(dyndbg.Query{}, 0)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.EqualError(t, err, "dyndbg: enable "+c.Path()+": invalid argument: an empty query names all call sites: say Module \"*\"")
	_, err = c.Set(dyndbg.Query{Module: "m"}, 1<<31)
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = c.Enable(dyndbg.Query{Format: strings.Repeat("x", 4096)}, 0)
	require.ErrorIs(t, err, fs.ErrInvalid)
	for _, query := range []string{"", " ", "module a +p; module b +p", "a\nb", "format \"a;b\" +p"} {
		require.ErrorIs(t, c.Exec(query), fs.ErrInvalid, query)
	}
	b, err := os.ReadFile(c.Path())
	require.NoError(t, err)
	require.Equal(t, "as it was", string(b))
}

func TestThereMustBeAControlFile(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		_, err := dyndbg.OpenAt(dir, nil)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorAs(t, err, new(*kernlink.Error))
	}
	c := fixture(t, captured(t))
	require.NoError(t, c.Close())
	require.ErrorIs(t, c.Close(), fs.ErrClosed)
	for _, err := range c.Sites() {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	_, err := c.Enable(dyndbg.Query{Module: "m"}, 0)
	require.ErrorIs(t, err, fs.ErrClosed)
}

func TestAKernelWithoutDynamicDebugSaysWhatItLacks(t *testing.T) {
	c, err := dyndbg.Open(nil)
	if err == nil { // this one has it
		require.NoError(t, c.Close())
		return
	}
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.Contains(t, err.Error(), "CONFIG_DYNAMIC_DEBUG")
}
