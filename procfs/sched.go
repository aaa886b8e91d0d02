// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"slices"
)

// Sched is /proc/PID/sched: what the scheduler keeps of a thread, of the first
// one of a process. It is for people who debug: which lines there are, and
// what they mean, changes from kernel to kernel.
type Sched []Pair

// Value is the value of a line, "" and false when this kernel does not print it:
// Value("nr_switches").
func (s Sched) Value(key string) (string, bool) {
	v, ok := get(s, key)
	return string(v), ok
}

// ParseSched takes the text of /proc/PID/sched apart. errors.Is finds
// [ErrMalformed] for bytes that are no such text.
func ParseSched(b []byte) (Sched, error) {
	s, problem := parseSched(bytes.Clone(b))
	if problem != "" {
		return nil, malformed("", b, problem)
	}
	return s, nil
}

// parseSched keeps b.
func parseSched(b []byte) (s Sched, problem string) {
	// The name of the thread stands in the first line, and may have newlines
	// of its own, though none before a row of dashes: it has not the room.
	const dashes = "\n--------------------"
	i := bytes.Index(b, []byte(dashes))
	if i < 0 {
		return nil, "no row of dashes"
	}
	_, b = line(b[i+1:])
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		if p, ok := pair(text); ok {
			s = append(s, p)
			continue
		}
		s = appendAssignments(s, text)
	}
	return s, ""
}

// appendAssignments is for lines of the form current_node=0, numa_group_id=0.
// Those of a node begin with a word that is nobody's key.
func appendAssignments(s Sched, text []byte) Sched {
	fields := bytes.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	prefix := []byte(nil)
	for _, field := range fields {
		key, value, ok := bytes.Cut(field, []byte("="))
		if !ok {
			prefix = append(bytes.Clone(field), ' ')
			continue
		}
		s = append(s, Pair{slices.Concat(prefix, key), value})
	}
	return s
}

// Sched reads /proc/PID/sched: it opens the file, reads it, and closes it. It
// needs CONFIG_SCHED_DEBUG before Linux 6.15.
//
// errors.Is finds [kernlink.ErrNotSupported] without, and [kernlink.ErrGone].
func (p *Process) Sched() (Sched, error) {
	var s Sched
	err := p.read(fileSched, func(b []byte) (problem string) {
		s, problem = parseSched(bytes.Clone(b))
		return problem
	})
	return s, err
}
