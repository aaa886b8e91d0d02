// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Counters are named numbers, in the kernel's order: those of /proc/vmstat,
// and of the statistics of the network. There are hundreds, and each version
// of the kernel has others, so they are asked for by name.
//
// A Counters that is read into again and again remembers the names, and takes
// the numbers alone as long as they are the same. The zero value is ready. It
// may be used by several goroutines while nobody reads into it.
type Counters struct {
	names  []string // parts of one string
	values []uint64
	index  map[string]int
	heads  []string // lines that are nothing but names, of a file that has such
}

// Value is the counter of that name. ok is false when the kernel did not print
// it, which is not the same as zero. It takes the time of one look-up in a map
// and allocates nothing.
func (c *Counters) Value(name string) (n uint64, ok bool) {
	i, ok := c.index[name]
	if !ok {
		return 0, false
	}
	return c.values[i], true
}

// Len is how many counters there are.
func (c *Counters) Len() int { return len(c.names) }

// All goes through the counters in the kernel's order.
func (c *Counters) All() iter.Seq2[string, uint64] {
	return func(yield func(string, uint64) bool) {
		for i, name := range c.names {
			if !yield(name, c.values[i]) {
				return
			}
		}
	}
}

// maker puts Counters together whose names are not those of before.
type maker struct {
	text []byte
	ends []int
}

// name adds a name that is the two parts together.
func (m *maker) name(prefix, rest []byte) {
	m.text = append(append(m.text, prefix...), rest...)
	m.ends = append(m.ends, len(m.text))
}

// into gives the names to c, whose values are to follow.
func (m *maker) into(c *Counters) {
	*c = Counters{names: make([]string, 0, len(m.ends)), values: make([]uint64, len(m.ends)), index: make(map[string]int, len(m.ends))}
	all, start := string(m.text), 0
	for i, end := range m.ends {
		name := all[start:end]
		c.names = append(c.names, name)
		if _, twice := c.index[name]; !twice { // the first one counts
			c.index[name] = i
		}
		start = end
	}
}

