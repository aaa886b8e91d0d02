// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Families and types of [Socket].
const (
	FamilyInet    = unix.AF_INET
	FamilyNetlink = unix.AF_NETLINK
	FamilyPacket  = unix.AF_PACKET
	FamilyAlg     = unix.AF_ALG

	SocketDatagram  = unix.SOCK_DGRAM
	SocketRaw       = unix.SOCK_RAW
	SocketSeqPacket = unix.SOCK_SEQPACKET
)

// Socket opens a socket close-on-exec and returns the raw descriptor, which
// the caller owns. For a family or a protocol that it lacks the kernel may
// load a module.
func Socket(family, kind, protocol int) (int, error) {
	for {
		fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// Readable says how many bytes of fd could be read now (FIONREAD, of which
// TIOCINQ is another name); a file that does not know the request gives ENOTTY.
func Readable(fd int) (int, error) { return unix.IoctlGetInt(fd, unix.TIOCINQ) }
