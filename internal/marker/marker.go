// SPDX-License-Identifier: Apache-2.0

// Package marker is the text of the records that the test runner and the
// tests write into the kernel log to say what runs now. They stand in one
// order with what the kernel itself logs, so each line of the kernel's can be
// laid to the tests that ran when it was written.
package marker

import (
	"fmt"
	"strconv"
	"strings"
)

const prefix = "kerneltest: "

// Event is what a marker says.
type Event struct {
	Kind    Kind
	Job     int    // JobBegin, JobEnd
	Test    string // Run, End
	Outcome string // End: "pass", "fail" or "skip"
	Taint   uint64 // Run, End: /proc/sys/kernel/tainted at that moment
}

// Kind tells the markers apart.
type Kind int

// The markers: a job is one program that the guest runs, a test one top-level
// test, benchmark, fuzz target or example of it.
const (
	None Kind = iota
	JobBegin
	JobEnd
	Run
	End
)

// Text is the log record that says e.
func (e Event) Text() string {
	switch e.Kind {
	case JobBegin:
		return fmt.Sprintf("%sjob %d begins", prefix, e.Job)
	case JobEnd:
		return fmt.Sprintf("%sjob %d ends", prefix, e.Job)
	case Run:
		return fmt.Sprintf("%srun %s taint %d", prefix, e.Test, e.Taint)
	case End:
		return fmt.Sprintf("%send %s taint %d %s", prefix, e.Test, e.Taint, e.Outcome)
	}
	return prefix
}

// Parse reads a log record's text; ok is false when it is no marker.
func Parse(text string) (e Event, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return Event{}, false
	}
	f := strings.Fields(rest)
	switch {
	case len(f) == 3 && f[0] == "job" && f[2] == "begins":
		e.Kind = JobBegin
	case len(f) == 3 && f[0] == "job" && f[2] == "ends":
		e.Kind = JobEnd
	case len(f) == 4 && f[0] == "run" && f[2] == "taint":
		e.Kind = Run
	case len(f) == 5 && f[0] == "end" && f[2] == "taint":
		e.Kind, e.Outcome = End, f[4]
	default:
		return Event{}, false
	}
	var err error
	if e.Kind == Run || e.Kind == End {
		e.Test = f[1]
		e.Taint, err = strconv.ParseUint(f[3], 10, 64)
	} else {
		e.Job, err = strconv.Atoi(f[1])
	}
	if err != nil {
		return Event{}, false
	}
	return e, true
}
