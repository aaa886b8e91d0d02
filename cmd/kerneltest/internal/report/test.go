// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"regexp"
	"strings"
	"time"
)

// test is a test, example, fuzz test or benchmark that was started.
type test struct {
	name   string
	parent *test
	began  time.Time
	paused bool // waits to be run in parallel with others
	done   bool
	fault  bool // fails, whatever it says
	subs   int  // subtests that are not done
	failed bool // a subtest failed
	echo   bool // a benchmark whose name alone is printed next

	log    []byte // what belongs below its result: lines it logged, results of subtests
	reason reason
}

func (t *test) benchmark() bool { return strings.HasPrefix(t.name, "Benchmark") }
func (t *test) example() bool   { return strings.HasPrefix(t.name, "Example") }
func (t *test) fuzz() bool      { return strings.HasPrefix(t.name, "Fuzz") }

// block is the result with what belongs below it, which is thereby used up.
func (t *test) block(m mark) []byte {
	b := append([]byte(m.line+"\n"), t.log...)
	t.log = nil
	return b
}

// nest puts a subtest's block below its parent's result.
func (t *test) nest(block []byte) {
	for line := range bytes.Lines(block) {
		t.log = append(append(t.log, "    "...), line...)
	}
}

var (
	callSite   = regexp.MustCompile(`^    (\S+\.go:\d+): ?`)
	siteInside = regexp.MustCompile(`    \S+_test\.go:\d+: `)
	benchLine  = regexp.MustCompile(`^(Benchmark\S*)[ \t]+\d+\t`)
)

// looksLogged tells whether a line that a running test wrote came from t.Log
// and its like. follows: it comes right after a mark or a logged line.
func (t *test) looksLogged(line []byte, follows bool) bool {
	if t == nil || t.done || t.example() || !bytes.HasPrefix(line, []byte("    ")) {
		return false
	}
	return follows || callSite.Match(line)
}

// reason is why a test failed or was skipped, in one line.
type reason struct {
	text  string
	state int // what continuation lines are to it
}

const (
	plain   = iota
	open    // the line so far says where, not what
	failing // in the "Error:" part of an assertion
	settled // an assertion's, complete: what is logged later does not count
)

const longestReason = 160

// add reads a logged line. The last thing logged counts: t.Fatal and t.Skip
// are the last that a test does. Of an assertion library's many lines the
// error itself counts.
func (r *reason) add(line []byte) {
	text := strings.TrimSpace(string(line))
	if loc := callSite.FindIndex(line); loc != nil {
		text = strings.TrimSpace(string(line[loc[1]:]))
		switch {
		case text == "":
			r.state = open
		case r.state != settled:
			r.text, r.state = text, plain
		}
		return
	}
	switch label, rest, _ := strings.Cut(text, ":"); {
	case r.state == open && label == "Error":
		r.text, r.state = strings.TrimSpace(rest), failing
	case r.state == open:
		// Still the places of the calls.
	case r.state == failing && (text == "" || label == "Diff" || label == "Test"):
		r.state = settled
	case r.state == settled && label == "Messages":
		r.text = strings.TrimSpace(rest) + ": " + r.text
	case r.state == failing && len(r.text) < longestReason:
		r.text = strings.TrimSpace(r.text + " " + text)
	case r.text == "":
		r.text = text
	}
}

func (r *reason) String() string { return shorten(r.text) }

func shorten(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if runes := []rune(s); len(runes) > longestReason {
		return string(runes[:longestReason]) + " ..."
	}
	return s
}
