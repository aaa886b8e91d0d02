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

// shownConsole is how much a report shows of a dead guest: of the kernel's
// report or, where there is none, of the console.
const shownConsole = 30

// judgeDeath says of what a guest died, which tests ran then, and how it
// ended. All that is left of it is its console: the markers of the tests stand
// there among the kernel's last lines.
func judgeDeath(d *deathError) (f report.Fault, end string) {
	var running []string
	var first *verdict.Report
	var scanner verdict.Scanner
	for _, line := range d.console {
		text := verdict.Strip(line)
		if strings.HasPrefix(text, "Kernel panic - ") {
			end = ": " + text
		}
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
	f = report.Fault{Kind: "died", Text: d.what, Tests: running, Lines: d.console[max(0, len(d.console)-shownConsole):]}
	if len(d.where) > 0 {
		f.Lines = d.where
	}
	switch {
	case strings.HasPrefix(d.what, "hang"):
		f.Kind = "hang"
	case first != nil:
		f.Kind, f.Text = first.Kind.String(), first.Text
		f.Lines = verdict.Excerpt(first.Lines, shownConsole)
	}
	return f, "the guest died" + end
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
