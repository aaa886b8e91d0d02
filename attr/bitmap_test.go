// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// upTo is the bits from 0 to n-1.
func upTo(n int) Bits {
	var b Bits
	for i := range n {
		b = append(b, i)
	}
	return b
}

func TestAListIsReadAsTheKernelReadsIt(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Bits
	}{
		// What it prints.
		{"\n", nil},
		{"0\n", Bits{0}},
		{"0-3\n", Bits{0, 1, 2, 3}},
		{"0-3,8,10-11\n", Bits{0, 1, 2, 3, 8, 10, 11}},
		{"63-65\n", Bits{63, 64, 65}},
		{"0-8191\n", upTo(8192)},
		{"8191\n", Bits{8191}},
		{"65535\n", Bits{65535}},

		// What it takes.
		{"", nil},
		{" \t\n", nil},
		{"3,1,2,1\n", Bits{1, 2, 3}},
		{"0-5,2-3", Bits{0, 1, 2, 3, 4, 5}},
		{" ,,0 ,\t1,\v2\n3\r\n,", Bits{0, 1, 2, 3}},
		{"007", Bits{7}},
		{"5-5", Bits{5}},
		{"0-31:2/8", Bits{0, 1, 8, 9, 16, 17, 24, 25}},
		{"0-9:4/8", Bits{0, 1, 2, 3, 8, 9}},
		{"1-7:1/3", Bits{1, 4, 7}},
		{"0-3:0/4", nil},
		{"0-3:4/4", Bits{0, 1, 2, 3}},
		{"65530-65535:1/4294967295", Bits{65530}},
		{"0-3\x00", Bits{0, 1, 2, 3}},
	} {
		var b Bits
		require.NoError(t, b.UnmarshalText([]byte(tt.text)), "%q", tt.text)
		require.Equal(t, tt.want, b, "%q", tt.text)
	}
}

