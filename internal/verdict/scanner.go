// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"
	"strings"
)

// Report is one fault with the lines that the kernel wrote about it.
type Report struct {
	Fault
	Lines   []string // the first of them, from `cut here` where there is one
	Dropped int      // how many more there were
}

// How much belongs to a report. A report with an end marker that never comes,
// and one that has none, must not swallow the rest of the log.
const (
	keptLines   = 128 // lines kept of a report
	markedLines = 256 // lines until a marker is no longer waited for
	openLines   = 64  // lines of a report without a marker
	namedWithin = 8   // lines between `cut here` and the line that names it
)

// Scanner follows a kernel log and finds the reports in it. The zero Scanner is
// ready. It is not for concurrent use.
//
// Several heads in one report are one fault, named by the first: the message of
// refcount_t before its WARNING, `BUG: unable to handle` before `Oops:`, the
// panic that panic_on_oops makes of it. Reports of two CPUs that write into
// each other are told apart only by their heads.
type Scanner struct {
	now      *Report // the report that lines go to, nil between reports
	seen     step    // the last head of now
	age      int     // lines since now's last head
	cut      []string
	waiting  bool // after `cut here`, before a name
	any      bool
	panicked bool
}

// Line takes the text of the next record. It returns a fault when a report
// begins, that is at the line that names it, and nil for every other line. A
// record may hold several lines; they are taken one by one, and the first fault
// is returned. The caller may keep the Fault.
//
// A line of a healthy log allocates nothing.
func (s *Scanner) Line(text string) *Fault {
	var first *Fault
	for line := range strings.SplitSeq(text, "\n") {
		if f := s.line(line); f != nil && first == nil {
			first = f
		}
	}
	return first
}

// Report returns the report that began last, nil before the first. Its Lines
// grow as long as its lines come in; it is never reused for another.
func (s *Scanner) Report() *Report { return s.now }

// Panicked reports whether the kernel has panicked, be it as the consequence
// of an earlier fault, for which Line returns no fault of its own.
func (s *Scanner) Panicked() bool { return s.panicked }

// Break ends the present report, as where another test begins: what follows is
// never taken for a part of it.
func (s *Scanner) Break() {
	s.closed()
	s.waiting, s.cut = false, nil
}

func (s *Scanner) line(line string) *Fault {
	if strings.Contains(line, cutHere) && isRuled(line) {
		return s.begin(line)
	}
	h, ok := classify(line)
	switch {
	case ok:
		return s.head(h, line)
	case s.waiting:
		return s.unnamed(line)
	}
	s.add(line)
	return nil
}

const cutHere = "[ cut here ]"

// isRuled: `------------[ cut here ]------------`, arm's `8<--- cut here ---`
// is followed by a head that does without.
func isRuled(line string) bool { return strings.HasPrefix(line, "---") }

// begin opens a report that has no name yet. A message that came just before
// it (usercopy) is the name.
func (s *Scanner) begin(line string) *Fault {
	f := s.giveUp()
	if s.open() && s.seen == message && s.age < namedWithin {
		s.add(line)
		return f
	}
	s.waiting, s.cut = true, []string{line}
	return f
}

// unnamed takes a line between `cut here` and the name.
func (s *Scanner) unnamed(line string) *Fault {
	s.cut = append(s.cut, line)
	if isBody(line) || len(s.cut) > namedWithin {
		return s.giveUp()
	}
	return nil
}

// giveUp names a report whose head nobody knows: better a vague fault than
// none when a kernel changes its words.
func (s *Scanner) giveUp() *Fault {
	if !s.waiting {
		return nil
	}
	text := "a report of unknown form"
	for _, line := range s.cut[1:] {
		if head := clip(strings.TrimSpace(line)); head != "" && !isBody(line) {
			text = head
			break
		}
	}
	lines := s.cut
	f := s.start(head{Fault: Fault{Kind: Warning, Text: text}, step: trap}, lines)
	if isEnd(lines[len(lines)-1]) {
		s.closed()
	}
	return f
}

// isBody reports whether a line is one of those that follow the name of a
// report.
func isBody(line string) bool {
	return isEnd(line) || strings.HasPrefix(line, "Modules linked in:") ||
		strings.HasPrefix(line, "Call Trace:") || strings.HasPrefix(line, "CPU: ")
}

// head takes a line that names a report.
func (s *Scanner) head(h head, line string) *Fault {
	if h.Kind == Panic {
		s.panicked = true
	}
	if s.belongs(h) {
		for _, l := range s.cut {
			s.add(l)
		}
		s.waiting, s.cut = false, nil
		s.add(line)
		s.seen, s.age = max(s.seen, h.step), 0
		return nil
	}
	return s.start(h, append(s.cut, line))
}

func (s *Scanner) start(h head, lines []string) *Fault {
	s.now = &Report{Fault: h.Fault, Lines: slices.Clone(lines)}
	s.seen, s.age, s.any = h.step, 0, true
	s.waiting, s.cut = false, nil
	f := h.Fault
	return &f
}

// belongs reports whether a head is a further one of the present report.
func (s *Scanner) belongs(h head) bool {
	if h.Kind == Panic && s.any && isConsequence(h.Text) {
		return true
	}
	if !s.open() {
		return false
	}
	switch {
	case s.now.Kind == Corruption && s.seen == message && strings.HasPrefix(s.now.Text, "slab "):
		// The object is dumped in between, however large it is.
		return h.Kind == Warning && strings.HasPrefix(h.file, "mm/sl") ||
			h.Kind == Bug && strings.HasPrefix(h.Text, "kernel BUG at mm/sl")
	case s.now.Kind == UBSAN && h.Kind == UBSAN:
		return h.step == die
	case s.seen == alone || h.step == alone:
		return false
	case s.waiting && s.seen >= trap:
		return false // `cut here` has begun another
	case s.seen == trap && s.now.Kind == Warning:
		// Some kernels print the message after the line that it led to.
		return h.step == message && s.age < 3
	}
	return h.step > s.seen && s.age < openLines
}

// open reports whether lines still go to the present report.
func (s *Scanner) open() bool { return s.now != nil && s.age >= 0 }

func (s *Scanner) closed() { s.age = -1 }

// add gives a line to the present report, if one is open, and closes it where
// it ends.
func (s *Scanner) add(line string) {
	if !s.open() {
		return
	}
	rule := strings.HasPrefix(line, "====================")
	if rule && !s.now.ruled() {
		s.closed() // it stands above the head of the next report
		return
	}
	if len(s.now.Lines) < keptLines {
		s.now.Lines = append(s.now.Lines, line)
	} else {
		s.now.Dropped++
	}
	s.age++
	limit := markedLines
	if s.seen == alone && !s.now.ruled() {
		limit = openLines
	}
	if rule || isEnd(line) || s.age > limit {
		s.closed()
	}
}

// isEnd recognises `---[ end trace 0000000000000000 ]---` and the last line of a
// panic.
func isEnd(line string) bool { return strings.HasPrefix(line, "---[ end ") }

// ruled reports whether a line of equal signs ends the report, as the
// sanitizers write it.
func (r *Report) ruled() bool {
	switch r.Kind {
	case KASAN, KMSAN, KCSAN, KFENCE, UBSAN:
		return true
	}
	return false
}
