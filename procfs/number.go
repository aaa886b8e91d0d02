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
		d := uint64(16)
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c && c <= 'f':
			d = uint64(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = uint64(c-'A') + 10
		}
		if d >= 1<<bits || n>>(64-bits) != 0 {
			return 0, false
		}
		n = n<<bits | d
	}
	return n, true
}

func hex(b []byte) (uint64, bool)   { return based(b, 4) }
func octal(b []byte) (uint64, bool) { return based(b, 3) }

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
	at    int
	count int
	bad   bool
}

// ended says that only white space is left.
func (r *row) ended() bool {
	r.skip()
	return r.at == len(r.b)
}

func (r *row) skip() {
	for r.at < len(r.b) && isSpace(r.b[r.at]) {
		r.at++
	}
}

func (r *row) next() []byte {
	first, rest := word(r.b[r.at:])
	r.at = len(r.b) - len(rest)
	if len(first) > 0 {
		r.count++
	}
	return first
}

// uint64 goes over a number of the usual length, behind one blank, once; it is
// what reading a stat spends its own time on.
func (r *row) uint64() uint64 {
	b, i := r.b, r.at
	if i < len(b) && b[i] == ' ' {
		i++
	}
	if i+1 < len(b) && b[i] == '0' && b[i+1] == ' ' { // half of them are
		r.at = i + 1
		r.count++
		return 0
	}
	start, n := i, uint64(0)
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + uint64(d)
	}
	if i == start || i-start > decimal.SafeDigits || i < len(b) && b[i] != ' ' {
		return r.odd()
	}
	r.at = i
	r.count++
	return n
}

// odd is for what is missing, very long, or no number.
func (r *row) odd() uint64 {
	b := r.next()
	if len(b) == 0 {
		return 0
	}
	n, ok := decimal.Parse(b)
	r.bad = r.bad || !ok
	return n
}

// negative says that the next number has a sign.
func (r *row) negative() bool {
	r.skip()
	return r.at < len(r.b) && r.b[r.at] == '-'
}

func (r *row) int64() int64 {
	i := r.at
	if i < len(r.b) && r.b[i] == ' ' {
		i++
	}
	if i < len(r.b) && r.b[i] <= '-' && r.negative() { // '-' or more white space
		n, ok := signed(r.next())
		r.bad = r.bad || !ok
		return n
	}
	n := r.uint64()
	r.bad = r.bad || n > math.MaxInt64
	return int64(n)
}

func (r *row) int() int {
	n, ok := narrow[int](r.int64(), true)
	r.bad = r.bad || !ok
	return n
}

func (r *row) int32() int32 {
	n, ok := narrow[int32](r.int64(), true)
	r.bad = r.bad || !ok
	return n
}

func (r *row) uint32() uint32 {
	n, ok := widthOf32(r.uint64(), true)
	r.bad = r.bad || !ok
	return n
}
