// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Package is one package's part of a report.
type Package struct {
	report *Report
	path   string
	out    renderer
	split  splitter

	tests   map[string]*test // by name, the last of that name
	order   []*test          // not done yet, in the order in which they began
	cur     *test            // the one that speaks
	logged  bool             // the last line was logged, or a mark
	results map[string]string
	faulted map[string]bool
	after   *Failure // a failure whose reason may follow its result
	crash   string   // "panic: ..."

	ended         bool
	failed        int  // tests
	faults        int  // verdicts of the kernel or the runner
	abandoned     bool // the tests that ran are failed for want of a result
	unfinished    bool // the last line has no end
	nothing       bool // no tests to run
	noFuzz        bool
	coverage      string
	ownFailures   []*Failure
	sawPackageEnd bool // PASS or FAIL of the binary's own
}

// Result is how a test binary ended.
type Result struct {
	Exit    int           // its exit status
	Elapsed time.Duration // how long it ran
	Died    string        // why it or the guest ended before its time, "" if it did not
	NotRun  bool          // it never began
}

// Write takes raw output of the test binary, cut anywhere. It never fails for
// what the output is; an error of the writer below comes from Done.
func (p *Package) Write(b []byte) (int, error) {
	p.report.mu.Lock()
	defer p.report.mu.Unlock()
	if p.ended {
		return 0, fmt.Errorf("report of %s: written to after its end", p.path)
	}
	p.split.write(b)
	return len(b), nil
}

// Running is [Report.Running] of this package.
func (p *Package) Running() []string {
	p.report.mu.Lock()
	defer p.report.mu.Unlock()
	return p.runningLeaves()
}

func (p *Package) runningLeaves() []string {
	var names []string
	for _, t := range p.order {
		if !t.paused && t.subs == 0 {
			names = append(names, t.name)
		}
	}
	return names
}

// mark takes a line of package testing's own.
func (p *Package) mark(line []byte) {
	m := parseMark(string(line))
	t := p.tests[m.name]
	switch m.kind {
	case update:
		t = p.update(m, t)
	case result:
		m, t = p.result(m, t)
	case verdict:
		p.cur, p.after, p.sawPackageEnd = nil, nil, true
		if m.verb == "PASS" && p.faults > 0 {
			m = m.as("FAIL")
		}
		p.leaveBenchmarks("")
	}
	p.logged, p.unfinished = true, false
	p.out.mark(m, t)
}

func (p *Package) update(m mark, t *test) *test {
	p.after = nil
	switch m.verb {
	case "RUN":
		p.leaveBenchmarks(m.name)
		t = p.begin(m.name)
	case "PAUSE", "CONT":
		if t != nil {
			t.paused = m.verb == "PAUSE"
		}
	case "NAME":
		if m.name == "" && p.cur != nil && p.cur.benchmark() {
			return p.cur // it may be run again, for another count or CPU
		}
	}
	p.cur = t
	return t
}

// leaveBenchmarks ends those benchmarks that the next test is not a part of:
// one that has a figure for its result gets no mark at its end.
func (p *Package) leaveBenchmarks(next string) {
	p.order = slices.DeleteFunc(p.order, func(t *test) bool {
		over := t.benchmark() && !strings.HasPrefix(next, t.name+"/")
		if over && t.parent != nil {
			t.parent.subs--
		}
		return over
	})
}

func (p *Package) begin(name string) *test {
	t := &test{name: name, began: time.Now(), fault: p.faulted[name]}
	for i := len(name) - 1; i > 0 && t.parent == nil; i-- {
		if parent := p.tests[name[:i]]; name[i] == '/' && parent != nil && !parent.done {
			t.parent = parent
			parent.subs++
		}
	}
	p.tests[name] = t
	p.order = append(p.order, t)
	return t
}

