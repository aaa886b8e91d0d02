// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"errors"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbersAreReadAsTheKernelReadsThem(t *testing.T) {
	ok := func(n int64) any { return n }
	for in, want := range map[string]any{
		"0": ok(0), "7": ok(7), "-7": ok(-7), "+7": ok(7), "-0": ok(0), "127": ok(127), "-128": ok(-128),
		"0x7f": ok(127), "0X7F": ok(127), "-0x80": ok(-128), "017": ok(15), "-010": ok(-8), "7\n": ok(7), "00": ok(0),
		"128": syscall.ERANGE, "-129": syscall.ERANGE, "0x80": syscall.ERANGE,
		"99999999999999999999": syscall.ERANGE, "-99999999999999999999": syscall.ERANGE,
		"99999999999999999999x": syscall.ERANGE, // the overflow counts first
		"9223372036854775808":   syscall.ERANGE, "-9223372036854775809": syscall.ERANGE,
		"": syscall.EINVAL, "-": syscall.EINVAL, "+": syscall.EINVAL, "+-1": syscall.EINVAL, "--1": syscall.EINVAL,
		"08": syscall.EINVAL, "0x": syscall.EINVAL, "0xg": syscall.EINVAL, "1_000": syscall.EINVAL, "0b1": syscall.EINVAL,
		"0o7": syscall.EINVAL, " 7": syscall.EINVAL, "7 ": syscall.EINVAL, "7\n\n": syscall.EINVAL, "\n": syscall.EINVAL,
		"1.5": syscall.EINVAL, "1k": syscall.EINVAL, "a": syscall.EINVAL,
	} {
		n, err := parseSigned(in, 8)
		if errno, bad := want.(syscall.Errno); bad {
			require.ErrorIs(t, err, errno, "%q", in)
			continue
		}
		require.NoError(t, err, "%q", in)
		require.Equal(t, want, n, "%q", in)
	}
}

func TestUnsignedNumbersHaveNoMinus(t *testing.T) {
	n, err := parseUnsigned("+255", 8)
	require.NoError(t, err)
	require.EqualValues(t, 255, n)
	n, err = parseUnsigned("18446744073709551615", 64)
	require.NoError(t, err)
	require.EqualValues(t, uint64(1<<64-1), n)
	for _, in := range []string{"-1", "-0", "-99999999999999999999", "-x", ""} {
		_, err = parseUnsigned(in, 8)
		require.ErrorIs(t, err, syscall.EINVAL, in)
	}
	for _, in := range []string{"256", "18446744073709551616"} {
		_, err = parseUnsigned(in, 8)
		require.ErrorIs(t, err, syscall.ERANGE, in)
	}
}

func TestBooleansByTheirFirstLetters(t *testing.T) {
	for in, want := range map[string]bool{
		"1": true, "y": true, "Y": true, "yes": true, "on": true, "ON": true, "oN": true, "10": true, "true": true,
		"0": false, "n": false, "N": false, "no": false, "off": false, "OF": false, "0x1": false, "false": false,
	} {
		got, err := parseBool(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "o", "ox", "2", "-1", " 1", "\xff"} {
		_, err := parseBool(in)
		require.ErrorIs(t, err, syscall.EINVAL, in)
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("0x7f")
	f.Add("-128")
	f.Add("99999999999999999999x")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseSigned(s, 64)
		if err == nil {
			again, err := parseSigned(strconv.FormatInt(n, 10), 64)
			require.NoError(t, err)
			require.Equal(t, n, again)
		}
		u, err := parseUnsigned(s, 32)
		if err == nil {
			require.Less(t, u, uint64(1)<<32)
		} else {
			require.True(t, errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ERANGE))
		}
	})
}
