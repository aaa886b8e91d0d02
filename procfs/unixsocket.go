// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// UnixSocket is a line of /proc/net/unix. Path is borrowed.
type UnixSocket struct {
	Refs, Protocol uint64
	Flags          uint64 // UnixListening
	Type           int    // 1 stream, 2 datagram, 5 sequenced packets
	State          int    // 1 unconnected, 2 connecting, 3 connected, 4 disconnecting
	Inode          uint64 // socket:[Inode] of /proc/PID/fd; 0 while it waits for accept(2)

	// Path is what it is bound to, or empty. One that begins with @ is an
	// abstract name, in which the kernel prints each zero byte as @. It is
	// printed as it is, so that a newline in it makes two lines that are none.
	Path Text
}

// UnixListening is the flag of a socket that listens.
const UnixListening = 0x10000

// Listening reports whether it waits for connections.
func (s *UnixSocket) Listening() bool { return s.Flags&UnixListening != 0 }

// ParseUnixSocket reads one line of /proc/net/unix. Path borrows from b.
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for an error only.
func ParseUnixSocket(b []byte) (UnixSocket, error) { return one(b, parseUnixSocket) }

func parseUnixSocket(b []byte) (s UnixSocket, problem string) {
	r := row{b: b}
	pointer := r.text()
	s.Refs, s.Protocol, s.Flags = r.hex(), r.hex(), r.hex()
	s.Type, s.State, s.Inode = int(r.hex()&0xffff), int(r.hex()&0xff), r.uint64()
	if r.bad || r.count < 7 || !bytes.HasSuffix(pointer, []byte(":")) {
		return s, "not a pointer, numbers in hexadecimal and an inode"
	}
	s.Path, _ = bytes.CutPrefix(r.b, []byte(" ")) // a name may begin with blanks
	return s, ""
}

// Unix goes through net/unix. The Path is borrowed until the next turn. The
// errors in the loop are those of [Records]. It allocates for the loop, and
// nothing for a socket.
func (n Net) Unix() iter.Seq2[UnixSocket, error] {
	return netTable(n, "unix", "it needs CONFIG_UNIX", func() parser[UnixSocket] { return below(1, parseUnixSocket) })
}
