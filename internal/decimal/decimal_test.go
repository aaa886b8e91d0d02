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
