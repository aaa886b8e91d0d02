// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func val(name, value string) Param { return Param{Name: name, Value: value, HasValue: true} }
func flag(name string) Param       { return Param{Name: name} }

// What the kernel sees, word by word. The tests in the VM hold Split against
// the kernel itself.
var splits = map[string]struct {
	line string
	want []Param
}{
	"empty":                         {"", nil},
	"only space":                    {" \t\n ", nil},
	"plain":                         {"cnt=2 args=a,b", []Param{val("cnt", "2"), val("args", "a,b")}},
	"much space":                    {"  a=1 \t\v\f\r\n b=2  ", []Param{val("a", "1"), val("b", "2")}},
	"no-break space separates":      {"a=1\xa0b=2", []Param{val("a", "1"), val("b", "2")}},
	"part of a letter separates":    {"a=voilà! b", []Param{val("a", "voil\xc3"), flag("!"), flag("b")}},
	"bare name":                     {"debug", []Param{flag("debug")}},
	"empty value":                   {"a= b=", []Param{val("a", ""), val("b", "")}},
	"space before equals":           {"num =3", []Param{flag("num"), flag("=3")}},
	"leading equals":                {"=x =a=b", []Param{flag("=x"), val("=a", "b")}},
	"equals in the value":           {"a=b=c", []Param{val("a", "b=c")}},
	"quoted value":                  {`words="a,b c,d"`, []Param{val("words", "a,b c,d")}},
	"quoted empty":                  {`a="" b`, []Param{val("a", ""), flag("b")}},
	"quoted word":                   {`"a=b c" d`, []Param{val("a", "b c"), flag("d")}},
	"quoted name":                   {`"a b"=1`, []Param{val(`a b"`, "1")}},
	"quoted bare name":              {`"a b" c`, []Param{flag("a b"), flag("c")}},
	"quotes inside are kept":        {`words=a,"b c",d`, []Param{val("words", `a,"b c",d`)}},
	"text after the quote":          {`a="b"c d`, []Param{val("a", `b"c`), flag("d")}},
	"backslash is no escape":        {`a="q\"x" b`, []Param{val("a", `q\"x" b`)}},
	"single quote is none":          {`a='b c'`, []Param{val("a", "'b"), flag("c'")}},
	"doubled quotes":                {`a=""x y""`, []Param{val("a", `"x`), flag(`y""`)}},
	"doubled quotes without space":  {`a=""x""`, []Param{val("a", `"x"`)}},
	"newline within quotes":         {"a=\"b\nc\"", []Param{val("a", "b\nc")}},
	"open quote":                    {`a="b c`, []Param{val("a", "b c")}},
	"only a quote as value":         {`a="`, []Param{val("a", "")}},
	"only a quote":                  {`"`, []Param{flag("")}},
	"two quotes":                    {`"" a`, []Param{flag(""), flag("a")}},
	"word and value quoted":         {`"a="b c"`, []Param{val("a", "b"), flag(`c"`)}},
	"end mark":                      {"a=1 -- b=2", []Param{val("a", "1")}},
	"quoted end mark":               {`a=1 "--" b=2`, []Param{val("a", "1")}},
	"end mark in quotes is text":    {`a="x -- y" b`, []Param{val("a", "x -- y"), flag("b")}},
	"end mark with a value is none": {"--=1 b", []Param{val("--", "1"), flag("b")}},
	"NUL ends":                      {"a=1\x00 b=2", []Param{val("a", "1")}},
}

func TestSplitSeesWhatTheKernelSees(t *testing.T) {
	for name, c := range splits {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, slices.Collect(Split(c.line)))
		})
	}
}

func TestSplitAllocatesNothing(t *testing.T) {
	n := 0
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for p := range Split(`cnt=2 words="a,b c,d" debug`) {
			n += len(p.Name)
		}
	}))
}

func TestParseRefusesWhatNobodyCanMean(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"NUL":               {"a=1\x00", "modparam: parse: byte 3 is a NUL, where the kernel would end the string"},
		"open quote":        {`a=1 b="c d=2`, "modparam: parse b: a double quote is not closed, the kernel would take all that follows for the value"},
		"open quote inside": {`size=5" d=2`, "modparam: parse size: a double quote is not closed, the kernel would take all that follows for the value"},
		"no name":           {`a "" b`, "modparam: parse: parameter 2 has no name"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.line)
			require.EqualError(t, err, c.want)
			var e *kernlink.Error
			require.ErrorAs(t, err, &e)
			require.Nil(t, got)
		})
	}
}

func TestParseLeavesOutWhatFollowsTheEndMark(t *testing.T) {
	got, err := Parse(`a=1 -- "b`)
	require.NoError(t, err)
	require.Equal(t, []Param{val("a", "1")}, got)
}

func TestDashAndUnderscoreAreEqualInNames(t *testing.T) {
	require.True(t, flag("a-b_c").Is("a_b-c"))
	require.False(t, flag("a-b").Is("A-b"))
	require.False(t, flag("a-b").Is("a-b-"))
}

func FuzzParse(f *testing.F) {
	for _, c := range splits {
		f.Add(c.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		seen := slices.Collect(Split(line))
		params, err := Parse(line)
		if err != nil {
			return
		}
		require.Equal(t, seen, params)
		// What has names that can be names can be written again.
		again, err := Marshal(params)
		if err != nil {
			return
		}
		back, err := Parse(again)
		require.NoError(t, err)
		require.Equal(t, params, back)
	})
}
