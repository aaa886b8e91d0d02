// SPDX-License-Identifier: Apache-2.0

package dyndbg

import (
	"bytes"
)

// Match reports whether the query names the site, by the kernel's own rules.
// It does not look at whether the query has a text. It allocates nothing.
func (q Query) Match(s Site) bool {
	switch {
	case q.Module != "" && !wild(q.Module, s.Module),
		q.Function != "" && !wild(q.Function, s.Function),
		q.File != "" && !wild(q.File, s.File) && !wild(q.File, base(s.File)),
		!q.Lines.has(s.Line),
		q.Class != string(s.Class):
		return false
	case q.FormatPrefix != "":
		return len(s.Format) >= len(q.FormatPrefix) && string(s.Format[:len(q.FormatPrefix)]) == q.FormatPrefix
	case q.Format != "":
		return contains(s.Format, q.Format)
	}
	return true
}

func base(path Text) Text { return path[bytes.LastIndexByte(path, '/')+1:] }

// contains is bytes.Contains for a text, which would have to be copied.
func contains(b []byte, text string) bool {
	for i := 0; i+len(text) <= len(b); i++ {
		if string(b[i:i+len(text)]) == text {
			return true
		}
	}
	return false
}

// wild matches "*" with any text and "?" with any byte. Only the last "*" that
// was met can still take more.
func wild(pattern string, b []byte) bool {
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(b) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == b[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
