// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strconv"

	prometheus "github.com/prometheus/procfs"
	gopsutil "github.com/shirou/gopsutil/v4/process"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// /proc/PID/stat of all processes, each opened by its number.
func scanRow() row {
	return row{
		name: "scan /proc/PID/stat, 1000 processes and those of the machine", unit: "process", figure: 1.2,
		open: func(b *bench) ([]way, error) {
			h, err := b.sleepers()
			if err != nil {
				return nil, err
			}
			return []way{
				b.limit("scan", strconv.Itoa(h.pid)),
				{"kernlink", func() (worker, error) {
					fs, err := procfs.Open(nil)
					if err != nil {
						return nil, err
					}
					w := scanWorker(h, false, scanner(fs))
					w.end = fs.Close
					return w, nil
				}},
				{"prometheus/procfs", func() (worker, error) { return scanWorker(h, true, prometheusScan), nil }},
				{"gopsutil", func() (worker, error) { return scanWorker(h, true, gopsutilScan), nil }},
			}, nil
		},
	}
}

// seen is what the ways are compared by; start is -1 where a rival has it in
// other units.
type seen struct{ pid, parent, start int }

func scanWorker(h *herd, threads bool, scan func(func(seen)) error) inGo {
	return inGo{
		threads: threads,
		work: func(n int) (int, error) {
			count := 0
			for range n {
				if err := scan(func(seen) { count++ }); err != nil {
					return 0, err
				}
			}
			return count, nil
		},
		facts: func() (facts, error) {
			var count, pids, starts int
			err := scan(func(s seen) {
				if s.parent == h.pid {
					count++
					pids += s.pid
					starts += s.start
				}
			})
			f := parseFacts(fmt.Sprintf("sleepers %d\npids %d\nstarttimes %d", count, pids, starts))
			if starts < 0 {
				delete(f, "starttimes")
			}
			return f, err
		},
	}
}

func scanner(fs *procfs.FS) func(func(seen)) error {
	var st procfs.Stat
	return func(f func(seen)) error {
		for p, err := range fs.Processes() {
			if err != nil {
				return err
			}
			switch err := p.ReadStatInto(&st); {
			case err == nil:
				f(seen{p.PID(), st.PPID, int(st.StartTime)})
			case !errors.Is(err, kernlink.ErrGone):
				return err
			}
		}
		return nil
	}
}

func prometheusScan(f func(seen)) error {
	all, err := prometheus.AllProcs()
	if err != nil {
		return err
	}
	for _, p := range all {
		if st, err := p.Stat(); err == nil { // else it has ended
			f(seen{p.PID, st.PPID, int(st.Starttime)})
		}
	}
	return nil
}

func gopsutilScan(f func(seen)) error {
	all, err := gopsutil.Processes()
	if err != nil {
		return err
	}
	for _, p := range all {
		if _, err := p.Times(); err != nil {
			continue // it has ended
		}
		parent, err := p.Ppid() // known by now
		if err == nil {
			f(seen{int(p.Pid), int(parent), -1})
		}
	}
	return nil
}
