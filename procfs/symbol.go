// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// Symbol is a line of /proc/kallsyms: a name in the kernel or in a module, and
// where it stands. What it holds is borrowed.
type Symbol struct {
	// Address is 0 where the kernel hides it; see [FS.Symbols]. That of a
	// per-CPU variable (before Linux 6.15) is an offset, and may be 0.
	Address uint64
	Type    byte // as nm(1) has it: T and t for code, D and d for data; small ones are local
	Name    Text
	Module  Text // empty for the kernel itself; bpf and __builtin__kprobes stand there too
}

// ParseSymbol reads one line of /proc/kallsyms. What it returns borrows from
// b. errors.Is finds [ErrMalformed] for bytes that are no such line. It
// allocates for an error only.
func ParseSymbol(b []byte) (Symbol, error) { return one(b, parseSymbol) }

func parseSymbol(b []byte) (s Symbol, problem string) {
	blank := bytes.IndexByte(b, ' ')
	if blank < 0 || len(b) < blank+4 || b[blank+2] != ' ' {
		return s, "not an address, a letter and a name"
	}
	address, ok := hex(b[:blank])
	if !ok {
		return s, "an address that is none"
	}
	s = Symbol{Address: address, Type: b[blank+1], Name: b[blank+3:]}
	if lower := s.Type | ' '; (lower < 'a' || lower > 'z') && s.Type != '?' && s.Type != '-' {
		return s, "a type that is no letter"
	}
	if tab := bytes.IndexByte(s.Name, '\t'); tab >= 0 {
		module := s.Name[tab+1:]
		if len(module) < 2 || module[0] != '[' || module[len(module)-1] != ']' {
			return s, "a module that is not in brackets"
		}
		s.Name, s.Module = s.Name[:tab], module[1:len(module)-1]
	}
	if bytes.IndexByte(s.Name, ' ') >= 0 {
		return s, "a name of several words"
	}
	return s, ""
}

// Symbols goes through /proc/kallsyms, 100 000 lines and more. What a Symbol
// holds is borrowed until the next turn.
//
// The kernel shows addresses to those who have CAP_SYSLOG, unless the sysctl
// kernel.kptr_restrict is 2; to others too when it is 0 and the sysctl
// kernel.perf_event_paranoid is 1 or less. Everybody else gets 0 for each, and
// no error.
//
// errors.Is finds [kernlink.ErrNotSupported] in a kernel without
// CONFIG_KALLSYMS; the other errors in the loop are those of [Records]. It
// allocates for the loop, and nothing for a symbol.
func (f *FS) Symbols() iter.Seq2[Symbol, error] {
	return table(f.Entry("kallsyms"), "it needs CONFIG_KALLSYMS", func() parser[Symbol] { return plain(parseSymbol) })
}
