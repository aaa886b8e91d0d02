// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"time"

	"github.com/kernlink/kernlink/internal/decimal"
)

// LoadAvg is /proc/loadavg: how many threads ran, could have, or waited for a
// disk, as averages over one, five and fifteen minutes.
type LoadAvg struct {
	One, Five, Fifteen float64
	Runnable           uint64 // threads at this moment
	Threads            uint64 // all there are
	LastPID            int    // that was given last, in the procfs's PID namespace
}

// ParseLoadAvg reads the text of /proc/loadavg into *dst. errors.Is finds
// [ErrMalformed] for bytes that are no such text. It allocates for an error
// only.
func ParseLoadAvg(b []byte, dst *LoadAvg) error {
	if problem := parseLoadAvg(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseLoadAvg(b []byte, dst *LoadAvg) (problem string) {
	var r row
	r.b = b
	*dst = LoadAvg{One: r.hundredths(), Five: r.hundredths(), Fifteen: r.hundredths()}
	runnable, threads, ok := bytes.Cut(r.text(), []byte("/"))
	var oks [2]bool
	dst.Runnable, oks[0] = decimal.Parse(runnable)
	dst.Threads, oks[1] = decimal.Parse(threads)
	dst.LastPID = r.int()
	if !ok || !oks[0] || !oks[1] || r.bad || r.count < 5 {
		return "not three averages, threads and a process"
	}
	return ""
}

// fixed reads a number with two digits behind its point as hundredths.
func fixed(b []byte) (uint64, bool) {
	if len(b) < 4 || b[len(b)-3] != '.' {
		return 0, false
	}
	whole, ok := decimal.Parse(b[:len(b)-3])
	part, ok1 := decimal.Parse(b[len(b)-2:])
	const most = (1<<63 - 1) / int64(time.Second/100) / 100 // so that it is a time.Duration
	return whole*100 + part, ok && ok1 && whole < uint64(most)
}

// hundredths takes a number with two digits behind its point off a row.
func (r *row) hundredths() float64 { return float64(r.fixed()) / 100 }

func (r *row) fixed() uint64 {
	n, ok := fixed(r.text())
	r.bad = r.bad || !ok
	return n
}

// LoadAvg reads /proc/loadavg: it opens the file, reads it, and closes it.
func (f *FS) LoadAvg() (l LoadAvg, err error) {
	err = once(f, systemLoadAvg, &l, parseLoadAvg)
	return l, err
}

// ReadLoadAvgInto reads /proc/loadavg into *dst, as [FS.ReadMeminfoInto] does.
func (f *FS) ReadLoadAvgInto(dst *LoadAvg) error {
	k := &f.kept[systemLoadAvg]
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := f.text(systemLoadAvg)
	if err != nil {
		return err
	}
	return f.parsed(systemLoadAvg, b, parseLoadAvg(b, dst))
}
