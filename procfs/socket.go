// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"encoding/binary"
	"iter"
	"net/netip"
)

// Socket is a line of /proc/net/tcp, tcp6, udp or udp6.
type Socket struct {
	Local, Remote    netip.AddrPort // 0.0.0.0:0 or [::]:0 where there is no remote
	State            SocketState
	TxQueue, RxQueue uint64 // bytes; RxQueue of a listening one are connections that wait for accept(2)
	Timer            int    // what runs: 0 none, 1 retransmit, 2 keepalive, 3 TIME_WAIT, 4 zero window
	Expires          uint64 // when it does, in clock ticks ([Tick]) from now
	Retransmits      uint64 // that went unanswered
	UID              uint32
	Timeout          uint64 // probes that went unanswered
	Inode            uint64 // socket:[Inode] of /proc/PID/fd; 0 for one that no process has
	Refs             uint64

	// Of TCP, and 0 in TIME_WAIT: timeouts in clock ticks, the congestion
	// window and its slow start threshold in segments, -1 for none yet.
	RTO, ATO       uint64
	Cwnd, SSThresh int64

	Drops uint64 // of UDP
}

// SocketState is the state of a socket, which UDP has two of: connected is
// TCPEstablished, and not is TCPClose.
type SocketState uint8

// The states of TCP, include/net/tcp_states.h.
const (
	TCPEstablished SocketState = iota + 1
	TCPSynSent
	TCPSynRecv
	TCPFinWait1
	TCPFinWait2
	TCPTimeWait
	TCPClose
	TCPCloseWait
	TCPLastAck
	TCPListen
	TCPClosing
	TCPNewSynRecv
)

var socketStates = [...]string{
	TCPEstablished: "established", TCPSynSent: "syn-sent", TCPSynRecv: "syn-recv", TCPFinWait1: "fin-wait-1",
	TCPFinWait2: "fin-wait-2", TCPTimeWait: "time-wait", TCPClose: "close", TCPCloseWait: "close-wait",
	TCPLastAck: "last-ack", TCPListen: "listen", TCPClosing: "closing", TCPNewSynRecv: "new-syn-recv",
}

// String is the state in words: "time-wait".
func (s SocketState) String() string {
	if s > 0 && int(s) < len(socketStates) {
		return socketStates[s]
	}
	return "unknown"
}

// ParseTCP reads one line of /proc/net/tcp or tcp6. The kernel prints
// addresses as numbers of its machine, so the line must be of one with the
// byte order of this.
//
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for an error only.
func ParseTCP(b []byte) (Socket, error) { return one(b, parseTCP) }

// ParseUDP reads one line of /proc/net/udp or udp6 as [ParseTCP] does.
func ParseUDP(b []byte) (Socket, error) { return one(b, parseUDP) }

func parseTCP(b []byte) (Socket, string) {
	s, r, problem := parseSocket(b, native)
	if problem != "" || r.ended() {
		return s, problem
	}
	s.RTO, s.ATO = r.uint64(), r.uint64()
	r.uint64() // acknowledging at once, and interactive
	s.Cwnd, s.SSThresh = int64(r.uint64()), int64(r.int())
	if r.bad {
		return s, "a number that is none"
	}
	return s, ""
}

func parseUDP(b []byte) (Socket, string) {
	s, r, problem := parseSocket(b, native)
	if problem == "" && !r.ended() {
		if s.Drops = r.uint64(); r.bad {
			return s, "a number that is none"
		}
	}
	return s, problem
}

// parseSocket reads what all have: the rest of the row is the protocol's.
func parseSocket(b []byte, bytesOf func(uint32) [4]byte) (s Socket, r row, problem string) {
	r = row{b: b}
	var ok, ok1 bool
	r.text() // where it stands in the kernel's table
	if s.Local, ok = addrPort(r.text(), bytesOf); !ok {
		return s, r, "no local address"
	}
	if s.Remote, ok = addrPort(r.text(), bytesOf); !ok {
		return s, r, "no remote address"
	}
	s.State = SocketState(r.hex())
	s.TxQueue, s.RxQueue, ok = hexPair(r.text())
	timer, expires, ok1 := hexPair(r.text())
	s.Timer, s.Expires = int(timer&0xff), expires
	s.Retransmits, s.UID, s.Timeout, s.Inode, s.Refs = r.hex(), r.uint32(), r.uint64(), r.uint64(), r.uint64()
	r.text() // a pointer that is hidden
	if r.bad || !ok || !ok1 || r.count < 12 {
		return s, r, "not a state, queues and numbers"
	}
	return s, r, ""
}

func hexPair(b []byte) (x, y uint64, ok bool) {
	first, second, ok := bytes.Cut(b, []byte(":"))
	x, ok1 := hex(first)
	y, ok2 := hex(second)
	return x, y, ok && ok1 && ok2
}

// addrPort reads 0100007F:1F90.
func addrPort(b []byte, bytesOf func(uint32) [4]byte) (netip.AddrPort, bool) {
	address, digits, ok := bytes.Cut(b, []byte(":"))
	port, ok1 := hex(digits)
	addr, ok2 := address4or6(address, bytesOf)
	return netip.AddrPortFrom(addr, uint16(port)), ok && ok1 && ok2 && port <= 0xffff
}

// address4or6 reads one number of eight digits, or four of them.
func address4or6(b []byte, bytesOf func(uint32) [4]byte) (netip.Addr, bool) {
	var a [16]byte
	if len(b) != 8 && len(b) != 32 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 8 {
		n, ok := hex(b[i : i+8])
		if !ok {
			return netip.Addr{}, false
		}
		part := bytesOf(uint32(n))
		copy(a[i/2:], part[:])
	}
	if len(b) == 8 {
		return netip.AddrFrom4([4]byte(a[:4])), true
	}
	return netip.AddrFrom16(a), true
}

// native are the bytes of a number as they lie in this machine's memory, which
// the kernel read them from.
func native(n uint32) (b [4]byte) {
	binary.NativeEndian.PutUint32(b[:], n)
	return b
}

// TCP goes through net/tcp, the sockets of IPv4. The kernel takes about 8 µs
// for each, and goes through all of its table; nl/sockdiag asks for the few
// that are wanted.
//
// It is no snapshot. The errors in the loop are those of [Records]. It
// allocates for the loop, and nothing for a socket.
func (n Net) TCP() iter.Seq2[Socket, error] { return n.sockets("tcp", needsNet, parseTCP) }

// TCP6 goes through net/tcp6 as [Net.TCP] does. An address of IPv4 in a socket
// of IPv6 stands as it is: ::ffff:127.0.0.1.
func (n Net) TCP6() iter.Seq2[Socket, error] { return n.sockets("tcp6", needsIPv6, parseTCP) }

// UDP goes through net/udp as [Net.TCP] does.
func (n Net) UDP() iter.Seq2[Socket, error] { return n.sockets("udp", needsNet, parseUDP) }

// UDP6 goes through net/udp6 as [Net.TCP] does.
func (n Net) UDP6() iter.Seq2[Socket, error] { return n.sockets("udp6", needsIPv6, parseUDP) }

func (n Net) sockets(name, needs string, parse func([]byte) (Socket, string)) iter.Seq2[Socket, error] {
	return netTable(n, name, needs, func() parser[Socket] { return below(1, parse) })
}
