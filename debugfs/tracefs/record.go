// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Record is one line of a trace in text.
type Record struct {
	Task  string // "sh", or "<...>" for a task whose name the kernel forgot
	PID   int    // of the thread; 0 is a CPU that idles
	TGID  int    // of the process, with the option record-tgid; else 0
	CPU   int
	Flags string // "d..2.": interrupts off, need to switch, in interrupt, depths

	// Time is by the instance's trace_clock: since boot, with the clock that
	// it has at first. A clock that counts something else (counter, x86-tsc)
	// gives its number.
	Time time.Duration

	Event string // "sched_switch"; "" where a tracer has its own form
	Text  string // what stands behind it

	// Continued is set for a line that is none of its own: a second line of a
	// marker, a stack trace. It has only Text, and belongs to the record
	// before it.
	Continued bool
}

// commWidth is the width of a task's name and of what fills it up with blanks:
// a name can have blanks and dashes of its own and is known only by that.
const commWidth = 16

// ParseRecord reads one line, with or without its newline, of the files
// trace_pipe and trace. What is not in the form of a record (it is printed so
// that the options context-info and latency-fmt are as they are at first) is
// Continued.
func ParseRecord(line []byte) Record {
	text := strings.TrimSuffix(string(line), "\n")
	if r, ok := parseRecord(text); ok {
		return r
	}
	return Record{Text: text, Continued: true}
}

// parseRecord reads
//
//	my task-1234    [001] d..2.     7.514952: sched_switch: prev_comm=...
func parseRecord(text string) (r Record, ok bool) {
	if len(text) <= commWidth || text[commWidth] != '-' {
		return r, false
	}
	r.Task = strings.TrimLeft(text[:commWidth], " ")
	pid, rest, _ := strings.Cut(text[commWidth+1:], " ")
	if r.PID, ok = number(pid); !ok {
		return r, false
	}
	rest = strings.TrimLeft(rest, " ")
	if r.TGID, rest, ok = cutTGID(rest); !ok {
		return r, false
	}
	if !strings.HasPrefix(rest, "[") {
		return r, false
	}
	cpu, rest, _ := strings.Cut(rest[1:], "]")
	if r.CPU, ok = number(cpu); !ok {
		return r, false
	}
	stamp, rest, ok := strings.Cut(rest, ": ")
	if !ok {
		if stamp, ok = strings.CutSuffix(stamp, ":"); !ok {
			return r, false
		}
	}
	if r.Flags, r.Time, ok = parseStamp(stamp); !ok {
		return r, false
	}
	r.Event, r.Text = cutEvent(rest)
	return r, true
}

// cutTGID takes "(  123) " off, which is there with an option, and "(-------)"
// for one that is not known.
func cutTGID(text string) (tgid int, rest string, ok bool) {
	inside, is := strings.CutPrefix(text, "(")
	if !is {
		return 0, text, true
	}
	inside, rest, ok = strings.Cut(inside, ")")
	if inside = strings.TrimLeft(inside, " "); strings.Trim(inside, "-") != "" {
		tgid, ok = number(inside)
	}
	return tgid, strings.TrimLeft(rest, " "), ok
}

// parseStamp reads " d..2.     7.514952"; the flags may be switched off.
func parseStamp(text string) (flags string, at time.Duration, ok bool) {
	text = strings.TrimLeft(text, " ")
	if before, after, is := strings.Cut(text, " "); is {
		flags, text = before, strings.TrimLeft(after, " ")
	}
	if at, ok = parseSeconds(text); ok {
		return flags, at, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return flags, time.Duration(n), err == nil && n >= 0
}

// cutEvent takes the event's name off what is printed.
func cutEvent(text string) (event, rest string) {
	end := 0
	for end < len(text) && isWord(text[end]) {
		end++
	}
	if end == 0 || end == len(text) || text[end] != ':' {
		return "", text
	}
	if rest = text[end+1:]; rest != "" && rest[0] != ' ' {
		return "", text
	}
	return text[:end], strings.TrimPrefix(rest, " ")
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil
}

// parseLost reads "CPU:1 [LOST 42 EVENTS]".
func parseLost(line []byte) (*Lost, bool) {
	line, ok := bytes.CutPrefix(line, []byte("CPU:"))
	if !ok {
		return nil, false
	}
	cpu, rest, _ := strings.Cut(string(line), " [LOST ")
	l := new(Lost)
	if l.CPU, ok = number(cpu); !ok {
		return nil, false
	}
	if rest == "EVENTS]" {
		return l, true
	}
	count, ok := strings.CutSuffix(rest, " EVENTS]")
	n, err := strconv.ParseUint(count, 10, 64)
	l.Count = n
	return l, ok && err == nil
}
