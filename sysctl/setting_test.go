// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// debian is from /usr/lib/sysctl.d of Debian 12, systemd.
const debian = `#  This file is part of systemd.
# See sysctl.d(5) and core(5) for documentation.

# System Request functionality of the kernel (SYNC)
kernel.sysrq = 16

# Source route verification
net.ipv4.conf.default.rp_filter = 2
net.ipv4.conf.*.rp_filter = 2
-net.ipv4.conf.all.rp_filter

-net.ipv4.ping_group_range = 0 2147483647

-net.core.default_qdisc = fq_codel
`

func TestSettingsAreReadLineByLine(t *testing.T) {
	got, err := ParseSettings([]byte(debian))
	require.NoError(t, err)
	require.Equal(t, []Setting{
		{Key: "kernel.sysrq", Value: "16", Line: 5},
		{Key: "net.ipv4.conf.default.rp_filter", Value: "2", Line: 8},
		{Key: "net.ipv4.conf.*.rp_filter", Value: "2", Line: 9},
		{Key: "net.ipv4.conf.all.rp_filter", Exclude: true, Line: 10},
		{Key: "net.ipv4.ping_group_range", Value: "0 2147483647", Optional: true, Line: 12},
		{Key: "net.core.default_qdisc", Value: "fq_codel", Optional: true, Line: 14},
	}, got)
	require.True(t, got[2].Pattern())
	require.False(t, got[3].Pattern())
}

func TestWhatALineMeans(t *testing.T) {
	for _, tt := range []struct {
		line string
		want Setting
	}{
		{"a.b=1", Setting{Key: "a.b", Value: "1"}},
		{" \t a/b \t= \t1  2\t3 \t\r", Setting{Key: "a.b", Value: "1  2\t3"}},
		{"a.b=", Setting{Key: "a.b"}},
		{"a.b = c = d # e", Setting{Key: "a.b", Value: "c = d # e"}},
		{"- a.b = 1", Setting{Key: "a.b", Value: "1", Optional: true}},
		{"-a.b", Setting{Key: "a.b", Exclude: true}},
		{"-a/b.c", Setting{Key: "a.b/c", Exclude: true}},
		{"--a=1", Setting{Key: "-a", Value: "1", Optional: true}},
		{"net/ipv4/conf/eth0.1/x=1", Setting{Key: "net.ipv4.conf.eth0/1.x", Value: "1"}},
		{"net.ipv4.conf.eth[0-9]*.x = 1", Setting{Key: "net.ipv4.conf.eth[0-9]*.x", Value: "1"}},
		{"kernel.core_pattern = |/usr/lib/systemd/systemd-coredump %P %u", Setting{Key: "kernel.core_pattern", Value: "|/usr/lib/systemd/systemd-coredump %P %u"}},
	} {
		got, err := ParseSettings([]byte(tt.line))
		require.NoError(t, err, tt.line)
		tt.want.Line = 1
		require.Equal(t, []Setting{tt.want}, got, tt.line)
	}
	for _, line := range []string{"", "   ", "#a=1", "  ;a=1", "\r", "\n\n\n", "# a \x00"} {
		got, err := ParseSettings([]byte(line))
		require.NoError(t, err, line)
		require.Empty(t, got, line)
	}
}

func TestALineThatIsNoneIsNamedAndTheOthersAreRead(t *testing.T) {
	got, err := ParseSettings([]byte("a.b = 1\nnonsense\n=1\n\na..b = 1\na.[x = 1\n-\na = \x00\nb = 2"))
	require.Equal(t, []Setting{{Key: "a.b", Value: "1", Line: 1}, {Key: "b", Value: "2", Line: 9}}, got)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.Equal(t, []string{
		`sysctl: parse line 2: neither KEY = VALUE nor -KEY: "nonsense"`,
		`sysctl: parse line 3: no name of a sysctl: "=1"`,
		`sysctl: parse line 5: no name of a sysctl: "a..b = 1"`,
		`sysctl: parse line 6: a pattern that does not end: "a.[x = 1"`,
		`sysctl: parse line 7: no name of a sysctl: "-"`,
		`sysctl: parse line 8: a zero byte: "a = \x00"`,
	}, strings.Split(err.Error(), "\n"))
	syntax, ok := errors.AsType[*SyntaxError](err)
	require.True(t, ok)
	require.Equal(t, &SyntaxError{Line: 2, Text: "nonsense", Reason: "neither KEY = VALUE nor -KEY"}, syntax)
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte(debian))
	f.Add([]byte("-a\n--a=1\n a / b = c\r\n#\n;\n=\na=\x00\nnet/ipv4/conf/eth0.1/x=1\na.[=1\n/a.b/c=1\n\\=1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		settings, err := ParseSettings(text)
		require.LessOrEqual(t, len(settings), bytes.Count(text, []byte{'\n'})+1)
		if err != nil {
			require.ErrorIs(t, err, fs.ErrInvalid)
		}
		for _, s := range settings {
			if strings.TrimSpace(s.Key) != s.Key || !s.Optional && !s.Exclude && strings.ContainsAny(s.Key[:1], "#;-") {
				continue // has no line of its own in this form
			}
			again, err := ParseSettings([]byte(s.String()))
			require.NoError(t, err, "%q", s.String())
			s.Line = 1
			require.Equal(t, []Setting{s}, again)
		}
	})
}
