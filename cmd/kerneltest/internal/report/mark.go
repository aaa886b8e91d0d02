// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"
)

// mark is a line that package testing wrote about a test or the whole run.
type mark struct {
	kind kind
	verb string // RUN, PAUSE, CONT, NAME, ...; of a result PASS, FAIL, SKIP, BENCH
	name string // the test; "" is none
	line string // as it stands, without newline
}

type kind int

const (
	note    kind = iota // none of the others: text, only marked
	update              // === RUN   TestX
	result              // --- PASS: TestX (0.00s)
	verdict             // PASS, FAIL
)

var (
	updates = []string{"RUN", "PAUSE", "CONT", "NAME", "ATTR", "ARTIFACTS"}
	results = []string{"PASS", "FAIL", "SKIP", "BENCH"}
)

func parseMark(line string) mark {
	m := mark{line: line}
	if line == "PASS" || line == "FAIL" {
		m.kind, m.verb = verdict, line
		return m
	}
	if rest, ok := strings.CutPrefix(line, "=== "); ok {
		verb, name, _ := strings.Cut(rest, " ")
		if !slices.Contains(updates, verb) {
			return m
		}
		m.kind, m.verb, m.name = update, verb, strings.TrimSpace(name)
		if verb == "ATTR" || verb == "ARTIFACTS" {
			m.name, _, _ = strings.Cut(m.name, " ")
		}
		return m
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "--- ")
	verb, name, colon := strings.Cut(rest, ": ")
	if !ok || !colon || !slices.Contains(results, verb) {
		return m
	}
	name, _, _ = strings.Cut(name, " (")
	m.kind, m.verb, m.name = result, verb, strings.TrimSpace(name)
	return m
}

// as is the mark of a result with another verb.
func (m mark) as(verb string) mark {
	m.line = strings.Replace(m.line, m.verb, verb, 1)
	m.verb = verb
	return m
}
