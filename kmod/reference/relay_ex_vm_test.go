// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"encoding/binary"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

const relayEx = "/sys/kernel/debug/relay_ex/"

// drain reads a file of the channel until it gives nothing.
func drain(t *testing.T, f *os.File) []byte {
	t.Helper()
	var all []byte
	buf := make([]byte, 4096)
	for {
		n, err := syscall.Read(int(f.Fd()), buf)
		require.NoError(t, err)
		if n == 0 {
			return all
		}
		all = append(all, buf[:n]...)
	}
}

func TestRelayExMakesTheRecordsThatAreAskedFor(t *testing.T) {
	kerneltest.Load(t, "relay_ex", map[string]any{"payload": 3})
	require.Equal(t, "0 0 0\n1 0 0\n", cat(t, relayEx+"produced"))
	f, err := os.Open(relayEx + "cpu1")
	require.NoError(t, err)
	defer f.Close()
	require.Empty(t, drain(t, f))
	echo(t, "1 5", relayEx+"produce")
	require.Equal(t, "0 0 0\n1 5 0\n", cat(t, relayEx+"produced"))

	b := drain(t, f)
	last := uint64(0)
	for seq := range uint64(5) {
		require.Equal(t, seq, binary.NativeEndian.Uint64(b))
		stamp := binary.NativeEndian.Uint64(b[8:])
		require.Greater(t, stamp, last)
		last = stamp
		require.EqualValues(t, 1, binary.NativeEndian.Uint32(b[16:]))
		n := binary.NativeEndian.Uint32(b[20:])
		require.EqualValues(t, seq%4, n)
		for _, c := range b[24 : 24+n] {
			require.EqualValues(t, seq, c)
		}
		b = b[24+n:]
	}
	require.Empty(t, b)
}

func TestRelayExCountsEachRecordThatFoundNoRoom(t *testing.T) {
	kerneltest.Load(t, "relay_ex", "subbuf_size=240 n_subbufs=4")
	echo(t, "0 41", relayEx+"produce")
	require.Equal(t, "1\n", cat(t, relayEx+"dropped"))
	echo(t, "0 3", relayEx+"produce")
	echo(t, "1", relayEx+"stop") // a flush is no record
	require.Equal(t, "4\n", cat(t, relayEx+"dropped"))
	require.Equal(t, "0 44 4\n1 0 0\n", cat(t, relayEx+"produced"))
	f, err := os.Open(relayEx + "cpu0")
	require.NoError(t, err)
	defer f.Close()
	require.Len(t, drain(t, f), 40*24)
}

func TestRelayExRefusesWhatItCannotDo(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	for _, params := range []string{"payload=257", "subbuf_size=23", "payload=256 subbuf_size=279"} {
		_, err := kmod.Insert(t.Context(), kerneltest.ModulePath("relay_ex"), params)
		require.ErrorIs(t, err, syscall.EINVAL, params)
	}
	kerneltest.Load(t, "relay_ex", "rate=1")
	for name, texts := range map[string][]string{
		"produce":  {"0", "x y", "9999 1"},
		"consumed": {"0", "9999 1"},
	} {
		for _, text := range texts {
			require.ErrorIs(t, put(relayEx+name, text), syscall.EINVAL, "%s %q", name, text)
		}
	}
	echo(t, "0", relayEx+"start")
	require.ErrorIs(t, put(relayEx+"start", "0"), syscall.EBUSY)
	echo(t, "0", relayEx+"stop")
	echo(t, "1", relayEx+"start")
	echo(t, "0", relayEx+"stop")
}
