// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"
	"time"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Schedstat is /proc/PID/schedstat: how long a thread was on a CPU, how long
// it was runnable and waited for one, and how often it got one. Of a process
// it is the first thread's; [Process.Threads] has the others.
type Schedstat struct {
	Run, Wait time.Duration
	Slices    uint64
}

// ParseSchedstat reads the text of /proc/PID/schedstat into *dst. errors.Is
// finds [ErrMalformed] for bytes that are no such text. It allocates for an
// error only.
func ParseSchedstat(b []byte, dst *Schedstat) error {
	if problem := parseSchedstat(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseSchedstat(b []byte, dst *Schedstat) (problem string) {
	var numbers [3]uint64
	for i := range numbers {
		var text []byte
		text, b = word(b)
		n, ok := decimal.Parse(text)
		if !ok || i < 2 && n > math.MaxInt64 {
			return "not three numbers"
		}
		numbers[i] = n
	}
	*dst = Schedstat{time.Duration(numbers[0]), time.Duration(numbers[1]), numbers[2]}
	return ""
}

// Schedstat reads /proc/PID/schedstat: it opens the file, reads it, and closes
// it. Everybody may. The errors are those of [Process.Stat], and
// [kernlink.ErrNotSupported] in a kernel without CONFIG_SCHED_INFO.
func (p *Process) Schedstat() (Schedstat, error) {
	var s Schedstat
	err := p.read(fileSchedstat, func(b []byte) string { return parseSchedstat(b, &s) })
	return s, err
}

// ReadSchedstatInto reads /proc/PID/schedstat into *dst as
// [Process.ReadStatInto] does, without allocation.
func (p *Process) ReadSchedstatInto(dst *Schedstat) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var buf small
	b, err := p.text(fileSchedstat, buf[:])
	if err != nil {
		return err
	}
	if problem := parseSchedstat(b, dst); problem != "" {
		return p.malformed(fileSchedstat, b, problem)
	}
	return nil
}
