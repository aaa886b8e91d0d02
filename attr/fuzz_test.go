// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"strconv"
	"strings"
	"testing"
)

// Numbers are held to strconv, which reads the same digits.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1500\n", "-1\n", "0x1003\n", "18446744073709551615\n", "-9223372036854775808", " 7 \x00", "0x", "+1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		word := strings.Trim(s, " \t\n\x00")
		if strings.HasPrefix(strings.ToLower(strings.TrimLeft(word, "+-")), "0x") || strings.Contains(word, "_") {
			return // another notation than strconv's
		}
		want, werr := strconv.ParseInt(word, 10, 64)
		got, err := decodeSigned[int64]([]byte(s))
		if (err == nil) != (werr == nil) || err == nil && got != want {
			t.Fatalf("%q: %d %v, strconv %d %v", s, got, err, want, werr)
		}
		small, serr := decodeSigned[int8]([]byte(s))
		want8, werr8 := strconv.ParseInt(word, 10, 8)
		if (serr == nil) != (werr8 == nil) || serr == nil && int64(small) != want8 {
			t.Fatalf("%q as int8: %d %v, strconv %d %v", s, small, serr, want8, werr8)
		}
	})
}

func FuzzSelector(f *testing.F) {
	for _, s := range []string{"lzo [lzo-rle] lz4 \n", "[always] madvise never\n", "none\n", "[", "[]", "[a] [b]", "[0] 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var sel, again Selector
		if sel.UnmarshalText([]byte(s)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(sel.String())); err != nil || again.Current != sel.Current || len(again.Choices) != len(sel.Choices) {
			t.Fatalf("%q: %#v, and again %#v (%v)", s, sel, again, err)
		}
	})
}

func FuzzList(f *testing.F) {
	for _, s := range []string{"32768\t60999\n", "1,2,3\n", "\n", "a,,b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, separator := range []byte{0, ','} {
			codecOf[[]int](separator).Decode([]byte(s))
			codecOf[[2]uint8](separator).Decode([]byte(s))
			codecOf[[]string](separator).Decode([]byte(s))
		}
		decodeBool([]byte(s))
	})
}
