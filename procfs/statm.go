// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/kernlink/kernlink/internal/decimal"

// Statm is /proc/PID/statm: sizes in pages. All are 0 for a kernel thread and
// for a zombie, which have no memory. Lib and Dirty are 0 since Linux 2.6.
//
// Resident and Shared lag behind by what each CPU has counted and not added up
// yet; smaps_rollup is exact, and slower by orders of magnitude.
type Statm struct {
	Size, Resident, Shared, Text, Lib, Data, Dirty uint64
}

// ParseStatm reads the text of /proc/PID/statm into *dst. errors.Is finds
// [ErrMalformed] for bytes that are no such text. It allocates for an error
// only.
func ParseStatm(b []byte, dst *Statm) error {
	if problem := parseStatm(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseStatm(b []byte, dst *Statm) (problem string) {
	for _, field := range [...]*uint64{&dst.Size, &dst.Resident, &dst.Shared, &dst.Text, &dst.Lib, &dst.Data, &dst.Dirty} {
		var text []byte
		text, b = word(b)
		n, ok := decimal.Parse(text)
		if !ok {
			return "not seven numbers"
		}
		*field = n
	}
	return ""
}

// Statm reads /proc/PID/statm: it opens the file, reads it, and closes it. The
// errors are those of [Process.Stat].
func (p *Process) Statm() (Statm, error) {
	var m Statm
	err := p.read(fileStatm, func(b []byte) string { return parseStatm(b, &m) })
	return m, err
}

// ReadStatmInto reads /proc/PID/statm into *dst as [Process.ReadStatInto]
// does, without allocation.
func (p *Process) ReadStatmInto(dst *Statm) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var buf small
	b, err := p.text(fileStatm, buf[:])
	if err != nil {
		return err
	}
	if problem := parseStatm(b, dst); problem != "" {
		return p.malformed(fileStatm, b, problem)
	}
	return nil
}
