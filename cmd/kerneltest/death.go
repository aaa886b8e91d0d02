// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"slices"
	"strings"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/report"
	"github.com/kernlink/kernlink/internal/marker"
	"github.com/kernlink/kernlink/internal/verdict"
)

// How much a report shows of a dead guest: of the kernel's report or, where
// there is none, of the console; and of the console's end after it.
const (
	shownConsole = 30
	shownEnd     = 5
)

// judgeDeath says of what a guest died and which tests ran then. All that is
// left of it is its console: the markers of the tests stand there among the
// kernel's last lines.
func (r *testRun) judgeDeath(d *deathError) report.Fault {
	var running []string
	var first *verdict.Report
	var scanner verdict.Scanner
	for _, line := range d.console {
		text := verdict.Strip(line)
		if e, ok := marker.Parse(text); ok {
			running = follow(running, e)
			if e.Kind == marker.JobBegin {
				first, scanner = nil, verdict.Scanner{}
			}
			continue
		}
		if scanner.Line(text) != nil && first == nil {
			first = scanner.Report()
		}
	}
	f := report.Fault{Kind: "died", Text: d.what, Tests: running, Lines: d.console[max(0, len(d.console)-shownConsole):]}
	if len(d.where) > 0 {
		f.Lines = d.where[:min(len(d.where), 2*shownConsole)]
	}
	switch {
	case strings.HasPrefix(d.what, "hang"):
		f.Kind = "hang"
	case first != nil:
		f.Kind, f.Text = first.Kind.String(), first.Text
		f.Lines = append(first.Lines[:min(len(first.Lines), shownConsole)], "...")
		f.Lines = append(f.Lines, d.console[max(0, len(d.console)-shownEnd):]...)
	}
	return f
}

// follow keeps the list of the tests that run.
func follow(running []string, e marker.Event) []string {
	switch e.Kind {
	case marker.JobBegin, marker.JobEnd:
		return nil
	case marker.Run:
		return append(running, e.Test)
	case marker.End:
		if i := slices.Index(running, e.Test); i >= 0 {
			return slices.Delete(running, i, i+1)
		}
	}
	return running
}
