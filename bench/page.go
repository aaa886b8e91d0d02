// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.low, s.high) }

// verdict says whether the row has reached its figure. It falls short only
// when that is certain.
func (r result) verdict() string {
	if r.err != nil {
		return r.err.Error()
	}
	if r.row.figure == 0 {
		return "no figure"
	}
	v := "reached"
	switch s := r.ratios[0]; {
	case s.low > r.row.figure:
		v = "falls short"
	case s.high > r.row.figure:
		v = "undecided: the figure lies within the interval"
	}
	// What a whole scan allocates once is nothing for each item.
	if r.allocs[0] > r.row.allocs+0.05 {
		v += ", allocates"
	}
	return v
}

// text is the result for the terminal.
func (r result) text() string {
	if r.err != nil {
		return fmt.Sprintf("\n%s\n    %s\n", r.row.name, r.err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", r.row.name)
	fmt.Fprintf(&b, "    %-28s %10.0f ns a %s, again %s\n", "C", r.limit.median, r.row.unit, r.again)
	for i, way := range r.ways {
		fmt.Fprintf(&b, "    %-28s %-22s %8.2f allocs\n", way, r.ratios[i], r.allocs[i])
	}
	fmt.Fprintf(&b, "    must reach %.2f: %s\n", r.row.figure, r.verdict())
	return b.String()
}

const pageHead = `# Speed

What kernlink costs beside a C program that does only what the kernel demands
(the limit), and beside other Go libraries. ` + "`make bench`" + ` has written this page, and
writes it anew from the machine where it runs.

%s.

Each row: %d rounds in one run; in a round every way has %v of measuring, in
turns that interleave, with C first and last. Time is time on a CPU, in the
kernel and out of it: of the calling thread, and of all threads for what
allocates or has goroutines. Ratios are to C, round by round:
the median and its 95 %% interval. "C again" is C's last turn to its first, which
is what the machine's noise alone does to a ratio. A row falls short when
the whole interval of kernlink lies above the figure that it must reach, and
has reached it when the whole interval does not.
Allocations are for one unit of the row.

"C, two threads" is the same program with a second thread that sleeps: the
kernel counts who uses a file where threads share their descriptors, and
programs in Go always have several. "x/sys pread" is the bare system call from
Go, with nothing around it. No library in Go can be below either.

| work, and its unit | C | C again | kernlink | allocs | must reach | beside it (allocs) | verdict |
|---|--:|--:|--:|--:|--:|---|---|
`

// page is the page for the documentation.
func (b *bench) page(m machine, all []result) string {
	var s strings.Builder
	fmt.Fprintf(&s, pageHead, m, b.rounds, b.time)
	for _, r := range all {
		s.WriteString(r.line())
	}
	return s.String()
}

// line is the result as a line of the page's table.
func (r result) line() string {
	work := fmt.Sprintf("%s; a %s", r.row.name, r.row.unit)
	figure := fmt.Sprintf("%.2f, %g allocs", r.row.figure, r.row.allocs)
	if r.err != nil {
		return fmt.Sprintf("| %s | | | | | %s | | %s |\n", work, figure, strings.ReplaceAll(r.err.Error(), "\n", " "))
	}
	var rivals []string
	for i, way := range r.ways[1:] {
		rivals = append(rivals, fmt.Sprintf("%s %s (%.4g)", way, r.ratios[i+1], r.allocs[i+1]))
	}
	return fmt.Sprintf("| %s | %.0f ns | %s | **%s** | %.2f | %s | %s | %s |\n", work, r.limit.median, r.again,
		r.ratios[0], r.allocs[0], figure, strings.Join(rivals, "<br>"), r.verdict())
}
