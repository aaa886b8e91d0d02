// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/procfs"
)

func TestNothingReachesTheTerminalThatItWouldObey(t *testing.T) {
	for text, want := range map[string]string{
		"plain":               "plain",
		"\x1b[2J":             "?[2J",
		"a\nb\tc\x7f\r":       "a?b?c??",
		"\u009b31m":           "?31m",      // CSI in one character
		"\xff\xc3":            "??",        // no UTF-8
		"\u202egnp.exe\u2066": "?gnp.exe?", // the other way round
		"größe 日本":            "größe 日本",
		"":                    "",
	} {
		require.Equal(t, want, string(appendPrintable(nil, text)))
	}
}

func TestCommands(t *testing.T) {
	require.Equal(t, "[k?x]", string(appendCommand(nil, nil, procfs.Text("k\nx"))))
	for want, args := range map[string][]procfs.Text{
		"a b ? c": {procfs.Text("a"), procfs.Text("b"), procfs.Text("\x00"), procfs.Text("c")},
		"a  b":    {procfs.Text("a"), nil, procfs.Text("b")},
	} {
		require.Equal(t, want, string(appendCommand(nil, args, nil)))
	}
}

func TestAmountsAreShort(t *testing.T) {
	for n, want := range map[float64]string{
		0: "0", 812: "812", 999: "999", 1000: "1.0K", 1234: "1.2K", 99 << 10: "99.0K",
		100 << 10: "100K", 1000 << 10: "1.0M", 2.5 * (1 << 30): "2.5G", 1 << 50: "1.0P", 1 << 63: "8192P",
	} {
		require.Equal(t, want, string(appendBytes(nil, n)))
	}
}

func TestAgesHaveTwoUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0.0s", 400 * time.Millisecond: "0.4s", 59 * time.Second: "59.0s",
		750 * time.Second: "12m30s", 25 * time.Hour: "1d1h", 23*time.Hour + 59*time.Minute: "23h59m", 2400 * time.Hour: "100d",
	} {
		require.Equal(t, want, string(appendAge(nil, d)))
	}
}

func TestColumnsCountCharacters(t *testing.T) {
	require.Equal(t, "x  é", string(alignRight([]byte("xé"), 1, 3)))
	require.Equal(t, "xé  ", string(alignLeft([]byte("xé"), 1, 3)))
	require.Equal(t, "xlong", string(alignRight([]byte("xlong"), 1, 3)))
	require.Equal(t, "xéé", string(cut([]byte("xééé"), 1, 2)))
	require.Equal(t, "xééé", string(cut([]byte("xééé"), 1, 0)))
}
