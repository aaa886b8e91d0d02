// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"
)

// Fault is a verdict of the kernel or the runner that fails a package: the
// package's own tests may all have passed.
type Fault struct {
	Kind  string   // "WARNING", "panic", "leaked fd", "stalled", "module left loaded"
	Text  string   // one line: "WARNING at mymodule.c:88 (see console)"
	Tests []string // those that ran then; none: it is not known, or there was none
	Lines []string // an excerpt of the kernel's log or the console
}

// String is the verdict: Text, with Kind before it unless Text begins so.
func (f Fault) String() string {
	switch {
	case f.Text == "":
		return f.Kind
	case len(f.Text) >= len(f.Kind) && strings.EqualFold(f.Text[:len(f.Kind)], f.Kind):
		return f.Text
	}
	return f.Kind + ": " + f.Text
}

// lines is the verdict as it is printed:
//
//	FAIL example.org/mymodule/stress   TestUnload: WARNING at mymodule.c:88
//	    [   12.345678] WARNING: CPU: 0 PID: 88 at ...
func (f Fault) lines(importPath string) string {
	var b strings.Builder
	b.WriteString("FAIL " + importPath + "   ")
	if len(f.Tests) > 0 {
		b.WriteString(strings.Join(f.Tests, ", ") + ": ")
	}
	b.WriteString(strings.ReplaceAll(f.String(), "\n", " ") + "\n")
	for _, line := range f.Lines {
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}

// Fault fails the package, and the tests that the fault names. A test that is
// still running will be shown as failed, whatever its result; one that has
// passed already counts as failed from here on. The verdict is printed at
// once where output is streamed, and just before the last line where not.
func (p *Package) Fault(f Fault) {
	p.report.mu.Lock()
	defer p.report.mu.Unlock()
	if p.ended {
		return
	}
	p.faults++
	if len(f.Tests) == 0 {
		p.fail("", shorten(f.String()))
	}
	s := saying{lines: p.report.paint(f.lines(p.path))}
	for _, name := range f.Tests {
		p.fail(name, shorten(f.String()))
		for ; name != ""; name = parentName(name) {
			if p.failTest(name) {
				s.late = append(s.late, name)
			}
		}
	}
	if len(f.Tests) > 0 {
		s.about = f.Tests[0]
	}
	if p.cur != nil {
		s.back = p.cur.name
	}
	p.out.say(s)
}

// failTest has a test fail. It tells whether that comes late: the test has
// another result already.
func (p *Package) failTest(name string) (late bool) {
	if p.faulted[name] {
		return false
	}
	p.faulted[name] = true
	t := p.tests[name]
	if t == nil || !t.done {
		if t != nil {
			t.fault = true
		}
		return false
	}
	if verb, top := p.results[name]; top {
		if verb == "FAIL" {
			return false
		}
		p.count(name, verb, -1)
		p.count(name, "FAIL", +1)
	}
	p.report.skips = slices.DeleteFunc(p.report.skips, func(s Skip) bool { return s.Package == p.path && s.Test == name })
	return true
}

func parentName(name string) string {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)]
}
