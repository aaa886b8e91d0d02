// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"github.com/kernlink/kernlink/internal/decimal"
)

// notNumber is where the next number stands after one that is none. It is
// beyond any text, so that the ones behind it are missing.
const notNumber = -1

// uint64At reads the number behind the one blank at b[i], and tells where the
// next one stands. One that is missing is 0, and nothing is passed over.
func uint64At(b []byte, i int) (n uint64, next int) {
	if uint(i) >= uint(len(b)) || b[i] != ' ' {
		return 0, i
	}
	i++
	start := i
	for ; i < len(b); i++ {
		d := uint64(b[i]) - '0'
		if d > 9 {
			break
		}
		n = n*10 + d
	}
	if uint(i-start-1) >= decimal.SafeDigits {
		return long(b[start:i], i)
	}
	return n, i
}

// long is for no digits, or so many that they may be too many.
func long(digits []byte, next int) (uint64, int) {
	n, ok := decimal.Parse(digits)
	if !ok {
		return 0, notNumber
	}
	return n, next
}

// int64At does the same for one that may have a sign.
func int64At(b []byte, i int) (n int64, next int) {
	if uint(i) >= uint(len(b)) || b[i] != ' ' {
		return 0, i
	}
	sign := 0
	if i+1 < len(b) && b[i+1] == '-' {
		sign = 1
	}
	i += 1 + sign
	start := i
	for ; i < len(b); i++ {
		d := int64(b[i]) - '0'
		if uint64(d) > 9 {
			break
		}
		n = n*10 + d
	}
	if uint(i-start-1) >= decimal.SafeDigits-1 {
		if v, ok := signed(b[start-sign : i]); ok {
			return v, i
		}
		return 0, notNumber
	}
	if sign != 0 {
		n = -n
	}
	return n, i
}
