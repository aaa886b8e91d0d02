// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"net/netip"
)

// Route is a line of /proc/net/route: a route of IPv4 in the main table.
// Interface is borrowed. nl/rtnl has the other tables, and IPv6.
type Route struct {
	Interface    Text // * for a route that refuses
	Destination  netip.Prefix
	Gateway      netip.Addr // not valid where there is none
	Flags        uint32     // RTF_UP 1, RTF_GATEWAY 2, RTF_HOST 4, RTF_REJECT 0x200
	RefCount     uint64     // not kept by Linux, 0
	Use          uint64     // not kept by Linux, 0
	Metric       uint64
	MTU          uint64 // what TCP advertises, as MSS plus 40; 0 for what the interface has
	Window, IRTT uint64
}

const routeGateway = 0x2 // RTF_GATEWAY, include/uapi/linux/route.h

// ParseRoute reads one line of /proc/net/route, of a machine with the byte
// order of this. Interface borrows from b. errors.Is finds [ErrMalformed] for
// bytes that are no such line. It allocates for an error only.
func ParseRoute(b []byte) (Route, error) { return one(b, parseRoute) }

func parseRoute(b []byte) (Route, string) { return routeOf(b, native) }

func routeOf(b []byte, bytesOf func(uint32) [4]byte) (v Route, problem string) {
	r := row{b: b}
	v.Interface = r.text()
	destination, ok := address4or6(r.text(), bytesOf)
	gateway, ok1 := address4or6(r.text(), bytesOf)
	flags, ok2 := widthOf32(r.hex(), true)
	v.Flags, v.RefCount, v.Use, v.Metric = flags, r.uint64(), r.uint64(), r.uint64()
	mask, ok3 := address4or6(r.text(), bytesOf)
	v.MTU, v.Window, v.IRTT = r.uint64(), r.uint64(), r.uint64()
	if r.bad || !ok || !ok1 || !ok2 || !ok3 || r.count < 11 || !destination.Is4() || !gateway.Is4() || !mask.Is4() {
		return v, "not an interface, three addresses and numbers"
	}
	m := mask.As4()
	n := binary.BigEndian.Uint32(m[:])
	ones := bits.LeadingZeros32(^n)
	if n<<ones != 0 {
		return v, "a mask with holes"
	}
	v.Destination = netip.PrefixFrom(destination, ones)
	if flags&routeGateway != 0 {
		v.Gateway = gateway
	}
	return v, ""
}

// Routes goes through net/route. The Interface is borrowed until the next
// turn. The errors in the loop are those of [Records]. It allocates for the
// loop, and nothing for a route.
func (n Net) Routes() iter.Seq2[Route, error] {
	return netTable(n, "route", needsNet, func() parser[Route] { return below(1, parseRoute) })
}
