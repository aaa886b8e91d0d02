// SPDX-License-Identifier: Apache-2.0

package report

import "bytes"

// marker begins each line that package testing writes under
// -test.v=test2json. It ends the line before it, newline or not.
const marker = 0x16

const (
	longestMark = 4096     // as test2json has it: no mark is longer
	longestText = 64 << 10 // what is kept back of a line that does not end
)

// splitter cuts a stream into marked lines and text.
type splitter struct {
	pending []byte
	mid     bool // the beginning of this line of text was handed on already

	mark  func(line []byte)            // without marker and newline
	text  func(b []byte, start bool)   // with newline, if there was one; start: at the beginning of a line
	eager func(unfinished []byte) bool // whether text may be handed on before its line is whole
}

func (s *splitter) write(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexAny(b, "\n\x16")
		switch {
		case i < 0:
			s.pending = append(s.pending, b...)
			b = nil
		case b[i] == '\n':
			s.pending = append(s.pending, b[:i+1]...)
			s.line()
			b = b[i+1:]
		default:
			s.pending = append(s.pending, b[:i]...)
			s.line()
			s.pending = append(s.pending, marker)
			b = b[i+1:]
		}
	}
	s.handOn()
}

// line ends the pending line.
func (s *splitter) line() {
	line := s.pending
	if len(line) > 0 && line[0] == marker && !s.mid {
		s.mark(bytes.TrimRight(line[1:], "\r\n"))
	} else if len(line) > 0 {
		s.text(line, !s.mid)
	}
	s.pending, s.mid = s.pending[:0], false
}

// handOn passes on the beginning of a line of text.
func (s *splitter) handOn() {
	line := s.pending
	if len(line) == 0 {
		return
	}
	if marked := line[0] == marker && !s.mid; marked && len(line) <= longestMark {
		return
	} else if !marked && !s.mid && len(line) <= longestText && !s.eager(line) {
		return
	}
	s.text(line, !s.mid)
	s.pending, s.mid = line[:0], true
}

// flush hands on what is left. A mark that broke off is text: what it was to
// say is unknown.
func (s *splitter) flush() {
	if b := bytes.TrimPrefix(s.pending, []byte{marker}); len(b) > 0 {
		s.text(b, !s.mid)
	}
	s.pending, s.mid = nil, false
}
