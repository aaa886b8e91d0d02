// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/marker"
	"github.com/kernlink/kernlink/kmsg"
)

// watch follows the tests of one test binary.
type watch struct {
	log    *kmsg.Writer
	before remains // when the first test had not begun

	mu     sync.Mutex
	active map[*span]bool
	faults []string        // of examples, which cannot be failed one by one
	told   map[string]bool // what a test or an example was failed for already
}

// span is the time from a test's begin to its end.
type span struct {
	name    string
	before  remains
	crowded bool // another test ran during a part of it
}

func newWatch() (*watch, error) {
	// The first use of the runtime's poller opens descriptors that stay.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r.Close()
	w.Close()
	log, err := kmsg.OpenWriter(nil)
	if err != nil {
		return nil, err
	}
	return &watch{log: log, active: map[*span]bool{}, told: map[string]bool{}, before: takeRemains()}, nil
}

// begin marks that a test begins.
func (w *watch) begin(name string) *span {
	w.mark(marker.Event{Kind: marker.Run, Test: name, Taint: feature.Tainted("/")})
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &span{name: name, crowded: len(w.active) > 0}
	for other := range w.active {
		other.crowded = true
	}
	w.active[s] = true
	s.before = takeRemains()
	return s
}

// end looks what the test left behind and marks its end. t is nil for an
// example.
func (w *watch) end(s *span, t testing.TB) {
	w.mu.Lock()
	delete(w.active, s)
	crowded := s.crowded
	w.mu.Unlock()
	if !crowded {
		w.tell(s, t, s.before.left())
	}
	w.mark(marker.Event{Kind: marker.End, Test: s.name, Outcome: outcome(t), Taint: feature.Tainted("/")})
}

func (w *watch) tell(s *span, t testing.TB, left []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, what := range left {
		w.told[what] = true
		if t == nil {
			w.faults = append(w.faults, s.name+": "+what)
			continue
		}
		t.Errorf("kerneltest: %s", what)
	}
}

func outcome(t testing.TB) string {
	switch {
	case t != nil && t.Failed():
		return "fail"
	case t != nil && t.Skipped():
		return "skip"
	}
	return "pass"
}

func (w *watch) mark(e marker.Event) {
	if err := w.log.Write(kmsg.Warn, e.Text()); err != nil {
		fmt.Fprintf(os.Stderr, "kerneltest: %v\n", err)
	}
}

// atExit lists what all tests together left behind.
func (w *watch) atExit() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.faults
	for _, what := range w.before.left() {
		if !w.told[what] {
			all = append(all, what)
		}
	}
	return all
}
