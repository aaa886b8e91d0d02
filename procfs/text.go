// SPDX-License-Identifier: Apache-2.0

package procfs

import "math"

// Text is what a process or a user named something, as raw bytes.
// fmt.Println(st.Comm) prints it as text.
//
// A process names itself, so the bytes may be anything, newlines and control
// sequences for a terminal included. Print with %q what a person shall look at
// and nobody has checked.
type Text []byte

// String returns a copy.
func (t Text) String() string { return string(t) }

// unmangle undoes in place what the kernel does to blanks and backslashes in
// the paths of its lists of mounts, seq_path(): \040 in octal.
func unmangle(b []byte) []byte {
	out := b[:0]
	for len(b) > 0 {
		if len(b) >= 4 && b[0] == '\\' {
			if c, ok := octal(b[1:4]); ok && c <= math.MaxUint8 {
				out, b = append(out, byte(c)), b[4:]
				continue
			}
		}
		out, b = append(out, b[0]), b[1:]
	}
	return out
}

// unescape appends the text of a name as the status file escapes it: \n for a
// newline and \\ for a backslash. Any other backslash is left as it stands.
func unescape(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '\\' && i+1 < len(b) {
			switch b[i+1] {
			case 'n':
				c, i = '\n', i+1
			case '\\':
				i++
			}
		}
		dst = append(dst, c)
	}
	return dst
}
