// SPDX-License-Identifier: Apache-2.0

package decimal_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/kernlink/kernlink/internal/decimal"
)

// It is held to strconv, which takes the same digits and no others but "_".
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "007", "18446744073709551615", "18446744073709551616", "00000000000000000000001",
		"99999999999999999999", "", "-1", "+1", " 1", "1 ", "1x", "/", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := strconv.ParseUint(s, 10, 64)
		got, ok := decimal.Parse([]byte(s))
		if ok != (err == nil) || ok && got != want || strings.Contains(s, "_") && ok {
			t.Fatalf("%q: %d %v, strconv says %d %v", s, got, ok, want, err)
		}
	})
}

// It is held to what fmt prints with %8d, and to Parse for everything else.
func FuzzPadded(f *testing.F) {
	for _, s := range []string{"       0", "12345678", "    1234", "        ", "1       ", "  1 2   ", "  -1    ", "       :", "      /0", "1234567",
		"\x10\x10\x10\x10\x10\x10\x101", "  \xff    1", "00000001", " 0000001", "       0 kB", "\x3a       ", " \x00     0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := decimal.Padded([]byte(s))
		want, wantOK := uint64(0), false
		if len(s) >= 8 {
			want, wantOK = decimal.Parse([]byte(strings.TrimLeft(s[:8], " ")))
		}
		if ok != wantOK || ok && n != want {
			t.Fatalf("%q: %d %v, digit by digit it is %d %v", s, n, ok, want, wantOK)
		}
	})
}
