// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"fmt"
	"math"
	"strings"
	"syscall"
)

// parseSigned reads a number of this width as kstrtoll and its kin do.
func parseSigned(s string, bits int) (int64, error) {
	lo, hi := int64(math.MinInt64)>>(64-bits), int64(math.MaxInt64)>>(64-bits)
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits = strings.TrimPrefix(s, "+")
	}
	n, err := magnitude(digits)
	limit := uint64(hi)
	if negative {
		limit++
	}
	switch {
	case err == errRange, err == nil && n > limit:
		return 0, outOfRange(s, lo, hi)
	case err != nil:
		return 0, notNumber(s)
	case negative:
		return int64(-n), nil
	}
	return int64(n), nil
}

// parseUnsigned reads a number of this width as kstrtoull and its kin do.
func parseUnsigned(s string, bits int) (uint64, error) {
	hi := uint64(math.MaxUint64) >> (64 - bits)
	n, err := magnitude(strings.TrimPrefix(s, "+"))
	switch {
	case err == errRange, err == nil && n > hi:
		return 0, outOfRange(s, 0, hi)
	case err == nil:
		return n, nil
	}
	if digits, negative := strings.CutPrefix(s, "-"); negative {
		if _, err := magnitude(digits); err != errSyntax {
			return 0, &refusal{fmt.Sprintf("%q is negative, the range is 0 to %d", s, hi), syscall.EINVAL}
		}
	}
	return 0, notNumber(s)
}

var (
	errSyntax error = syscall.EINVAL
	errRange  error = syscall.ERANGE
)

// magnitude reads digits as the kernel's _kstrtoull with base 0: hexadecimal
// after 0x, octal after 0, else decimal, and one newline may follow. An
// overflow counts before what is wrong behind it.
func magnitude(s string) (n uint64, err error) {
	base := uint64(10)
	if strings.HasPrefix(s, "0") {
		base = 8
		if len(s) > 2 && s[1]|0x20 == 'x' && digit(s[2]) < 16 {
			base, s = 16, s[2:]
		}
	}
	i := 0
	for ; i < len(s) && digit(s[i]) < base; i++ {
		if n > (math.MaxUint64-digit(s[i]))/base {
			err = errRange
		}
		n = n*base + digit(s[i])
	}
	rest := strings.TrimSuffix(s[i:], "\n")
	if err == nil && (i == 0 || rest != "") {
		err = errSyntax
	}
	return n, err
}

// digit is the value of c as a digit, or 16.
func digit(c byte) uint64 {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10
	}
	return 16
}

func outOfRange(s string, lo, hi any) error {
	return &refusal{fmt.Sprintf("%q is out of range, %d to %d", s, lo, hi), syscall.ERANGE}
}

func notNumber(s string) error {
	text := fmt.Sprintf("%q is not a number", s)
	if len(s) > 1 && s[0] == '0' && strings.Trim(s, "0123456789") == "" {
		text += ": a leading 0 means octal"
	}
	return &refusal{text, syscall.EINVAL}
}

// parseBool reads a boolean as kstrtobool does: the first letter counts, or
// the second after an o. The letters t, f, e and d are known to newer kernels
// only; the kernel has the last word on them.
func parseBool(s string) (bool, error) {
	first := strings.ToLower(s[:min(len(s), 2)])
	switch {
	case first == "on":
		return true, nil
	case first == "of":
		return false, nil
	case first != "" && strings.IndexByte("y1te", first[0]) >= 0:
		return true, nil
	case first != "" && strings.IndexByte("n0fd", first[0]) >= 0:
		return false, nil
	}
	return false, &refusal{fmt.Sprintf("%q is not a boolean: 1, Y, on or 0, N, off", s), syscall.EINVAL}
}
