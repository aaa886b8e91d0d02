// SPDX-License-Identifier: Apache-2.0

package dyndbg

import (
	"bytes"
	"math"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Text is a piece of a line, in memory that is borrowed. fmt.Println(site.File)
// prints it as text.
type Text []byte

// String returns a copy.
func (t Text) String() string { return string(t) }

// Site is one call in the kernel's code that may print a debug message.
//
// Its texts lie in the memory that it was parsed from: what a loop yields is
// good until the next turn. [Site.Clone] makes one that lasts.
type Site struct {
	File     Text // as the kernel was built: "init/main.c", absolute for others' modules
	Line     int
	Module   Text // or, for what is built in, the file's name without its end
	Function Text
	Flags    Flags

	// Format is what the message is made of, printf(9), with the kernel's
	// escapes undone. The kernel does not escape a backslash, so one before
	// an n cannot be told from a newline.
	Format Text

	Class Text // or empty
}

// Clone returns a copy that shares no memory with s. It allocates once.
func (s Site) Clone() Site {
	b := make([]byte, 0, len(s.File)+len(s.Module)+len(s.Function)+len(s.Format)+len(s.Class))
	for _, t := range []*Text{&s.File, &s.Module, &s.Function, &s.Format, &s.Class} {
		if *t == nil {
			continue
		}
		n := len(b)
		b = append(b, *t...)
		*t = b[n:len(b):len(b)]
	}
	return s
}

// ParseSite takes one line of the control file apart:
//
//	init/main.c:1397 [main]run_init_process =p "  with arguments:\n"
//
// The Site borrows b from then on, and b is no longer what it was: the format
// is unescaped in its place. errors.Is finds [ErrMalformed] for another line,
// the first of the file ("# filename:lineno ...") included. It allocates for
// an error only.
func ParseSite(b []byte) (Site, error) {
	s, problem := parseSite(b)
	if problem != "" {
		return Site{}, malformed("", b, problem)
	}
	return s, nil
}

// parseSite does not fill in a Site by halves, and leaves b alone when it
// fails.
func parseSite(b []byte) (Site, string) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	head, flags, rest, ok := cutFlags(b)
	if !ok {
		return Site{}, "no flags and no format"
	}
	s := Site{Flags: flags}
	format, class, ok := cutFormat(rest)
	if !ok {
		return Site{}, "the format does not end"
	}
	i := bytes.LastIndex(head, []byte(" ["))
	if i < 0 {
		return Site{}, "no module"
	}
	where, names := head[:i], head[i+2:]
	j := bytes.IndexByte(names, ']')
	if j < 0 {
		return Site{}, "no module"
	}
	s.Module, s.Function = Text(names[:j]), Text(names[j+1:])
	colon := bytes.LastIndexByte(where, ':')
	if colon < 0 {
		return Site{}, "no line number"
	}
	line, ok := decimal.Parse(where[colon+1:])
	if !ok || line > math.MaxInt32 {
		return Site{}, "no line number"
	}
	s.File, s.Line = Text(where[:colon]), int(line)
	s.Format, s.Class = Text(unescape(format)), class
	return s, ""
}

// cutFlags cuts a line around the first ` =FLAGS "`.
func cutFlags(b []byte) (head []byte, f Flags, rest []byte, ok bool) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '"')
		if i < 1 {
			return nil, 0, nil, false
		}
		at += i
		before := b[:at-1]
		if eq := bytes.LastIndex(before, []byte(" =")); b[at-1] == ' ' && eq >= 0 {
			if f, ok := parseFlags(before[eq+2:]); ok {
				return before[:eq], f, b[at+1:], true
			}
		}
		at++
	}
}

var (
	classMark   = []byte(`" class:`)
	unknownMark = []byte(`" class unknown, _id:`)
)

// cutFormat cuts what follows the quote before the format: the kernel does not
// escape quotes in it.
func cutFormat(b []byte) (format []byte, class Text, ok bool) {
	if len(b) > 0 && b[len(b)-1] == '"' {
		return b[:len(b)-1], nil, true
	}
	if i := bytes.LastIndex(b, classMark); i >= 0 {
		return b[:i], Text(b[i+len(classMark):]), true
	}
	if i := bytes.LastIndex(b, unknownMark); i >= 0 {
		return b[:i], Text(b[i+len(`" `):]), true
	}
	return nil, nil, false
}

// unescape undoes in place what the kernel escapes in a format: \t, \r, \n,
// and before 6.0 or so the same and the quote in octal. Any other backslash is
// the format's own.
func unescape(b []byte) []byte {
	to := bytes.IndexByte(b, '\\')
	if to < 0 {
		return b
	}
	for from := to; from < len(b); to++ {
		c, n := escaped(b[from:])
		b[to] = c
		from += n
	}
	return b[:to]
}

// escaped is the first byte of b, and of how many bytes it was made.
func escaped(b []byte) (c byte, n int) {
	if b[0] == '\\' && len(b) > 1 {
		switch b[1] {
		case 't':
			return '\t', 2
		case 'r':
			return '\r', 2
		case 'n':
			return '\n', 2
		}
		if len(b) > 3 && b[1] == '0' {
			switch string(b[1:4]) {
			case "011":
				return '\t', 4
			case "012":
				return '\n', 4
			case "015":
				return '\r', 4
			case "042":
				return '"', 4
			}
		}
	}
	return b[0], 1
}
