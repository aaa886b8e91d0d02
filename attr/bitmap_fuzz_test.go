// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A list is held to a plain reading of the same grammar, and to itself: what
// was read is written and read again, in both forms.
func FuzzBitmapList(f *testing.F) {
	for _, s := range []string{
		"\n", "0\n", "0-1\n", "0-3,8,10-11\n", "0-8191\n", "0-31:2/8", "1-7:1/3 9", "3,1", " ,,1\v2",
		"0-4294967295", "N", "all", "0-65535:1/4294967295", "5-2", "1:1/2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b Bits
		err := b.UnmarshalText([]byte(s))
		want, ok := plainList(s)
		if (err == nil) != ok || !slices.Equal(b, want) {
			t.Fatalf("%q: %v %v, want %v %v", s, b, err, want, ok)
		}
		again(t, b)
	})
}

func FuzzBitmapMask(f *testing.F) {
	for _, s := range []string{"0\n", "3\n", "00000000,0000000f\n", "1,80000000,00000000\n", "f,,F ", "123456789", "0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := Mask().Decode([]byte(s))
		if err != nil {
			return
		}
		if !slices.IsSorted(b) || len(slices.Compact(slices.Clone(b))) != len(b) || len(b) > 4*len(s) {
			t.Fatalf("%q: %v", s, b)
		}
		again(t, b)
	})
}

func again(t *testing.T, b Bits) {
	list, err := b.MarshalText()
	if err != nil {
		t.Fatal(b, err)
	}
	var fromList Bits
	if err := fromList.UnmarshalText(list); err != nil || !slices.Equal(fromList, b) {
		t.Fatalf("%v as %q: %v %v", b, list, fromList, err)
	}
	mask, err := Mask().Append(nil, b)
	if err != nil {
		t.Fatal(b, err)
	}
	fromMask, err := Mask().Decode(mask)
	if err != nil || !slices.Equal(fromMask, b) {
		t.Fatalf("%v as %q: %v %v", b, mask, fromMask, err)
	}
}

// plainList reads a list number by number, into a set of them.
func plainList(s string) (Bits, bool) {
	s = strings.Trim(s, "\x00 \t\n")
	set := map[int]bool{}
	for _, region := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(", \t\n\v\f\r", c) }) {
		ends, pattern, patterned := strings.Cut(region, ":")
		low, high, ranged := strings.Cut(ends, "-")
		if !ranged {
			high = low
		}
		part, whole := "1", "1"
		if patterned {
			part, whole, _ = strings.Cut(pattern, "/")
		}
		first, err1 := strconv.ParseUint(low, 10, 16)
		last, err2 := strconv.ParseUint(high, 10, 16)
		used, err3 := strconv.ParseUint(part, 10, 32)
		group, err4 := strconv.ParseUint(whole, 10, 32)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil ||
			patterned && !ranged || first > last || group == 0 || used > group {
			return nil, false
		}
		for n := first; n <= last; n++ {
			if (n-first)%group < used {
				set[int(n)] = true
			}
		}
	}
	var b Bits
	for n := range set {
		b = append(b, n)
	}
	slices.Sort(b)
	return b, true
}
