// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/kernlink/kernlink/internal/decimal"
)

// The numbers of /proc are scanned by hand; package decimal says why.

func signed(b []byte) (int64, bool) {
	if len(b) > 0 && b[0] == '-' {
		n, ok := decimal.Parse(b[1:])
		return -int64(n), ok && n <= 1<<63
	}
	n, ok := decimal.Parse(b)
	return int64(n), ok && n <= math.MaxInt64
}

// based is for hexadecimal and octal numbers: bits is what a digit carries.
func based(b []byte, bits uint) (uint64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range b {
		d := digitValues[c] - 1 // 255 is too large for any base
		if d >= 1<<bits || n>>(64-bits) != 0 {
			return 0, false
		}
		n = n<<bits | uint64(d)
	}
	return n, true
}

// hex reads the masks of signals and capabilities too, and most of these are
// empty.
func hex(b []byte) (uint64, bool) {
	if string(b) == "0000000000000000" {
		return 0, true
	}
	return based(b, 4)
}

func octal(b []byte) (uint64, bool) { return based(b, 3) }

// digitValues are one more than the digit is worth, and 0 for what is none.
var digitValues = [256]uint8{
	'0': 1, '1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10,
	'a': 11, 'b': 12, 'c': 13, 'd': 14, 'e': 15, 'f': 16,
	'A': 11, 'B': 12, 'C': 13, 'D': 14, 'E': 15, 'F': 16,
}

// narrow makes an int of a number that must be one.
func narrow[T int | int32](n int64, ok bool) (T, bool) {
	t := T(n)
	return t, ok && int64(t) == n
}

// widthOf32 makes a uint32 of a number that must be one.
func widthOf32(n uint64, ok bool) (uint32, bool) {
	return uint32(n), ok && n <= math.MaxUint32
}

// word takes the first word off b, and the white space before it.
func word(b []byte) (first, rest []byte) {
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	j := i
	for j < len(b) && !isSpace(b[j]) {
		j++
	}
	return b[i:j], b[j:]
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// trimBlanks takes the white space off both ends.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// line takes the first line off b, without its newline.
func line(b []byte) (first, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

// lastIndex is bytes.LastIndexByte for a byte that is nearly always near the
// beginning: searching forward goes many bytes at a time.
func lastIndex(b []byte, c byte) int {
	last := -1
	for {
		i := bytes.IndexByte(b[last+1:], c)
		if i < 0 {
			return last
		}
		last += 1 + i
	}
}

// row reads the numbers of a line one after the other. What is missing at the
// end reads as 0 and is not counted.
type row struct {
	b     []byte
	count int
	bad   bool
}

// ended says that only white space is left.
func (r *row) ended() bool {
	first, _ := word(r.b)
	return len(first) == 0
}

func (r *row) uint64() (n uint64) {
	var first []byte
	if first, r.b = word(r.b); len(first) == 0 {
		return 0
	}
	n, ok := decimal.Parse(first)
	r.bad = r.bad || !ok
	r.count++
	return n
}

func (r *row) int() int {
	var first []byte
	if first, r.b = word(r.b); len(first) == 0 {
		return 0
	}
	n, ok := narrow[int](signed(first))
	r.bad = r.bad || !ok
	r.count++
	return n
}

func (r *row) uint32() uint32 {
	n, ok := widthOf32(r.uint64(), true)
	r.bad = r.bad || !ok
	return n
}
