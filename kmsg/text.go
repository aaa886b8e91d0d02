// SPDX-License-Identifier: Apache-2.0

package kmsg

import "bytes"

// Text is a piece of a record, unescaped, in memory borrowed from it.
// fmt.Println(rec.Text) prints it as text.
//
// Drivers put into the log what devices and users tell them, so the bytes may
// be anything, control sequences for a terminal included. Print with %q what
// a person shall look at and nobody has checked.
type Text []byte

// String returns a copy.
func (t Text) String() string { return string(t) }

// unescape replaces each \xNN in b by its byte, within b, and returns the
// shortened slice.
//
// The kernel escapes the backslash too, so every other backslash is part of
// an escape that was cut off when the record outgrew the kernel's buffer: it
// is left as it stands.
func unescape(b []byte) []byte {
	to := bytes.IndexByte(b, '\\')
	if to < 0 {
		return b
	}
	for from := to; from < len(b); to++ {
		if c, ok := escaped(b[from:]); ok {
			b[to] = c
			from += len(`\xNN`)
			continue
		}
		b[to] = b[from]
		from++
	}
	return b[:to]
}

// unescaped is unescape for bytes that must stay as they are: it copies them
// when there is something to replace.
func unescaped(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	return unescape(bytes.Clone(b))
}

// escaped decodes the \xNN at the start of b.
func escaped(b []byte) (c byte, ok bool) {
	if len(b) < len(`\xNN`) || b[0] != '\\' || b[1] != 'x' {
		return 0, false
	}
	high, ok1 := hexDigit(b[2])
	low, ok2 := hexDigit(b[3])
	return high<<4 | low, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
