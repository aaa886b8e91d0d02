// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestFormatKeepsTextPlainWhereNothingIsLost(t *testing.T) {
	for _, tt := range []struct {
		in   any
		want string
	}{
		{"plain text", "plain text"},
		{"", `""`},
		{" a; ", `" a; "`},
		{[]byte("bytes"), "bytes"},
		{[]string{"a", "b"}, "[a b]"},
		{3 * time.Second, "3s"},
		{"red\x1b[31m", `red\x1b[31m`},
		{"broken\xff, “quotes”", `broken\xff, “quotes”`},
	} {
		require.Equal(t, tt.want, format(tt.in))
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"", []string{""}},
		{"0123456789", []string{"0123456789"}},
		{"01234 56789", []string{"01234", "56789"}},
		{"012345678901", []string{"0123456789", "01"}},
		{" 0123456789", []string{" 012345678", "9"}},
		{"äöüßäöüßäö ü", []string{"äöüßäöüßäö", "ü"}},
	} {
		require.Equal(t, tt.want, wrap(tt.in, 10), "%q", tt.in)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("echo: module verification failed: signature and/or required key missing", 20)
	f.Add("   ", 1)
	f.Fuzz(func(t *testing.T, text string, width int) {
		if !utf8.ValidString(text) {
			return // it comes through printable
		}
		lines := wrap(text, width)
		for _, l := range lines {
			require.LessOrEqual(t, utf8.RuneCountInString(l), max(width, 1))
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		require.Equal(t, squeeze(text), squeeze(strings.Join(lines, "")), "only spaces are lost")
	})
}

func TestHighlightChangesNoText(t *testing.T) {
	for _, code := range []string{
		"",
		"for rec, err := range log.All(ctx) { // waits",
		"    Name string `param:\"name\"`",
		`tour.Show("a b", 'x', 12, kmsg.Text("ä"))`,
		"a comment that began /* above */ `and a string that is open",
	} {
		var text strings.Builder
		for _, s := range highlight(code) {
			text.WriteString(s.text)
		}
		require.Equal(t, code, text.String())
	}
	require.Contains(t, highlight("return f(x)"), span{keyword, "return"})
	require.Contains(t, highlight("return f(x)"), span{function, "f"})
}

func TestColorAsTheEnvironmentWants(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out") // no terminal
	require.NoError(t, err)
	defer file.Close()
	for _, tt := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"FORCE_COLOR": "1"}, true},
		{map[string]string{"FORCE_COLOR": "0"}, false},
		{map[string]string{"FORCE_COLOR": "1", "NO_COLOR": "1"}, false},
		{map[string]string{"FORCE_COLOR": "1", "NO_COLOR": ""}, true},
	} {
		require.Equal(t, tt.want, Color(file, func(key string) string { return tt.env[key] }), "%v", tt.env)
	}
}
