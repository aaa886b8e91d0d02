// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strconv"

	prometheus "github.com/prometheus/procfs"

	"github.com/kernlink/kernlink/procfs"
)

// /proc/PID/status of one process. It is that of the herd, because a process
// of C and one of Go would each find another text in its own.
func statusRow() row {
	return row{
		name: "/proc/PID/status into a struct, kept handle", unit: "reading", figure: 1.3,
		open: func(b *bench) ([]way, error) {
			h, err := b.sleepers()
			if err != nil {
				return nil, err
			}
			return []way{
				b.limit("status", strconv.Itoa(h.pid)),
				{"kernlink", func() (worker, error) { return statusWorker(h) }},
				{"prometheus/procfs", func() (worker, error) { return prometheusStatus(h) }},
			}, nil
		},
	}
}

func statusWorker(h *herd) (worker, error) {
	fs, err := procfs.Open(nil)
	if err != nil {
		return nil, err
	}
	p, err := fs.Process(h.pid)
	if err != nil {
		return nil, errors.Join(err, fs.Close())
	}
	var st procfs.Status
	return inGo{
		work: func(n int) (int, error) { return repeat(n, func() error { return p.ReadStatusInto(&st) }) },
		facts: func() (facts, error) {
			err := p.ReadStatusInto(&st)
			return parseFacts(fmt.Sprintf("ppid %d\nuid %d\nrss %d\nthreads %d\nvoluntary %d",
				st.PPID, st.UID.Real, st.VmRSS/1024, st.Threads, st.VoluntarySwitches)), err
		},
		end: func() error { return errors.Join(p.Close(), fs.Close()) },
	}, nil
}

func prometheusStatus(h *herd) (worker, error) {
	p, err := prometheus.NewProc(h.pid)
	if err != nil {
		return nil, err
	}
	var st prometheus.ProcStatus
	read := func() (err error) {
		st, err = p.NewStatus()
		return err
	}
	return inGo{
		threads: true,
		work:    func(n int) (int, error) { return repeat(n, read) },
		facts: func() (facts, error) {
			err := read()
			return parseFacts(fmt.Sprintf("uid %d\nrss %d\nvoluntary %d",
				st.UIDs[0], st.VmRSS/1024, st.VoluntaryCtxtSwitches)), err
		},
	}, nil
}

// repeat does one thing n times.
func repeat(n int, f func() error) (int, error) {
	for range n {
		if err := f(); err != nil {
			return 0, err
		}
	}
	return n, nil
}
