// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/kernlink/kernlink/procfs"
)

// table is text that is put together line by line, in memory that is used
// again.
type table struct {
	width int // in characters; 0 for any
	buf   []byte
	line  int // where the present one begins
}

func (t *table) reset(width int) { t.buf, t.width, t.line = t.buf[:0], width, 0 }

func (t *table) end() {
	t.buf = append(cut(t.buf, t.line, t.width), '\n')
	t.line = len(t.buf)
}

const titles = "    PID USER      S  THR   CPU%    RSS  READ/s WRITE/s    AGE COMMAND"

// row is one process, below the titles.
func (t *table) row(p *process, now time.Duration) {
	b := t.buf
	right := func(from, width int) { b = append(alignRight(b, from, width), ' ') }
	b = strconv.AppendInt(b, int64(p.pid), 10)
	right(t.line, 7)
	from := len(b)
	b = append(alignLeft(cut(append(b, p.who.user...), from, 9), from, 9), ' ', byte(p.state), ' ')
	from = len(b)
	b = strconv.AppendInt(b, p.threads, 10)
	right(from, 4)
	from = len(b)
	b = appendPercent(b, p.cpu)
	right(from, 6)
	from = len(b)
	b = appendBytes(b, float64(p.memory))
	right(from, 6)
	from = len(b)
	b = appendRate(b, p.io.reads)
	right(from, 7)
	from = len(b)
	b = appendRate(b, p.io.writes)
	right(from, 7)
	from = len(b)
	b = appendAge(b, now-time.Duration(p.start)*procfs.Tick)
	right(from, 6)
	t.buf = append(b, p.who.command...)
	t.end()
}

func appendPercent(b []byte, r rate) []byte {
	if !r.known {
		return append(b, '-')
	}
	return strconv.AppendFloat(b, r.value, 'f', 1, 64)
}

func appendRate(b []byte, r rate) []byte {
	if !r.known {
		return append(b, '-')
	}
	return appendBytes(b, r.value)
}

// draw is the whole: the summary, the titles, a row for each process shown.
func (t *table) draw(s *sampler, m *machine, v *view) {
	t.states(s)
	t.costs(s, m)
	t.changes(s)
	t.choice(v)
	t.buf = append(t.buf, titles...)
	t.end()
	for _, p := range v.shown {
		t.row(p, s.at)
	}
}

// headLines is how many lines draw needs beside the rows.
const headLines = 5

// choice says what the user chose that the rows do not show.
func (t *table) choice(v *view) {
	switch {
	case v.typing:
		t.buf = append(appendPrintable(append(t.buf, "filter: "...), v.input), '_')
	case v.filter != nil:
		t.buf = appendPrintable(append(t.buf, "filter: "...), v.filter.text)
	}
	t.end()
}

// states says how many processes there are, and how many in which state.
func (t *table) states(s *sampler) {
	var count [256]int
	for _, p := range s.all {
		count[p.state]++
	}
	t.count(len(s.all), " processes")
	before := byte(':')
	for _, state := range []procfs.State{
		procfs.Running, procfs.DiskSleep, procfs.Sleeping, procfs.Idle,
		procfs.Stopped, procfs.Tracing, procfs.Zombie, procfs.Dead, procfs.Parked,
	} {
		if n := count[state]; n > 0 {
			t.buf = append(t.buf, before, ' ')
			t.count(n, " ")
			t.buf = append(t.buf, state.String()...)
			before = ','
		}
	}
	if s.hidden > 0 {
		t.buf = append(t.buf, "; not to be looked at: "...)
		t.count(s.hidden, "")
	}
	t.end()
}

func (t *table) count(n int, what string) {
	t.buf = append(strconv.AppendInt(t.buf, int64(n), 10), what...)
}

// costs says what the machine and this program do, and what time that is of.
func (t *table) costs(s *sampler, m *machine) {
	b := append(t.buf, "CPU "...)
	b = append(appendPercent(b, m.cpu), "% of "...)
	b = append(strconv.AppendInt(b, int64(m.cores), 10), " cores, ktop "...)
	b = append(appendPercent(b, m.ktop), "% of one"...)
	if s.turn > 1 {
		b = append(b, ", in "...)
		b = append(strconv.AppendFloat(b, (s.at-s.last).Seconds(), 'f', 2, 64), 's')
	}
	t.buf = b
	t.end()
}

// changes says which processes came and went since the last turn.
func (t *table) changes(s *sampler) {
	t.names("began ", s.began)
	t.buf = append(t.buf, "; "...)
	t.names("ended ", s.ended)
	t.end()
}

func (t *table) names(what string, list []*process) {
	t.buf = append(t.buf, what...)
	t.count(len(list), "")
	slices.SortFunc(list, func(a, b *process) int { return a.pid - b.pid })
	for i, p := range list {
		if i == 8 {
			t.buf = append(t.buf, " ..."...)
			break
		}
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		t.buf = append(strconv.AppendInt(append(t.buf, sep...), int64(p.pid), 10), ' ')
		t.buf = appendPrintable(t.buf, p.comm)
	}
}
