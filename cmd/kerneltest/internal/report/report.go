// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Options say what a report looks like. Without any it is what go test
// prints for a list of packages.
type Options struct {
	Out io.Writer // the report
	Err io.Writer // what the converter of the JSON form complains about; nil is nowhere

	JSON    bool // go test -json; goes before the others
	Verbose bool // go test -v (and -list), streamed
	Bench   bool // go test -bench and -fuzz: streamed, nothing held back
	Color   bool // colours for the result lines, not in the JSON form
}

// Report is about the packages of one run. Its packages come one after the
// other; its methods may be called from several goroutines. Reports that run
// at the same time need an Out each, or one that is safe to share.
type Report struct {
	opts Options

	mu       sync.Mutex
	counts   Counts
	failures []Failure
	skips    []Skip
	packages map[string]*Package // those that have not ended
}

// Counts is what a report has seen so far.
//
// Tests are tests, examples and fuzz tests (with their seeds) of the top
// level; a benchmark counts among them only if it failed or was skipped. A
// package that fails with none of its tests failing counts as one failed.
type Counts struct {
	Packages       int // all of them
	PackagesOK     int
	PackagesFailed int // those not run included
	NoTests        int // without test files

	Passed, Failed, Skipped int
	Benchmarks              int // results of benchmarks
}

// Failure is something that failed: a test or, with no Test, a package.
type Failure struct {
	Package, Test string
	Reason        string // one line
}

// Skip is a test that was skipped.
type Skip struct {
	Package, Test string
	Reason        string // one line, as the test gave it
}

// New makes a report.
func New(o Options) *Report {
	return &Report{opts: o, packages: map[string]*Package{}}
}

// Start begins a package. The caller has to end it with [Package.Done], which
// also ends the child process that the JSON form needs; ctx is the child's,
// and what came before ctx ended is still reported if Done follows within ten
// seconds. The other forms need no child and cannot fail here.
func (r *Report) Start(ctx context.Context, importPath string) (*Package, error) {
	p := &Package{report: r, path: importPath, tests: map[string]*test{}, results: map[string]string{}, faulted: map[string]bool{}}
	p.split = splitter{mark: p.mark, text: p.text, eager: func([]byte) bool { return false }}
	switch {
	case r.opts.JSON:
		c, err := startConverter(ctx, r.opts, importPath)
		if err != nil {
			return nil, fmt.Errorf("report of %s: %w", importPath, err)
		}
		p.out = c
	case r.opts.Verbose:
		p.out = &verbose{paper: paper{w: r.opts.Out}}
	default:
		p.out = newQuiet(r.opts.Out, r.opts.Bench)
	}
	p.split.eager = p.eager
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.Packages++
	r.packages[importPath] = p
	return p, nil
}

// NoTests reports a package that has no test files.
func (r *Report) NoTests(importPath string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.Packages++
	r.counts.NoTests++
	line := "?   \t" + importPath + "\t[no test files]\n"
	if !r.opts.JSON {
		_, err := io.WriteString(r.opts.Out, r.paint(line))
		return err
	}
	var none float64
	for _, e := range []event{
		{Action: "start", Package: importPath},
		{Action: "output", Package: importPath, Output: line},
		{Action: "skip", Package: importPath, Elapsed: &none},
	} {
		if err := e.writeTo(r.opts.Out); err != nil {
			return err
		}
	}
	return nil
}

// Counts returns the figures so far.
func (r *Report) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts
}

// Failures lists what failed so far, in the order in which it did. Of a test
// with subtests only those that failed themselves are listed.
func (r *Report) Failures() []Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.failures)
}

// Skips lists the tests that were skipped so far, subtests included.
func (r *Report) Skips() []Skip {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.skips)
}

// Running names the tests of a package that run at this moment: of a test
// that waits for its subtests only these, none that wait for others to end.
func (r *Report) Running(importPath string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.packages[importPath]; p != nil {
		return p.runningLeaves()
	}
	return nil
}

// paint colours the first word of a result line.
func (r *Report) paint(line string) string {
	if !r.opts.Color || r.opts.JSON || len(line) < 4 {
		return line
	}
	color := map[string]string{"ok  ": "\x1b[32m", "FAIL": "\x1b[31m", "?   ": "\x1b[33m"}[line[:4]]
	if color == "" {
		return line
	}
	return color + line[:4] + "\x1b[0m" + line[4:]
}
