// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"strings"
	"unicode/utf8"

	"github.com/kernlink/kernlink/kmsg"
)

// voices prints what a step showed, in its order.
func (p *page) voices(all []shown) {
	for len(all) > 0 {
		if all[0].err != nil {
			p.speak("refused", caution, refusal(all[0]))
			all = all[1:]
			continue
		}
		n, rows := 1, 1
		for n < len(all) && all[n].err == nil {
			n++
		}
		var lines []line
		width := labelWidth(all[:n])
		tabled := false
		for i := 0; i < n; i += rows {
			rows = 1
			for i+rows < n && all[i+rows].line == all[i].line {
				rows++
			}
			after := tabled
			tabled = rows > 1
			if i > 0 && (after || tabled) {
				lines = append(lines, line{})
			}
			if tabled {
				lines = append(lines, table(all[i:i+rows])...)
			} else {
				lines = append(lines, list(all[i], width)...)
			}
		}
		p.speak("answer", strong, lines)
		all = all[n:]
	}
}

// labelWidth aligns all lists of a step.
func labelWidth(all []shown) int {
	width := 0
	for _, s := range all {
		for _, l := range s.labels {
			width = max(width, utf8.RuneCountInString(l))
		}
	}
	return min(width, content/2)
}

// list is one value a line, beside its expression.
func list(s shown, width int) []line {
	var lines []line
	for i, value := range s.values {
		label := s.labels[i]
		for _, part := range wrap(value, content-width-2) {
			lines = append(lines, line{{faint, pad(label, width)}, {plain, "  " + part}})
			label = ""
		}
	}
	return lines
}

// table is one row a call, below the expressions.
func table(rows []shown) []line {
	widths := make([]int, len(rows[0].labels))
	for i, l := range rows[0].labels {
		widths[i] = utf8.RuneCountInString(l)
	}
	for _, r := range rows {
		for i, v := range r.values {
			widths[i] = max(widths[i], utf8.RuneCountInString(v))
		}
	}
	lines := cells(rows[0].labels, widths, faint)
	for _, r := range rows {
		lines = append(lines, cells(r.values, widths, plain)...)
	}
	return lines
}

// cells is one row; its last cell takes as many lines as it needs.
func cells(values []string, widths []int, st style) []line {
	var left line
	used := 0
	last := len(values) - 1
	for i, v := range values[:max(last, 0)] {
		left = append(left, span{st, pad(v, widths[i]+2)})
		used += widths[i] + 2
	}
	if last < 0 {
		return nil
	}
	var lines []line
	for _, part := range wrap(values[last], content-used) {
		lines = append(lines, append(left, span{st, part}))
		left = line{{plain, strings.Repeat(" ", used)}}
	}
	return lines
}

// refusal is the error's own text, and what a program can ask of it.
func refusal(s shown) []line {
	lines := paragraph(s.err.Error(), plain)
	for _, v := range s.values {
		lines = append(lines, line{{faint, v}, {plain, "  true"}})
	}
	return lines
}

func paragraph(text string, st style) []line {
	var lines []line
	for l := range strings.Lines(text) {
		for _, part := range wrap(printable(strings.TrimRight(l, "\n")), content) {
			lines = append(lines, line{{st, part}})
		}
	}
	return lines
}

// logged is a record as dmesg prints it.
func logged(rec kmsg.Record) []line {
	st := plain
	if rec.Level <= kmsg.Err {
		st = bad
	}
	time, text, _ := strings.Cut(rec.String(), "] ")
	time += "] "
	var lines []line
	for l := range strings.SplitSeq(text, "\n") {
		for _, part := range wrap(printable(l), content-len(time)) {
			lines = append(lines, line{{stamp, time}, {st, part}})
			time = strings.Repeat(" ", len(time))
		}
	}
	return lines
}
