// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"iter"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/lines"
)

// parser takes the lines of a table one after the other. ok is false where
// there is no record, as for a heading. What it returns borrows from the line,
// and from the parser's own memory.
type parser[T any] interface {
	line(b []byte) (v T, ok bool, problem string)
	end() (v T, ok bool, problem string)
}

// rows is the parser of a table of which each line says all.
type rows[T any] func(line []byte) (v T, ok bool, problem string)

func (r rows[T]) line(b []byte) (T, bool, string) { return r(b) }

func (r rows[T]) end() (v T, ok bool, problem string) { return v, false, "" }

// plain is rows for a function that knows no heading.
func plain[T any](parse func(line []byte) (T, string)) rows[T] {
	return func(b []byte) (T, bool, string) {
		v, problem := parse(b)
		return v, true, problem
	}
}

// below is plain for a table with so many lines of heading.
func below[T any](headings int, parse func(line []byte) (T, string)) rows[T] {
	return func(b []byte) (v T, ok bool, problem string) {
		if headings > 0 {
			headings--
			return v, false, ""
		}
		v, problem = parse(b)
		return v, true, problem
	}
}

// blocks is the parser of a table whose records have several lines each. They
// are put together in memory of its own.
type blocks[T any] struct {
	starts     func(line []byte) bool
	blank      bool // the line that starts one is no part of it
	parse      func(block []byte) (T, string)
	text, last []byte
}

// firstBlock has room for a block as most are.
const firstBlock = 8 << 10

// newBlocks has room for two blocks as most are: one is gathered while the
// other is lent.
func newBlocks[T any](b blocks[T]) *blocks[T] {
	b.text, b.last = make([]byte, 0, firstBlock), make([]byte, 0, firstBlock)
	return &b
}

func (t *blocks[T]) line(b []byte) (v T, ok bool, problem string) {
	if t.starts(b) && len(t.text) > 0 {
		v, ok, problem = t.end()
	}
	if !t.blank || !t.starts(b) {
		t.text = append(append(t.text, b...), '\n')
	}
	return v, ok, problem
}

func (t *blocks[T]) end() (v T, ok bool, problem string) {
	if t.text, t.last = t.last[:0], t.text; len(t.last) == 0 {
		return v, false, ""
	}
	v, problem = t.parse(t.last)
	return v, true, problem
}

// table goes through a file of /proc. begin makes the parser of one loop. needs
// is what a kernel without the file lacks, or empty where something else may
// be missing.
func table[T any](f attr.File, needs string, begin func() parser[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		fd, err := f.Open()
		if err != nil {
			if needs != "" {
				err = lacking(err, needs)
			}
			yield(none, err)
			return
		}
		l := lines.New(fd)
		defer l.Close()
		t := turns[T]{parser: begin(), path: f.Path(), yield: yield}
		for {
			b, err := l.Next()
			if err != nil {
				yield(none, f.ReadFailure("read", fd, err))
				return
			}
			if b == nil {
				t.ended()
				return
			}
			if !t.line(b) {
				return
			}
		}
	}
}

// text goes through a table that was captured.
func text[T any](b []byte, begin func() parser[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		t := turns[T]{parser: begin(), yield: yield}
		for rest := b; len(rest) > 0; {
			var one []byte
			if one, rest = line(rest); !t.line(one) {
				return
			}
		}
		t.ended()
	}
}

// turns yields what a parser makes of lines. A line that is none is an error
// in the place of its record.
type turns[T any] struct {
	parser parser[T]
	path   string
	yield  func(T, error) bool
}

func (t *turns[T]) line(b []byte) bool {
	v, ok, problem := t.parser.line(b)
	return t.turn(b, v, ok, problem)
}

func (t *turns[T]) ended() {
	v, ok, problem := t.parser.end()
	t.turn(nil, v, ok, problem)
}

func (t *turns[T]) turn(b []byte, v T, ok bool, problem string) bool {
	switch {
	case problem != "":
		var none T
		return t.yield(none, malformed(t.path, b, problem))
	case ok:
		return t.yield(v, nil)
	}
	return true
}

// one makes the exported parser of a line of the one that tells a problem.
func one[T any](b []byte, parse func([]byte) (T, string)) (T, error) {
	v, problem := parse(trimNewline(b))
	if problem != "" {
		var none T
		return none, malformed("", b, problem)
	}
	return v, nil
}

func trimNewline(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		return b[:n-1]
	}
	return b
}

// text takes the next word of a row.
func (r *row) text() (t Text) {
	var first []byte
	if first, r.b = word(r.b); len(first) == 0 {
		return nil
	}
	r.count++
	return first
}

// hex takes the next number in hexadecimal.
func (r *row) hex() uint64 {
	t := r.text()
	if len(t) == 0 {
		return 0
	}
	n, ok := hex(t)
	r.bad = r.bad || !ok
	return n
}

// rest is what is left of a row, without the blanks around it.
func (r *row) rest() Text { return trimBlanks(r.b) }
