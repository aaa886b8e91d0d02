// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"errors"
	"fmt"
	"runtime"
)

// Step takes what one step has to show. Only the step's own function may call
// its methods: they look at the source of the call for its labels.
type Step struct {
	source *source
	shown  []shown
	err    error // a refusal that did not come as it should
}

// shown is one call of Show or Refused.
type shown struct {
	line   int // of the source: calls of one line make a table
	labels []string
	values []string
	err    error // of Refused; labels are then what it matches
}

// Show shows values, each beside the Go expression that it was given as. A
// Show in a loop makes a table with a row a turn. Values are formatted at
// once, so borrowed ones are fine.
//
// A step whose Show is never reached has failed: what it was to show was not
// there.
func (s *Step) Show(values ...any) {
	at := shown{values: make([]string, len(values))}
	for i, v := range values {
		at.values[i] = format(v)
	}
	at.line, at.labels = s.caller()
	for len(at.labels) < len(at.values) {
		at.labels = append(at.labels, "?")
	}
	s.shown = append(s.shown, at)
}

// Refused shows err, which was to come and to match each of targets by
// errors.Is. If there is none, or another one, the step has failed.
func (s *Step) Refused(err error, targets ...error) {
	at := shown{err: err}
	at.line, at.labels = s.caller()
	if err == nil {
		s.fail(errors.New("this was to be refused, and was not"))
		return
	}
	for i, target := range targets {
		if !errors.Is(err, target) {
			s.fail(fmt.Errorf("this was to be refused with %q, and was with: %w", target, err))
			return
		}
		if i+1 < len(at.labels) {
			at.values = append(at.values, "errors.Is("+at.labels[0]+", "+at.labels[i+1]+")")
		}
	}
	s.shown = append(s.shown, at)
}

func (s *Step) fail(err error) { s.err = errors.Join(s.err, err) }

// silent is the error of a call in the source that was never reached.
func (s *Step) silent() error {
	reached := map[int]bool{}
	for _, at := range s.shown {
		reached[at.line] = true
	}
	for _, call := range s.source.calls() {
		if line := s.source.line(call.Pos()); !reached[line] {
			return fmt.Errorf("nothing came for %s", s.source.slice(call))
		}
	}
	return nil
}

// caller finds the call of the Step's method in the source.
func (s *Step) caller() (line int, args []string) {
	_, _, line, ok := runtime.Caller(2)
	if !ok {
		return 0, nil
	}
	return s.source.call(line)
}
