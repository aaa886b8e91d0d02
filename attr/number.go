// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"math"
	"reflect"
	"strconv"
)

type signed interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64
}

type unsigned interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Hex is the codec of a number that is written with 0x, the form that some
// drivers ask for. Reading takes 0x and, without it, digits of base 16.
func Hex[T unsigned]() Codec[T] {
	return Codec[T]{
		Decode: func(text []byte) (T, error) {
			digits := trim(text)
			if len(digits) > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') {
				digits = digits[2:]
			}
			n, err := parseDigits(digits, 16)
			return narrowUnsigned[T](n, text, err)
		},
		Append: func(b []byte, v T) ([]byte, error) {
			return strconv.AppendUint(append(b, "0x"...), uint64(v), 16), nil
		},
	}
}

// plain is for what nearly every file has: at most 18 digits and a newline.
func plain(text []byte) (n int64, ok bool) {
	if len(text) < 2 || len(text) > 19 || text[len(text)-1] != '\n' {
		return 0, false
	}
	for _, c := range text[:len(text)-1] {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, true
}

// decodeSigned reads decimal digits, or hexadecimal ones after 0x. A leading 0
// makes no octal number: the kernel prints none without saying so.
func decodeSigned[T signed](text []byte) (T, error) {
	if n, ok := plain(text); ok && T(n) >= 0 && int64(T(n)) == n {
		return T(n), nil
	}
	digits := trim(text)
	negative := len(digits) > 0 && digits[0] == '-'
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	n, err := parseMagnitude(digits)
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	if err == nil && n > limit {
		err = strconv.ErrRange
	}
	v := int64(n)
	if negative {
		v = -v
	}
	if err == nil && int64(T(v)) != v {
		err = strconv.ErrRange
	}
	if err != nil {
		return 0, malformed(text, reflect.TypeFor[T]().String(), err)
	}
	return T(v), nil
}

func decodeUnsigned[T unsigned](text []byte) (T, error) {
	if n, ok := plain(text); ok && int64(T(n)) == n {
		return T(n), nil
	}
	n, err := parseMagnitude(trim(text))
	return narrowUnsigned[T](n, text, err)
}

func narrowUnsigned[T unsigned](n uint64, text []byte, err error) (T, error) {
	if err == nil && uint64(T(n)) != n {
		err = strconv.ErrRange
	}
	if err != nil {
		return 0, malformed(text, reflect.TypeFor[T]().String(), err)
	}
	return T(n), nil
}

func appendSigned[T signed](b []byte, v T) ([]byte, error) {
	return strconv.AppendInt(b, int64(v), 10), nil
}

func appendUnsigned[T unsigned](b []byte, v T) ([]byte, error) {
	return strconv.AppendUint(b, uint64(v), 10), nil
}

func parseMagnitude(digits []byte) (uint64, error) {
	if len(digits) > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') {
		return parseDigits(digits[2:], 16)
	}
	return parseDigits(digits, 10)
}

// parseDigits is strconv.ParseUint for bytes, without the string that it would
// take.
func parseDigits(digits []byte, base uint64) (uint64, error) {
	if len(digits) == 0 {
		return 0, strconv.ErrSyntax
	}
	var n uint64
	for _, c := range digits {
		var d uint64
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c && c <= 'f':
			d = uint64(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = uint64(c-'A') + 10
		default:
			return 0, strconv.ErrSyntax
		}
		if d >= base {
			return 0, strconv.ErrSyntax
		}
		if n > (math.MaxUint64-d)/base {
			return 0, strconv.ErrRange
		}
		n = n*base + d
	}
	return n, nil
}
