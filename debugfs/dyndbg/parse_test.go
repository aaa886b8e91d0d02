// SPDX-License-Identifier: Apache-2.0

package dyndbg_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs/dyndbg"
)

// site is a Site whose texts can be compared.
type site struct {
	file             string
	line             int
	module, function string
	flags            string
	format, class    string
}

func of(s dyndbg.Site) site {
	return site{s.File.String(), s.Line, s.Module.String(), s.Function.String(), s.Flags.String(), s.Format.String(), s.Class.String()}
}

func TestSitesAreReadAsKernelsPrintThem(t *testing.T) {
	for _, tt := range []struct {
		what, line string
		want       site
	}{
		{"built in", `init/main.c:1397 [main]run_init_process =p "  with arguments:\n"`,
			site{"init/main.c", 1397, "main", "run_init_process", "p", "  with arguments:\n", ""}},
		{"another's module, a raw quote and a raw backslash", `/kbuild/debugfs_ex.c:212 [debugfs_ex]murmur =_ "a tab\t, "quotes"; a \ and 100%% of %zu bytes\n"`,
			site{"/kbuild/debugfs_ex.c", 212, "debugfs_ex", "murmur", "_", "a tab\t, \"quotes\"; a \\ and 100%% of %zu bytes\n", ""}},
		{"a class", `/kbuild/debugfs_ex.c:214 [debugfs_ex]murmur =pmflt "noise: %s\n" class:EX_NOISE`,
			site{"/kbuild/debugfs_ex.c", 214, "debugfs_ex", "murmur", "pmflt", "noise: %s\n", "EX_NOISE"}},
		{"a class without a name", `a.c:1 [m]f =_ "x" class unknown, _id:5`, site{"a.c", 1, "m", "f", "_", "x", "class unknown, _id:5"}},
		{"octal, as before", `a.c:1 [m]f =_ "say \042x\042\011\015\012"`, site{"a.c", 1, "m", "f", "_", "say \"x\"\t\r\n", ""}},
		{"octal that is the format's own", `a.c:1 [m]f =_ "\033[1m \077 \0"`, site{"a.c", 1, "m", "f", "_", `\033[1m \077 \0`, ""}},
		{"a format of a class", `a.c:1 [m]f =_ "x" class:A" class:B`, site{"a.c", 1, "m", "f", "_", `x" class:A`, "B"}},
		{"a format that ends as a class begins", `a.c:1 [m]f =_ "x" class:A"`, site{"a.c", 1, "m", "f", "_", `x" class:A`, ""}},
		{"a format that looks like flags", `a.c:1 [m]f =_ " =p "x""`, site{"a.c", 1, "m", "f", "_", ` =p "x"`, ""}},
		{"an empty format", `a.c:1 [m]f =_ ""`, site{"a.c", 1, "m", "f", "_", "", ""}},
		{"blanks, colons and quotes in the path", `/my dir:2/"a" [b].c:12 [m]f =_ "x"`, site{`/my dir:2/"a" [b].c`, 12, "m", "f", "_", "x", ""}},
		{"flags of a later kernel", `a.c:1 [m]f =pmfsltdxz "x"`, site{"a.c", 1, "m", "f", "pmfsltdxz", "x", ""}},
		{"with its newline", "a.c:1 [m]f =_ \"x\"\n", site{"a.c", 1, "m", "f", "_", "x", ""}},
		{"no function", `a.c:1 [m] =_ "x"`, site{"a.c", 1, "m", "", "_", "x", ""}},
		{"a backslash at the end", `a.c:1 [m]f =_ "x\"`, site{"a.c", 1, "m", "f", "_", `x\`, ""}},
	} {
		s, err := dyndbg.ParseSite([]byte(tt.line))
		require.NoError(t, err, tt.what)
		require.Equal(t, tt.want, of(s), tt.what)
		require.Equal(t, tt.want, of(s.Clone()), tt.what)
	}
}

func TestWhatIsNoSiteIsLeftAlone(t *testing.T) {
	for _, line := range []string{
		"", "\n", `"`, "# filename:lineno [module]function flags format", `a.c:1 [m]f =_ "x`, `a.c:1 [m]f =_ `, `a.c:1 [m]f _ "x"`,
		`a.c:1 [m]f = "x"`, `a.c:1 [m]f =P "x"`, `a.c:1 m]f =_ "x"`, `a.c:1 [mf =_ "x\n"`, `a.c [m]f =_ "x"`, `a.c:x [m]f =_ "x"`,
		`a.c:-1 [m]f =_ "x"`, `a.c:4294967296 [m]f =_ "x"`, `a.c: [m]f =_ "x"`, `a.c:1 [m]f =_"x"`, ` =_ "x\n"`,
	} {
		b := []byte(line)
		s, err := dyndbg.ParseSite(b)
		require.ErrorIs(t, err, dyndbg.ErrMalformed, line)
		e, ok := errors.AsType[*kernlink.Error](err)
		require.True(t, ok)
		require.Equal(t, "dyndbg", e.Channel)
		require.Zero(t, s)
		require.Equal(t, line, string(b), "as it was")
	}
}

func TestACloneOutlivesTheLine(t *testing.T) {
	line := []byte(`a.c:1 [m]f =p "x\n" class:C`)
	s, err := dyndbg.ParseSite(line)
	require.NoError(t, err)
	c := s.Clone()
	clear(line)
	require.Equal(t, site{"a.c", 1, "m", "f", "p", "x\n", "C"}, of(c))
	require.Nil(t, dyndbg.Site{}.Clone().Class)
	require.EqualValues(t, 1, testing.AllocsPerRun(100, func() { c.Clone() }))
}

func TestFlagsAreLettersInTheKernelsOrder(t *testing.T) {
	for text, want := range map[string]dyndbg.Flags{
		"_": 0, "p": dyndbg.Print, "pmflt": dyndbg.Print | dyndbg.ModuleName | dyndbg.FunctionName | dyndbg.LineNumber | dyndbg.ThreadID,
		"pmfsltd": dyndbg.Print | dyndbg.ModuleName | dyndbg.FunctionName | dyndbg.SourceName | dyndbg.LineNumber | dyndbg.ThreadID | dyndbg.StackTrace,
		"paz":     dyndbg.Print | 1 | 1<<25,
	} {
		f, err := dyndbg.ParseFlags(text)
		require.NoError(t, err, text)
		require.Equal(t, want, f, text)
		require.Equal(t, text, f.String())
	}
	f, err := dyndbg.ParseFlags("tlp")
	require.NoError(t, err)
	require.Equal(t, "plt", f.String())
	require.True(t, f.Has(dyndbg.Print|dyndbg.ThreadID))
	require.False(t, f.Has(dyndbg.Print|dyndbg.ModuleName))
	require.True(t, f.Has(0))
	for _, text := range []string{"", "=p", "P", "p_", "_p", "p ", "é"} {
		_, err := dyndbg.ParseFlags(text)
		require.ErrorIs(t, err, dyndbg.ErrMalformed, text)
	}
}