// ParseVmstat reads the text of /proc/vmstat, or another one of lines of a
// name and a number, into *dst, whose memory it uses again.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates when the names are others than those
// that *dst had, and for an error.
func ParseVmstat(b []byte, dst *Counters) error {
	if problem := parseVmstat(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

// ParseSNMP6 reads the text of /proc/net/snmp6, which has the form of
// /proc/vmstat, as [ParseVmstat] does. The names are the kernel's:
// Ip6InReceives.
func ParseSNMP6(b []byte, dst *Counters) error { return ParseVmstat(b, dst) }

func parseVmstat(b []byte, c *Counters) (problem string) {
	if c.sameLines(b) {
		return ""
	}
	var m maker
	for rest := b; len(rest) > 0; {
		var text []byte
		text, rest = line(rest)
		name, _ := word(text)
		if len(name) == 0 {
			return "a line without a name"
		}
		m.name(name, nil)
	}
	if len(m.ends) == 0 {
		return "no counter"
	}
	m.into(c)
	if !c.sameLines(b) {
		return "a line that is not a name and a number"
	}
	return ""
}

// sameLines reads numbers behind the names that are known already. It is false
// for other names, and for a text that is none.
func (c *Counters) sameLines(b []byte) bool {
	at := 0
	for i, name := range c.names {
		after := at + len(name)
		if after >= len(b) || string(b[at:after]) != name || !isBlank(b[after]) {
			return false
		}
		for after < len(b)-1 && isBlank(b[after+1]) {
			after++
		}
		c.values[i], at = uint64After(b, after)
		if at < 0 {
			return false
		}
		if at < len(b) {
			if b[at] != '\n' {
				return false
			}
			at++
		}
	}
	return at == len(b) && len(c.names) > 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// uint64After reads the number behind the byte at b[i], and tells where it
// ends: notNumber for none.
func uint64After(b []byte, i int) (n uint64, next int) {
	i++
	start := i
	for ; i < len(b); i++ {
		d := uint64(b[i]) - '0'
		if d > 9 {
			break
		}
		n = n*10 + d
	}
	if uint(i-start-1) >= decimal.SafeDigits {
		return long(b[start:i], i)
	}
	return n, i
}

// ParseSNMP reads the text of /proc/net/snmp or /proc/net/netstat into *dst,
// whose memory it uses again. The names are those of nstat(8), the protocol
// and the counter together: TcpRetransSegs, TcpExtTCPTimeouts. TcpMaxConn is
// -1 for no limit, which is 1<<64-1 here.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates when the names are others than those
// that *dst had, and for an error.
func ParseSNMP(b []byte, dst *Counters) error {
	if problem := parseSNMP(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseSNMP(b []byte, c *Counters) (problem string) {
	if c.samePairs(b) {
		return ""
	}
	var m maker
	var heads []string
	for rest := b; len(rest) > 0; {
		var head, values []byte
		head, rest = line(rest)
		values, rest = line(rest)
		protocol, names, ok := bytes.Cut(head, []byte(":"))
		same, numbers, ok1 := bytes.Cut(values, []byte(":"))
		if !ok || !ok1 || !bytes.Equal(protocol, same) {
			return "not a line of names and one of numbers of the same protocol"
		}
		for {
			var name, number []byte
			name, names = word(names)
			number, numbers = word(numbers)
			if len(name) == 0 && len(number) == 0 {
				break
			}
			if len(name) == 0 || len(number) == 0 {
				return "not as many numbers as names"
			}
			m.name(protocol, name)
		}
		heads = append(heads, string(head))
	}
	if len(m.ends) == 0 {
		return "no counter"
	}
	m.into(c)
	c.heads = heads
	if !c.samePairs(b) {
		return "a number that is none"
	}
	return ""
}

// samePairs reads the lines of numbers below the lines of names that are known
// already.
func (c *Counters) samePairs(b []byte) bool {
	n := 0
	for _, known := range c.heads {
		var head, values []byte
		head, b = line(b)
		if string(head) != known {
			return false
		}
		values, b = line(b)
		at := bytes.IndexByte(values, ':') + 1
		if at == 0 || !bytes.Equal(values[:at], head[:min(at, len(head))]) {
			return false
		}
		for at >= 0 && at < len(values) && n < len(c.values) {
			if at+1 < len(values) && values[at+1] == '-' {
				var v int64
				v, at = int64At(values, at) // TcpMaxConn
				c.values[n] = uint64(v)
			} else {
				c.values[n], at = uint64At(values, at)
			}
			n++
			if at >= 0 && at < len(values) && values[at] != ' ' {
				return false
			}
		}
		if at != len(values) {
			return false
		}
	}
	return len(b) == 0 && n == len(c.values) && n > 0
}

// ParseSockstat reads the text of /proc/net/sockstat or sockstat6 into *dst,
// whose memory it uses again. The names are the two words of the text: "TCP
// inuse", "sockets used". mem of TCP and UDP is in pages, memory of FRAG in
// bytes.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates when the names are others than those
// that *dst had, and for an error.
func ParseSockstat(b []byte, dst *Counters) error {
	if problem := parseSockstat(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseSockstat(b []byte, c *Counters) (problem string) {
	var m maker
	if same, problem := c.words(b, nil); same || problem != "" {
		return problem
	}
	if _, problem := c.words(b, &m); problem != "" {
		return problem
	}
	if len(m.ends) == 0 {
		return "no counter"
	}
	m.into(c)
	_, problem = c.words(b, nil)
	return problem
}

// words goes through the text. With m it collects the names, without it reads
// numbers as long as the names are the known ones.
func (c *Counters) words(b []byte, m *maker) (same bool, problem string) {
	n := 0
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		protocol, rest, ok := bytes.Cut(text, []byte(":"))
		if !ok {
			return false, "a line without a colon"
		}
		for {
			var name, number []byte
			name, rest = word(rest)
			number, rest = word(rest)
			if len(name) == 0 {
				break
			}
			v, ok := signed(number)
			if !ok {
				return false, "a number that is none"
			}
			switch {
			case m != nil:
				m.text = append(append(m.text, protocol...), ' ')
				m.name(nil, name)
			case n >= len(c.names) || !isPair(c.names[n], protocol, name):
				return false, ""
			default:
				c.values[n] = uint64(v)
			}
			n++
		}
	}
	return n == len(c.names) && n > 0, ""
}

func isPair(s string, a, b []byte) bool {
	return len(s) == len(a)+1+len(b) && s[:len(a)] == string(a) && s[len(a)] == ' ' && s[len(a)+1:] == string(b)
}