func TestWhatIsNoListIsMalformedAndChangesNothing(t *testing.T) {
	for text, why := range map[string]string{
		"x":                         "invalid syntax",
		"-":                         "invalid syntax",
		"-1":                        "invalid syntax",
		"1-":                        "invalid syntax",
		"0 - 3":                     "invalid syntax",
		"0-1-2":                     "invalid syntax",
		"0x3":                       "invalid syntax",
		"0,1;2":                     "invalid syntax",
		"1\x002":                    "invalid syntax",
		"3-1":                       "ends before it begins",
		"5:1/2":                     "invalid syntax",
		"0-7:1":                     "no part of a group",
		"0-7:/":                     "no part of a group",
		"0-7:3/2":                   "no part of a group",
		"0-7:0/0":                   "no part of a group",
		"0-7:1/2/3":                 "no part of a group",
		"0-7:1/4294967296":          "no part of a group",
		"N":                         "how many bits the kernel has",
		"0-N":                       "how many bits the kernel has",
		"all":                       "how many bits the kernel has",
		"ALL:1/2":                   "how many bits the kernel has",
		"65536":                     "none of 0 to 65535",
		"0-4294967295":              "none of 0 to 65535",
		"0,18446744073709551615":    "none of 0 to 65535",
		"0-18446744073709551616":    "out of range",
		strings.Repeat("x", 100000): "...",
	} {
		b := Bits{7}
		err := b.UnmarshalText([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
		require.ErrorContains(t, err, why, "%q", text)
		require.Less(t, len(err.Error()), 200)
		require.Equal(t, Bits{7}, b, "%q", text)
	}
	require.ErrorIs(t, new(Bits).UnmarshalText([]byte("65536")), strconv.ErrRange)
}

func TestAListIsWrittenAsTheKernelPrintsIt(t *testing.T) {
	for _, tt := range []struct {
		bits Bits
		want string
	}{
		{nil, ""},
		{Bits{0}, "0"},
		{Bits{0, 1}, "0-1"},
		{Bits{11, 8, 10, 0, 1, 2, 3, 8}, "0-3,8,10-11"},
		{Bits{63, 64, 65}, "63-65"},
		{Bits{0, 2, 65535}, "0,2,65535"},
		{upTo(8192), "0-8191"},
		{upTo(65536), "0-65535"},
	} {
		before := slices.Clone(tt.bits)
		text, err := tt.bits.MarshalText()
		require.NoError(t, err)
		require.Equal(t, tt.want, string(text))
		require.Equal(t, before, tt.bits, "the caller's are left as they are")
	}
}

func TestAMaskIsReadAsTheKernelReadsIt(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Bits
	}{
		// What it prints.
		{"0\n", nil},
		{"3\n", Bits{0, 1}},
		{"00000000,0000000f\n", Bits{0, 1, 2, 3}},
		{"80000000,00000001\n", Bits{0, 63}},
		{"1,80000000,00000000\n", Bits{63, 64}},
		{strings.Repeat("00000000,", 255) + "00000001\n", Bits{0}},
		{strings.Repeat("ffffffff,", 255) + "ffffffff\n", upTo(8192)},

		// What it takes.
		{"", nil},
		{"\n", nil},
		{"F,f", Bits{0, 1, 2, 3, 32, 33, 34, 35}},
		{" ,1,, 00000002 ,\n", Bits{1, 32}},
		{strings.Repeat("0,", 1<<16) + "1", Bits{0}},
		{"80000000" + strings.Repeat(",0", 2047), Bits{65535}},
	} {
		b, err := Mask().Decode([]byte(tt.text))
		require.NoError(t, err, "%.40q", tt.text)
		require.Equal(t, tt.want, b, "%.40q", tt.text)
	}
}

func TestWhatIsNoMaskIsMalformed(t *testing.T) {
	for text, why := range map[string]string{
		"g":                              "invalid syntax",
		"0x3":                            "invalid syntax",
		"-1":                             "invalid syntax",
		"0-3":                            "invalid syntax",
		"1\x002":                         "invalid syntax",
		"000000001":                      "8 digits",
		"ffffffffffffffffffff":           "out of range",
		"1" + strings.Repeat(",0", 2048): "bit 65536 is none of 0 to 65535",
	} {
		_, err := Mask().Decode([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%.40q", text)
		require.ErrorContains(t, err, why, "%.40q", text)
	}
}

// The kernel refuses more groups than its bitmap has, even of zeros.
func TestAMaskIsWrittenWithoutZerosInFront(t *testing.T) {
	for _, tt := range []struct {
		bits Bits
		want string
	}{
		{nil, "0"},
		{Bits{0}, "1"},
		{Bits{3, 1, 3}, "a"},
		{Bits{31}, "80000000"},
		{Bits{32}, "1,00000000"},
		{Bits{0, 63}, "80000000,00000001"},
		{Bits{64}, "1,00000000,00000000"},
		{Bits{4, 36, 100}, "10,00000000,00000010,00000010"},
		{upTo(128), "ffffffff,ffffffff,ffffffff,ffffffff"},
	} {
		text, err := Mask().Append(nil, tt.bits)
		require.NoError(t, err)
		require.Equal(t, tt.want, string(text))
	}
}

func TestANumberThatIsNoBitIsNotWritten(t *testing.T) {
	for _, n := range []int{-1, math.MinInt, 65536, math.MaxInt} {
		bits := Bits{0, n}
		_, err := bits.MarshalText()
		require.ErrorIs(t, err, ErrMalformed)
		require.ErrorIs(t, err, strconv.ErrRange)
		require.ErrorContains(t, err, strconv.Itoa(n))
		_, err = Mask().Append(nil, bits)
		require.ErrorIs(t, err, ErrMalformed)
	}
}

// Ranges that lie on each other are not added up.
func TestAListTakesMemoryForItsBitsOnly(t *testing.T) {
	text := []byte(strings.Repeat("0-65535,", 20000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var b Bits
	require.NoError(t, b.UnmarshalText(text))
	runtime.ReadMemStats(&after)
	require.Len(t, b, 65536)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))

	err := new(Bits).UnmarshalText([]byte("0-4294967295"))
	require.ErrorIs(t, err, ErrMalformed)
}

func TestBitsAllocateTheirMemoryOnce(t *testing.T) {
	list, mask := []byte("0-3,8,10-11,4000-4100\n"), []byte("00000000,0000000f\n")
	var b Bits
	require.NoError(t, b.UnmarshalText(list))
	require.Zero(t, testing.AllocsPerRun(100, func() { b.UnmarshalText(list) }), "into the caller's")
	buf := make([]byte, 0, 128)
	require.Zero(t, testing.AllocsPerRun(100, func() { b.AppendText(buf) }))
	codec := Mask()
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { codec.Decode(mask) }), 1.0)
	require.Zero(t, testing.AllocsPerRun(100, func() { codec.Append(buf, b[:7]) }))
}
