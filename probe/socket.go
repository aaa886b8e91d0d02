// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// family is a family of sockets that is a channel.
type family struct {
	listed                 string // in /proc/net/protocols
	number, kind, protocol int
	option                 string // of the kernel's configuration
	module                 string // "" where it is built in or not there at all
	needs                  string // the capability for a socket, or ""
}

const netlinkGeneric = 16 // include/uapi/linux/netlink.h

var (
	netlink = family{
		listed: "NETLINK", number: sys.FamilyNetlink, kind: sys.SocketRaw, option: "CONFIG_NET",
	}
	generic = family{
		listed: "NETLINK", number: sys.FamilyNetlink, kind: sys.SocketRaw, protocol: netlinkGeneric, option: "CONFIG_NET",
	}
	packet = family{ // protocol 0: such a socket receives nothing
		listed: "PACKET", number: sys.FamilyPacket, kind: sys.SocketRaw,
		option: "CONFIG_PACKET", module: "af_packet", needs: "CAP_NET_RAW",
	}
	udp = family{
		listed: "UDP", number: sys.FamilyInet, kind: sys.SocketDatagram, option: "CONFIG_INET",
	}
	alg = family{
		listed: "ALG", number: sys.FamilyAlg, kind: sys.SocketSeqPacket,
		option: "CONFIG_CRYPTO_USER_API", module: "af_alg",
	}
)

const protocols = "/proc/net/protocols"

func (s *system) family(f family) Result {
	listed, err := s.hasProtocol(f.listed)
	switch {
	case err != nil && (f.module != "" || s.captured()):
		return unknown(protocols, "which protocols the kernel has cannot be read, and trying might load a module", err)
	case err == nil && !listed:
		return s.absent(f, nil)
	case s.captured():
		return usable(protocols, "the kernel has the protocol")
	}
	err = s.socket(f.number, f.kind, f.protocol)
	switch {
	case err == nil:
		return usable("", "a socket can be made")
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return s.forbidden("", f.needs, true, err)
	case s.filtered(): // these answer EAFNOSUPPORT and ENOSYS too
		return restricted("", reasonSeccomp, fixSeccomp, err)
	case errors.Is(err, syscall.EAFNOSUPPORT), errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.ENOSYS):
		return s.absent(f, err)
	}
	return unknown("", "a socket cannot be made", err)
}

// absent says what would bring a protocol that the kernel does not have now.
func (s *system) absent(f family, err error) Result {
	const itself = "its module is not loaded; the first socket would load it, where modprobe has it"
	option := s.option(f.option)
	switch {
	case option == "n", f.module == "":
		return missing("", "the kernel was built without "+f.option, "a kernel with "+f.option+"=y", err)
	case option == "":
		return missing("", itself+"; or the kernel was built without "+f.option, "modprobe "+f.module, err)
	}
	return missing("", itself, "modprobe "+f.module, err)
}

// hasProtocol looks for a name in the first column of /proc/net/protocols.
func (s *system) hasProtocol(name string) (bool, error) {
	text, err := s.read(protocols)
	for line := range strings.Lines(string(text)) {
		if first, _, _ := strings.Cut(line, " "); first == name {
			return true, nil
		}
	}
	return false, err
}
