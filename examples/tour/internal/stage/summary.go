// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"
	"strings"
)

// failure is a line of the summary.
type failure struct {
	number, what string
	err          error
}

// fail shows a failure, keeps it for the summary, and is false.
func (s *show) fail(number, what string, err error) bool {
	s.failures = append(s.failures, failure{number, what, err})
	s.page.speak("FAILED", bad, paragraph(err.Error(), bad))
	return false
}

func (s *show) summary() {
	p := s.page
	p.line()
	played := count(s.chapters, "chapter") + ", " + count(s.steps, "step")
	if len(s.failures) == 0 {
		p.heading("ok", good, played+": all answered")
		return
	}
	p.heading("FAILED", bad, played+": not all answered")
	for _, f := range s.failures {
		p.heading(f.number, plain, strings.TrimPrefix(strings.TrimRight(f.what, ".")+": ", ": ")+printable(strings.ReplaceAll(f.err.Error(), "\n", "; ")))
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
