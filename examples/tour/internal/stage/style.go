// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"go/scanner"
	"go/token"
)

// style is how a piece of a line looks in colour: the parameters of the
// terminal's SGR sequence.
type style string

const (
	plain    style = ""
	faint    style = "2"
	strong   style = "1"
	bad      style = "1;31"
	good     style = "1;32"
	caution  style = "33"
	stamp    style = "32" // the time of a log record, as dmesg colours it
	bar      style = "2;36"
	keyword  style = "35"
	literal  style = "32"
	function style = "36"
)

type span struct {
	style style
	text  string
}

type line []span

// highlight colours one line of Go.
func highlight(code string) line {
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(code))
	var sc scanner.Scanner
	sc.Init(file, []byte(code), func(token.Position, string) {}, scanner.ScanComments)
	var out line
	from, name := 0, -1 // where the plain text begins; the span that may be called
	put := func(st style, to int) {
		if to > from {
			out = append(out, span{st, code[from:to]})
			from = to
		}
	}
	for {
		pos, tok, lit := sc.Scan()
		at := file.Offset(pos)
		if tok == token.EOF || tok == token.SEMICOLON && lit == "\n" {
			put(plain, len(code))
			return out
		}
		if tok == token.LPAREN && name >= 0 {
			out[name].style = function
		}
		name = -1
		put(plain, at)
		switch {
		case tok == token.COMMENT:
			put(faint, at+len(lit))
		case tok.IsKeyword():
			put(keyword, at+len(lit))
		case tok == token.IDENT:
			put(plain, at+len(lit))
			name = len(out) - 1
		case tok.IsLiteral():
			put(literal, at+len(lit))
		}
	}
}
