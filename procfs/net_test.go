// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInterfacesOfEveryKernel(t *testing.T) {
	eachKernel(t, "net/dev", func(t *testing.T, _ string, text []byte) {
		lo, err := ParseNetDev([]byte(records(text, 2)[0]))
		require.NoError(t, err)
		require.Equal(t, "lo", lo.Name.String())
		require.Equal(t, lo.RxBytes, lo.TxBytes)
	})
	d, err := ParseNetDev([]byte("  eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"))
	require.NoError(t, err)
	require.Equal(t, NetDev{Text("eth0"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, d)
}

// littleEndian skips where the addresses that were captured would be others.
func littleEndian(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the texts are of machines of the other byte order")
	}
}

func TestSocketsOfEveryKernel(t *testing.T) {
	littleEndian(t)
	eachKernel(t, "net/tcp", func(t *testing.T, _ string, text []byte) {
		lines := records(text, 1)
		s, err := ParseTCP([]byte(lines[0]))
		require.NoError(t, err)
		require.Equal(t, netip.MustParseAddrPort("127.0.0.1:8080"), s.Local)
		require.Equal(t, netip.MustParseAddrPort("0.0.0.0:0"), s.Remote)
		require.Equal(t, TCPListen, s.State)
		require.EqualValues(t, 1, s.RxQueue, "a connection waits for accept")
		require.EqualValues(t, 10, s.Cwnd)
		require.EqualValues(t, 100, s.RTO)
		require.NotZero(t, s.Inode)
		for _, line := range lines[1:] {
			s, err = ParseTCP([]byte(line))
			require.NoError(t, err)
			require.Equal(t, TCPEstablished, s.State)
			require.EqualValues(t, -1, s.SSThresh)
		}
	})
	eachKernel(t, "net/tcp6", func(t *testing.T, _ string, text []byte) {
		s, err := ParseTCP([]byte(records(text, 1)[0]))
		require.NoError(t, err)
		require.Equal(t, netip.MustParseAddrPort("[::1]:8081"), s.Local)
		require.Equal(t, netip.MustParseAddrPort("[::]:0"), s.Remote)
	})
	eachKernel(t, "net/udp", func(t *testing.T, _ string, text []byte) {
		s, err := ParseUDP([]byte(records(text, 1)[0]))
		require.NoError(t, err)
		require.Equal(t, netip.MustParseAddrPort("127.0.0.1:5353"), s.Local)
		require.Equal(t, TCPClose, s.State)
		require.Zero(t, s.Drops)
	})
	eachKernel(t, "net/udp6", func(t *testing.T, _ string, text []byte) {
		s, err := ParseUDP([]byte(records(text, 1)[0]))
		require.NoError(t, err)
		require.Equal(t, netip.MustParseAddrPort("[::1]:5354"), s.Local)
	})
	eachKernel(t, "net/unix", func(t *testing.T, _ string, text []byte) {
		paths := map[string]bool{}
		for _, line := range records(text, 1) {
			s, err := ParseUnixSocket([]byte(line))
			require.NoError(t, err)
			paths[s.Path.String()] = paths[s.Path.String()] || s.Listening()
		}
		require.Equal(t, map[string]bool{"": false, "/tmp/a socket": true, "@abstract name": true}, paths)
	})
}

func TestASocketInTimeWaitHasFewerFields(t *testing.T) {
	littleEndian(t)
	s, err := ParseTCP([]byte("   1: 0100007F:B6BA 0200007F:01BB 06 00000000:0000000A 03:000012A0 00000002     7        0 0 3 00000000acae5098\n"))
	require.NoError(t, err)
	require.Equal(t, Socket{
		Local: netip.MustParseAddrPort("127.0.0.1:46778"), Remote: netip.MustParseAddrPort("127.0.0.2:443"), State: TCPTimeWait,
		RxQueue: 10, Timer: 3, Expires: 0x12a0, Retransmits: 2, UID: 7, Refs: 3,
	}, s)
	require.Equal(t, "time-wait", s.State.String())
	require.Equal(t, "unknown", SocketState(0).String())
	require.Equal(t, "unknown", SocketState(99).String())
	s, err = ParseUDP([]byte("  79: 0100007F:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7606 2 00000000f84ba18e 5 new"))
	require.NoError(t, err)
	require.EqualValues(t, 5, s.Drops)
}

// The kernel prints the four bytes of an address as the number that they are
// on its machine.
func TestAddressesAreRightInBothByteOrders(t *testing.T) {
	little := func(n uint32) [4]byte { return [4]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)} }
	big := func(n uint32) [4]byte { return [4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	const rest = " 0A 0:0 0:0 0 0 0 1 1 0"
	for _, c := range []struct {
		text    string
		bytesOf func(uint32) [4]byte
	}{
		{"0: 0100007F:1F90 B80D0120000000000000000001000000:0016", little},
		{"0: 7F000001:1F90 20010DB8000000000000000000000001:0016", big},
	} {
		s, _, problem := parseSocket([]byte(c.text+rest), c.bytesOf)
		require.Empty(t, problem)
		require.Equal(t, "127.0.0.1:8080", s.Local.String(), "the port is a number in either case")
		require.Equal(t, "[2001:db8::1]:22", s.Remote.String())
	}
	for _, c := range []struct {
		text    string
		bytesOf func(uint32) [4]byte
	}{
		{"d0\t0002010A\t0102010A\t0003\t1\t2\t3\t00FFFFFF\t4\t5\t6", little},
		{"d0\t0A010200\t0A010201\t0003\t1\t2\t3\tFFFFFF00\t4\t5\t6", big},
	} {
		r, problem := routeOf([]byte(c.text), c.bytesOf)
		require.Empty(t, problem)
		require.Equal(t, Route{Text("d0"), netip.MustParsePrefix("10.1.2.0/24"), netip.MustParseAddr("10.1.2.1"), 3, 1, 2, 3, 4, 5, 6}, r)
	}
}

func TestRoutesOfEveryKernel(t *testing.T) {
	littleEndian(t)
	eachKernel(t, "net/route", func(t *testing.T, _ string, text []byte) {
		lines := records(text, 1)
		r, err := ParseRoute([]byte(lines[0]))
		require.NoError(t, err)
		require.Equal(t, "0.0.0.0/0", r.Destination.String())
		require.Equal(t, "10.1.2.1", r.Gateway.String())
		r, err = ParseRoute([]byte(lines[1]))
		require.NoError(t, err)
		require.Equal(t, "10.1.2.0/24", r.Destination.String())
		require.False(t, r.Gateway.IsValid(), "it is reached without one")
	})
}
