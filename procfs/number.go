// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"
)

// The numbers of /proc are scanned by hand: package strconv wants strings, and
// what it says of a bad one is an allocation.

func decimal(b []byte) (uint64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

func signed(b []byte) (int64, bool) {
	if len(b) > 0 && b[0] == '-' {
		n, ok := decimal(b[1:])
		return -int64(n), ok && n <= 1<<63
	}
	n, ok := decimal(b)
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

// row reads the numbers of a line one after the other. What is missing at the
// end reads as 0 and is not counted.
type row struct {
	rest  []byte
	count int
	bad   bool
}

func (r *row) next() []byte {
	b := r.rest
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	j := i
	for j < len(b) && !isSpace(b[j]) {
		j++
	}
	r.rest = b[j:]
	if j > i {
		r.count++
	}
	return b[i:j]
}

func (r *row) uint64() uint64 {
	b := r.next()
	if len(b) == 0 {
		return 0
	}
	n, ok := decimal(b)
	r.bad = r.bad || !ok
	return n
}

func (r *row) int64() int64 {
	b := r.next()
	if len(b) == 0 {
		return 0
	}
	n, ok := signed(b)
	r.bad = r.bad || !ok
	return n
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
