// SPDX-License-Identifier: Apache-2.0

package dyndbg

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Query names call sites: those for which all holds that it says. A zero field
// says nothing.
//
// The kernel reads four words with their values at most, where File and Lines
// are one: of the other four, one must then be zero.
type Query struct {
	// File is the path that [Site.File] has, or its last part, with "*" and
	// "?" for any text and any character.
	File string

	Function string // with "*" and "?"
	Module   string // with "*" and "?"
	Lines    Lines

	// Format is a text that the format has somewhere in it, not escaped;
	// FormatPrefix is one that it begins with. There can be one of them.
	Format, FormatPrefix string

	// Class is the class of the sites. Without it the query names sites that
	// have none.
	Class string
}

// Lines is a range of line numbers, both ends included; 0 is no end.
type Lines struct{ First, Last int }

// Line is the range of one line.
func Line(n int) Lines { return Lines{n, n} }

// String returns the range as the kernel takes it: "10", "10-20", "10-".
func (l Lines) String() string {
	var first, last string
	if l.First > 0 {
		first = strconv.Itoa(l.First)
	}
	if l.First == l.Last {
		return first
	}
	if l.Last > 0 {
		last = strconv.Itoa(l.Last)
	}
	return first + "-" + last
}

func (l Lines) check() error {
	switch {
	case l.First < 0, l.Last < 0, l.First > math.MaxInt32, l.Last > math.MaxInt32:
		return refused("no line numbers: %d to %d", l.First, l.Last)
	case l.Last > 0 && l.Last < l.First:
		return refused("the last line %d is before the first %d", l.Last, l.First)
	}
	return nil
}

func (l Lines) has(n int) bool { return n >= l.First && (l.Last == 0 || n <= l.Last) }

// String returns the query in the kernel's language, or what is wrong with it.
func (q Query) String() string {
	text, err := q.AppendText(nil)
	if err != nil {
		return "!(" + err.Error() + ")"
	}
	return string(text)
}

// maxWords is how many words with a value the kernel takes.
const maxWords = 4

// AppendText appends the query in the kernel's language, without flags:
//
//	module debugfs_ex func "say_*" format "said\040"
//
// errors.Is finds [io/fs.ErrInvalid] for what this language has no words for.
func (q Query) AppendText(b []byte) ([]byte, error) {
	if q == (Query{}) {
		return b, refused("an empty query names all call sites: say Module \"*\"")
	}
	if err := q.check(); err != nil {
		return b, err
	}
	words := 0
	word := func(keyword, value string) {
		if value == "" {
			return
		}
		if words++; words > 1 {
			b = append(b, ' ')
		}
		b = append(append(b, keyword...), ' ')
		b = appendQuoted(b, value)
	}
	word("module", q.Module)
	lines := q.Lines.String()
	switch {
	case q.File != "" && lines != "":
		word("file", q.File+":"+lines)
	default:
		word("file", q.File)
		word("line", lines)
	}
	word("func", q.Function)
	word("class", q.Class)
	switch {
	case q.FormatPrefix != "":
		word("format", "^"+escape(q.FormatPrefix))
	case q.Format != "":
		word("format", escape(q.Format))
	}
	if words > maxWords {
		return b, refused("%d words with a value, and the kernel takes %d", words, maxWords)
	}
	return b, nil
}

// check refuses what the kernel would read as something else.
func (q Query) check() error {
	for _, f := range []struct{ name, value string }{
		{"File", q.File}, {"Function", q.Function}, {"Module", q.Module}, {"Class", q.Class},
	} {
		if i := strings.IndexFunc(f.value, unspeakable); i >= 0 {
			return refused("%s has %q in it: %q", f.name, f.value[i:i+1], f.value)
		}
	}
	switch {
	case strings.Contains(q.File, ":"):
		return refused("File has \":\" in it, which the kernel takes for its end: %q", q.File)
	case q.Format != "" && q.FormatPrefix != "":
		return refused("both Format and FormatPrefix")
	case strings.HasPrefix(q.Format, "^"):
		return refused("Format begins with \"^\", which the kernel takes for a mark: FormatPrefix has one of its own")
	case strings.Contains(q.Format+q.FormatPrefix, "\x00"):
		return refused("a zero byte in a format")
	}
	return q.Lines.check()
}

// unspeakable is for what cannot stand in a name: a quote ends it, a semicolon
// and a newline end the query, quoted or not, and a percent sign may do so one
// day.
func unspeakable(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == ';' || r == '%' }

// appendQuoted quotes a value where the kernel could take it for more than one
// word.
func appendQuoted(b []byte, value string) []byte {
	if strings.IndexFunc(value, notPlain) < 0 {
		return append(b, value...)
	}
	b = append(b, '"')
	b = append(b, value...)
	return append(b, '"')
}

func notPlain(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("_./*?-:", r):
		return false
	}
	return true
}

// escape writes what would end a query or a word in octal, which the kernel
// undoes in a format and nowhere else.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == ';', c == '%':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
