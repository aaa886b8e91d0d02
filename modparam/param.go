// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"iter"
	"strings"
)

// Param is one word of a parameter string.
type Param struct {
	Name     string // as written: '-' and '_' are equal, see [Param.Is]
	Value    string // without the quotes that the kernel takes away
	HasValue bool   // false for a bare name, which sets a bool
}

// Is reports whether the kernel takes name for this parameter's name: '-' and
// '_' are equal, upper and lower case are not.
func (p Param) Is(name string) bool { return sameName(p.Name, name) }

// Split yields the parameters that the kernel sees in s, whatever s is: a
// module's parameters, the line in /proc/cmdline.
//
// It never fails. As in the kernel a quote that is not closed reaches to the
// end, a NUL ends the string, and so does the bare word --. [Parse] is the
// call that objects.
//
// Nothing is allocated: names and values are parts of s.
//
// It follows parse_args in kernel/params.c and next_arg in lib/cmdline.c.
func Split(s string) iter.Seq[Param] {
	return func(yield func(Param) bool) {
		if end := strings.IndexByte(s, 0); end >= 0 {
			s = s[:end]
		}
		for s = skipSpace(s); s != ""; {
			var w word
			w, s = nextWord(s)
			if w.ends() || !yield(w.Param) {
				return
			}
		}
	}
}

// Parse returns the parameters that the kernel sees in s, in order; a name
// may come several times, and to the kernel the last one counts. What follows
// the bare word -- is not for the module and is left out, as the kernel does.
//
// It refuses what the kernel would accept and nobody can have meant: a NUL,
// which would cut the string short, a quote that is not closed and so takes
// in all that follows, and a word without a name.
//
// Errors are *kernlink.Error. Names and values are parts of s.
func Parse(s string) ([]Param, error) {
	params, _, err := parse("parse", s)
	return params, err
}

// parse is Parse, and returns what follows -- too.
func parse(op, s string) (params []Param, after string, err error) {
	if at := strings.IndexByte(s, 0); at >= 0 {
		return nil, "", failed(op, "", refuse("byte %d is a NUL, where the kernel would end the string", at))
	}
	for s = skipSpace(s); s != ""; {
		var w word
		w, s = nextWord(s)
		switch {
		case w.open:
			return nil, "", failed(op, w.Name, refuse("a double quote is not closed, the kernel would take all that follows for the value"))
		case w.ends():
			return params, s, nil
		case w.Name == "":
			return nil, "", failed(op, "", refuse("parameter %d has no name", len(params)+1))
		}
		params = append(params, w.Param)
	}
	return params, "", nil
}

// word is a Param on its way out of the parser.
type word struct {
	Param
	open bool // a quote was not closed
}

// ends reports whether the word is the -- that ends the parameters.
func (w word) ends() bool { return w.Name == "--" && !w.HasValue }

// nextWord takes the first word from s, which is not empty and begins with
// no space, and returns what follows it.
func nextWord(s string) (w word, rest string) {
	whole := s[0] == '"'
	if whole {
		s = s[1:]
	}
	end, equals := 0, 0
	w.open = whole
	for ; end < len(s) && (w.open || !isSpace(s[end])); end++ {
		switch s[end] {
		case '"':
			w.open = !w.open
		case '=':
			if equals == 0 { // so a '=' in the first place belongs to the name
				equals = end
			}
		}
	}
	text, rest := s[:end], skipSpace(s[end:])
	if equals == 0 {
		if whole {
			text = strings.TrimSuffix(text, `"`)
		}
		w.Name = text
		return w, rest
	}
	w.Name, w.Value, w.HasValue = text[:equals], text[equals+1:], true
	value, quoted := strings.CutPrefix(w.Value, `"`)
	if quoted || whole {
		w.Value = strings.TrimSuffix(value, `"`)
	}
	return w, rest
}

func skipSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// isSpace is the kernel's isspace, of lib/ctype.c: it knows Latin-1's
// no-break space, which as a byte is a part of many UTF-8 characters.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' || c == 0xa0 }
