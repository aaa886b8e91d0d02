// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"iter"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Net is /proc/net: what a network namespace has, as text. Package nl asks the
// kernel for the same in a form of its own, filtered, and faster where there
// is much.
//
// It owns nothing, and is of use as long as what it came from.
type Net struct {
	fs      *FS
	process *Process
}

// Net is the network of the namespace that the caller's process began in, or
// went to with its first thread: /proc/net is that of the process. Of a thread
// that is in another one it is FS.Process(its number).Net().
func (f *FS) Net() Net { return Net{fs: f} }

// Net is the network of the namespace that the process is in.
//
// What the kernel does not have, and any file of a zombie, is
// [fs.ErrNotExist] here, and the Into calls open, read and close each time.
func (p *Process) Net() Net { return Net{fs: p.fs, process: p} }

// Entry is the file at a path below net, in the form of [fs.ValidPath]: "arp".
// It does not look whether there is one.
func (n Net) Entry(path string) attr.File {
	if n.process != nil {
		return n.process.Entry("net/" + path)
	}
	return n.fs.Entry("net/" + path)
}

// netTable goes through a table of the network.
func netTable[T any](n Net, name, needs string, begin func() parser[T]) iter.Seq2[T, error] {
	if n.process != nil {
		needs = "" // a zombie has no network any more
	}
	return table(n.Entry(name), needs, begin)
}

// counters reads a file of counters by the tier that n allows.
func (n Net) counters(s systemFile, dst *Counters) error {
	if n.process == nil {
		return n.fs.counters(s, dst)
	}
	file := n.process.Entry(systemTable[s].name)
	fd, err := file.Open()
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	var buf []byte
	b, err := loadSystem(fd, &buf, systemTable[s].record)
	if err != nil {
		return file.ReadFailure("read", fd, err)
	}
	if problem := parseCounters(s, b, dst); problem != "" {
		return malformed(file.Path(), b, problem)
	}
	return nil
}

// once is the easy tier of a file of counters.
func (n Net) once(s systemFile) (c Counters, err error) {
	if n.process == nil {
		err = once(n.fs, s, &c, func(b []byte, dst *Counters) string { return parseCounters(s, b, dst) })
	} else {
		err = n.counters(s, &c)
	}
	return c, err
}

// SNMP reads net/snmp, the counters of IP, ICMP, TCP and UDP that RFC 1213 and
// its successors define, under the names of nstat(8): TcpRetransSegs. It opens
// the file, reads it, and closes it.
func (n Net) SNMP() (Counters, error) { return n.once(systemSNMP) }

// ReadSNMPInto reads net/snmp into *dst as [FS.ReadVmstatInto] does. The file
// that is kept open is of the namespace in which it was opened.
func (n Net) ReadSNMPInto(dst *Counters) error { return n.counters(systemSNMP, dst) }

// SNMP6 reads net/snmp6, the counters of IPv6: Ip6InReceives.
func (n Net) SNMP6() (Counters, error) { return n.once(systemSNMP6) }

// ReadSNMP6Into reads net/snmp6 into *dst as [FS.ReadVmstatInto] does.
func (n Net) ReadSNMP6Into(dst *Counters) error { return n.counters(systemSNMP6, dst) }

// Netstat reads net/netstat, Linux's own counters of IP, TCP and MPTCP, under
// the names of nstat(8): TcpExtTCPTimeouts.
func (n Net) Netstat() (Counters, error) { return n.once(systemNetstat) }

// ReadNetstatInto reads net/netstat into *dst as [FS.ReadVmstatInto] does.
func (n Net) ReadNetstatInto(dst *Counters) error { return n.counters(systemNetstat, dst) }

// Sockstat reads net/sockstat, how many sockets there are: "TCP inuse". See
// [ParseSockstat] for the units.
func (n Net) Sockstat() (Counters, error) { return n.once(systemSockstat) }

// ReadSockstatInto reads net/sockstat into *dst as [FS.ReadVmstatInto] does.
func (n Net) ReadSockstatInto(dst *Counters) error { return n.counters(systemSockstat, dst) }

// Sockstat6 reads net/sockstat6: "TCP6 inuse".
func (n Net) Sockstat6() (Counters, error) { return n.once(systemSockstat6) }

// ReadSockstat6Into reads net/sockstat6 into *dst as [FS.ReadVmstatInto] does.
func (n Net) ReadSockstat6Into(dst *Counters) error { return n.counters(systemSockstat6, dst) }
