// SPDX-License-Identifier: Apache-2.0

// Package decimal reads the numbers that the kernel prints, from bytes:
// package strconv wants strings, and what it says of a bad one is an
// allocation.
package decimal

import "math"

// SafeDigits are what a uint64 always has room for.
const SafeDigits = 19

const most = "18446744073709551615"

// Parse reads all of b as an unsigned number, without a sign or blanks. ok is
// false for what is none or too large.
func Parse(b []byte) (n uint64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	if string(b) == most { // "no limit", which stands in every stat
		return math.MaxUint64, true
	}
	for i, c := range b {
		d := uint64(c - '0')
		if d > 9 || i >= SafeDigits && n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}
