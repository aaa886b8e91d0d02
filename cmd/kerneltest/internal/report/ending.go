// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Done ends the package: its last lines are printed and its figures settled.
// It returns the first error of writing the report. A second call does
// nothing.
func (p *Package) Done(res Result) error {
	r := p.report
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.ended {
		return nil
	}
	p.split.flush()
	if res.Died != "" {
		p.abandon(res.Died)
	}
	p.ended = true
	delete(r.packages, p.path)

	e := p.ending(res)
	e.shown = r.paint(e.line)
	p.settle(res, e.ok)
	if err := p.out.end(e); err != nil {
		return fmt.Errorf("report of %s: %w", p.path, err)
	}
	return nil
}

// abandon fails the tests that were running when everything ended, innermost
// first, in the words of package testing: all forms of the report understand
// these.
func (p *Package) abandon(why string) {
	why = shorten(why)
	p.abandoned = true
	if p.unfinished {
		p.text([]byte("\n"), false)
	}
	running := slices.Clone(p.order)
	leaves := map[*test]bool{}
	for _, t := range running {
		leaves[t] = t.subs == 0 && !t.benchmark()
	}
	for _, t := range slices.Backward(running) {
		if leaves[t] {
			p.mark([]byte("=== NAME  " + t.name))
			p.text([]byte("    "+why+"\n"), true)
		}
		t.reason = reason{text: why}
		p.mark(fmt.Appendf(nil, "--- FAIL: %s (%.2fs)", t.name, time.Since(t.began).Seconds()))
	}
}

// ending is the last lines, as go test has them.
func (p *Package) ending(res Result) ending {
	e := ending{
		ok:      res.Exit == 0 && res.Died == "" && !res.NotRun && p.faults == 0,
		fault:   p.faults > 0,
		elapsed: math.Round(res.Elapsed.Seconds()*1000) / 1000,
		cause:   res.Died,
	}
	took := fmt.Sprintf("%.3fs", res.Elapsed.Seconds())
	switch {
	case res.NotRun:
		e.cause = ""
		e.line = "FAIL\t" + p.path + " [not run]"
		if res.Died != "" {
			e.line = "FAIL\t" + p.path + " [not run: " + shorten(res.Died) + "]"
		}
	case !e.ok:
		e.line = "FAIL\t" + p.path + "\t" + took
		if res.Exit != 0 && res.Died == "" {
			e.silent = fmt.Sprintf("exit status %d", res.Exit)
		}
		if p.report.opts.Bench && e.cause == "" {
			e.cause = e.silent // go test does not look at what it streams
		}
	default:
		e.line = "ok  \t" + p.path + "\t" + took
		if p.report.opts.Bench {
			break // likewise
		}
		if p.coverage != "" {
			e.line += "\tcoverage: " + p.coverage
		}
		if p.nothing {
			e.line += " [no tests to run]"
		}
		if p.noFuzz {
			e.line += " [no fuzz tests to fuzz]"
		}
	}
	return e
}

// settle hands the package's figures to the report.
func (p *Package) settle(res Result, ok bool) {
	c := &p.report.counts
	if ok {
		c.PackagesOK++
	} else {
		c.PackagesFailed++
		why := p.why(res)
		for _, t := range p.order { // it ended in the middle of these
			if t.parent == nil {
				p.count(t.name, "FAIL", +1)
			}
			if t.subs == 0 && !p.faulted[t.name] {
				p.fail(t.name, why)
			}
		}
		if p.failed == 0 {
			c.Failed++
			if len(p.ownFailures) == 0 {
				p.fail("", why)
			}
		}
	}
	for _, f := range p.ownFailures {
		p.report.failures = append(p.report.failures, *f)
	}
}

func (p *Package) why(res Result) string {
	switch {
	case res.NotRun && res.Died != "":
		return "not run: " + shorten(res.Died)
	case res.NotRun:
		return "not run"
	case res.Died != "":
		return shorten(res.Died)
	case p.crash != "":
		return p.crash
	}
	return fmt.Sprintf("exit status %d", res.Exit)
}
