// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// NetDev is a line of /proc/net/dev: what a network interface has received and
// sent since it is there. Name is borrowed.
type NetDev struct {
	Name Text

	RxBytes, RxPackets, RxErrors, RxDropped, RxFIFO, RxFrame, RxCompressed, RxMulticast  uint64
	TxBytes, TxPackets, TxErrors, TxDropped, TxFIFO, Collisions, TxCarrier, TxCompressed uint64
}

// ParseNetDev reads one line of /proc/net/dev. Name borrows from b. errors.Is
// finds [ErrMalformed] for bytes that are no such line. It allocates for an
// error only.
func ParseNetDev(b []byte) (NetDev, error) { return one(b, parseNetDev) }

func parseNetDev(b []byte) (d NetDev, problem string) {
	name, rest, ok := bytes.Cut(b, []byte(":"))
	r := row{b: rest}
	d = NetDev{
		Name: trimBlanks(name), RxBytes: r.uint64(), RxPackets: r.uint64(), RxErrors: r.uint64(), RxDropped: r.uint64(),
		RxFIFO: r.uint64(), RxFrame: r.uint64(), RxCompressed: r.uint64(), RxMulticast: r.uint64(),
		TxBytes: r.uint64(), TxPackets: r.uint64(), TxErrors: r.uint64(), TxDropped: r.uint64(),
		TxFIFO: r.uint64(), Collisions: r.uint64(), TxCarrier: r.uint64(), TxCompressed: r.uint64(),
	}
	if !ok || len(d.Name) == 0 || r.bad || r.count < 16 {
		return d, "not a name and sixteen numbers"
	}
	return d, ""
}

// Devs goes through net/dev. The Name is borrowed until the next turn. The
// errors in the loop are those of [Records].
func (n Net) Devs() iter.Seq2[NetDev, error] {
	return netTable(n, "dev", "it needs CONFIG_NET", func() parser[NetDev] { return below(2, parseNetDev) })
}