// result ends a test.
func (p *Package) result(m mark, t *test) (mark, *test) {
	if t == nil && p.cur != nil && p.cur.benchmark() {
		t = p.cur // "BenchmarkX-2" of BenchmarkX
	}
	if t == nil {
		t = p.begin(m.name)
	}
	said := m.verb
	if t.fault && said != "FAIL" {
		m = m.as("FAIL")
	}
	p.cur, p.after = t, nil
	again := t.done
	if !again {
		t.done = true
		p.order = slices.DeleteFunc(p.order, func(o *test) bool { return o == t })
		if t.parent != nil {
			t.parent.subs--
			t.parent.failed = t.parent.failed || m.verb == "FAIL"
		}
	}
	switch {
	case said == "FAIL" && !t.failed && !(p.abandoned && t.fault):
		p.fail(t.name, t.reason.String())
		p.after = p.ownFailures[len(p.ownFailures)-1]
	case m.verb == "SKIP":
		p.report.skips = append(p.report.skips, Skip{p.path, t.name, t.reason.String()})
	}
	if t.parent == nil && !again {
		p.count(t.name, m.verb, +1)
	}
	return m, t
}

// count adds a top-level result to the figures, or takes it away.
func (p *Package) count(name, verb string, n int) {
	c := &p.report.counts
	switch verb {
	case "PASS":
		c.Passed += n
	case "SKIP":
		c.Skipped += n
	case "FAIL":
		c.Failed += n
		p.failed += n
	}
	p.results[name] = verb
}

func (p *Package) fail(test, reason string) {
	p.ownFailures = append(p.ownFailures, &Failure{p.path, test, reason})
}

var (
	coverageLine = regexp.MustCompile(`^coverage: (.*)\n`)
	fuzzLine     = regexp.MustCompile(`^ {8,}\S+\.go:\d+: (.+)\n`) // of the input found, which a worker process ran
	crashLine    = regexp.MustCompile(`^(?:panic|fatal error): .*`)
)

// text takes what the tests print.
func (p *Package) text(b []byte, start bool) {
	t := p.cur
	if start {
		p.logged = t.looksLogged(b, p.logged)
	}
	if start && !p.logged && t != nil && !t.done && !t.example() {
		if loc := siteInside.FindIndex(b); loc != nil {
			// Something without a newline stands before a logged line.
			p.out.text(t, b[:loc[0]], true, false)
			b, p.logged = b[loc[0]:], true
		}
	}
	if p.logged && start {
		t.reason.add(b)
	} else if !p.logged && start {
		p.notice(string(b))
	}
	p.unfinished = b[len(b)-1] != '\n'
	p.out.text(t, b, start, p.logged)
}

// notice reads the lines that mean something to go test, or to the reader of
// a summary.
func (p *Package) notice(line string) {
	switch {
	case line == "testing: warning: no tests to run\n":
		p.nothing = true
	case line == "testing: warning: no fuzz tests to fuzz\n":
		p.noFuzz = true
	case benchLine.MatchString(line):
		p.report.counts.Benchmarks++
	case p.sawPackageEnd && coverageLine.MatchString(line):
		p.coverage = coverageLine.FindStringSubmatch(line)[1]
	case p.crash == "" && crashLine.MatchString(line):
		p.crash = shorten(line)
		if p.after != nil {
			p.after.Reason = p.crash
		}
	case p.after != nil && p.cur.fuzz() && fuzzLine.MatchString(line):
		p.after.Reason = shorten(fuzzLine.FindStringSubmatch(line)[1])
	case p.after != nil && p.cur.example() && p.crash == "":
		p.after.Reason = shorten(p.after.Reason + " " + line)
	}
}

// eager lets a running test's dots and prompts through at once. Lines that
// mean something have to be whole: those of benchmarks, of no test, and those
// that may be logged.
func (p *Package) eager(unfinished []byte) bool {
	t := p.cur
	return t != nil && !t.done && !t.benchmark() && p.out.eager() &&
		!strings.HasPrefix(string(unfinished), "    "[:min(4, len(unfinished))])
}
