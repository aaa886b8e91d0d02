// SPDX-License-Identifier: Apache-2.0

package dyndbg_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/dyndbg"
)

func FuzzParseSite(f *testing.F) {
	seed, err := os.ReadFile("testdata/control")
	require.NoError(f, err)
	for line := range bytes.Lines(seed) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		s, err := dyndbg.ParseSite(line)
		if err != nil {
			require.Equal(t, before, line)
			return
		}
		require.LessOrEqual(t, len(s.File)+len(s.Module)+len(s.Function)+len(s.Format)+len(s.Class), len(line))
		if bytes.IndexByte(s.Format, '\\') >= 0 || bytes.ContainsAny(before, "\\") {
			return // escapes are not the only way to write them
		}
		text := fmt.Sprintf(`%s:%d [%s]%s =%s "%s"`, s.File, s.Line, s.Module, s.Function, s.Flags, s.Format)
		switch {
		case bytes.HasPrefix(s.Class, []byte("class unknown, _id:")):
			text += " " + s.Class.String()
		case s.Class != nil:
			text += " class:" + s.Class.String()
		}
		want := of(s)
		again, err := dyndbg.ParseSite([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, of(again), text)
	})
}

func FuzzParseFlags(f *testing.F) {
	f.Add("pmflt")
	f.Add("_")
	f.Fuzz(func(t *testing.T, text string) {
		flags, err := dyndbg.ParseFlags(text)
		if err != nil {
			return
		}
		again, err := dyndbg.ParseFlags(flags.String())
		require.NoError(t, err)
		require.Equal(t, flags, again)
	})
}

// What a query is written as, the kernel reads as that query: reread follows
// dynamic-debug-howto.rst.
func FuzzQuery(f *testing.F) {
	f.Add("f.c", "func_*", "mod", "two words", "", "CLASS", 1, 2)
	f.Add("my dir/f.c", "", "", "", "\"%d\";\t\\n\n", "", 0, 7)
	f.Add("", "it's", "#", "", "'", "", 0, 0)
	f.Fuzz(func(t *testing.T, file, function, module, format, start, class string, first, last int) {
		q := dyndbg.Query{
			File: file, Function: function, Module: module, Format: format, FormatPrefix: start, Class: class,
			Lines: dyndbg.Lines{First: first, Last: last},
		}
		text, err := q.AppendText(nil)
		if err != nil {
			return
		}
		require.NotContains(t, string(text), ";")
		require.NotContains(t, string(text), "\n")
		require.NotContains(t, string(text), "%")
		got, ok := reread(string(text))
		require.True(t, ok, "%s", text)
		require.Equal(t, q, got, "%s", text)
	})
}

// reread reads a query as the kernel is documented to.
func reread(text string) (q dyndbg.Query, ok bool) {
	words, ok := words(text)
	if !ok || len(words)%2 != 0 || len(words) > 8 {
		return q, false
	}
	for i := 0; i < len(words); i += 2 {
		value := words[i+1]
		switch words[i] {
		case "module":
			q.Module = value
		case "func":
			q.Function = value
		case "class":
			q.Class = value
		case "file":
			name, lines, ranged := strings.Cut(value, ":")
			if q.File = name; ranged {
				q.Lines, ok = rangeOf(lines)
			}
		case "line":
			q.Lines, ok = rangeOf(value)
		case "format":
			value = octal(value)
			if rest, is := strings.CutPrefix(value, "^"); is {
				q.FormatPrefix = rest
			} else {
				q.Format = value
			}
		default:
			return q, false
		}
	}
	return q, ok
}

// words splits at blanks, outside of quotes of both kinds.
func words(text string) (all []string, ok bool) {
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" || text[0] == '#' {
			return all, true
		}
		end, next := strings.IndexAny(text, " \t=,"), 0
		if quote := text[0]; quote == '"' || quote == '\'' {
			text = text[1:]
			if end = strings.IndexByte(text, quote); end < 0 {
				return nil, false
			}
			next = 1
		}
		if end < 0 {
			end = len(text)
		}
		all = append(all, text[:end])
		text = text[end+next:]
	}
}

func rangeOf(text string) (l dyndbg.Lines, ok bool) {
	first, last, ranged := strings.Cut(text, "-")
	fmt.Sscan(first, &l.First)
	if fmt.Sscan(last, &l.Last); !ranged {
		l.Last = l.First
	}
	return l, true
}

func octal(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		var c byte
		if n, _ := fmt.Sscanf(text, `\%3o`, &c); n == 1 && len(text) >= 4 {
			b.WriteByte(c)
			text = text[4:]
			continue
		}
		b.WriteByte(text[0])
		text = text[1:]
	}
	return b.String()
}
