// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlacklistedReadsTheCommandLine(t *testing.T) {
	const line = "quiet module_blacklist=floppy,snd-pcm modprobe.blacklist=echo panic=1\n"
	require.True(t, blacklisted(line, "floppy"))
	require.True(t, blacklisted(line, "snd_pcm"))
	require.False(t, blacklisted(line, "echo"), "modprobe.blacklist= is modprobe's, not the kernel's")
	require.False(t, blacklisted("", "echo"))
}

func TestCapSysModuleIsFoundAmongTheEffectiveOnes(t *testing.T) {
	const status = "Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t%\nCapBnd:\t0\n"
	caps := func(hex string) bool { return parseCapSysModule(strings.Replace(status, "%", hex, 1)) }
	require.True(t, caps("000001ffffffffff"))
	require.True(t, caps("0000000000010000"))
	require.False(t, caps("000001fffffeffff"))
	require.False(t, caps("0000000000000000"))
	require.True(t, parseCapSysModule("Name:\tx\n"), "no verdict without the line")
}

func TestBadNameRefusesWhatIsNoName(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "/", "a\x00", "a b", "echo.ko", strings.Repeat("x", 56)} {
		require.NotEmpty(t, badName(name), name)
	}
	for _, name := range []string{"echo", "snd_hda_intel", "8021q", strings.Repeat("x", 55)} {
		require.Empty(t, badName(name), name)
	}
}

func TestTheKernelIsGivenOnlyTheXZThatItKnows(t *testing.T) {
	head := func(check byte) []byte { return []byte{0xfd, '7', 'z', 'X', 'Z', 0, 0, check} }
	require.True(t, xzCheckKernelKnows(head(0)))
	require.True(t, xzCheckKernelKnows(head(1)))
	require.False(t, xzCheckKernelKnows(head(4)), "CRC64")
	require.False(t, xzCheckKernelKnows(head(10)), "SHA-256")
	require.False(t, xzCheckKernelKnows(magicXZ), "cut off")
}

func TestUnpackStopsAtTheLimit(t *testing.T) {
	src := strings.NewReader(strings.Repeat("x", 100))
	b, err := unpack(plain, src, 100)
	require.NoError(t, err)
	require.Len(t, b, 100)
	_, err = unpack(plain, src, 99)
	require.ErrorContains(t, unpackError(plain, 99, err), "more than 99 bytes uncompressed: file too large")
}
