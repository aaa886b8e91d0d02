// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	prometheus "github.com/prometheus/procfs"

	"github.com/kernlink/kernlink/procfs"
)

// /proc/meminfo: C takes the usual fields, the libraries all.
func meminfoRow() row {
	return row{
		name: "/proc/meminfo into a struct, kept open", unit: "reading", figure: 1.3,
		open: func(b *bench) ([]way, error) {
			return []way{
				b.limit("fields", "/proc/meminfo", "MemTotal:", "-MemAvailable:", "-Cached:", "SwapTotal:", "-Dirty:", "VmallocTotal:"),
				{"kernlink", meminfoWorker},
				{"prometheus/procfs", prometheusMeminfo},
			}, nil
		},
	}
}

func meminfoWorker() (worker, error) {
	proc, err := procfs.Open(nil)
	if err != nil {
		return nil, err
	}
	var m procfs.Meminfo
	read := func() error { return proc.ReadMeminfoInto(&m) }
	return inGo{
		work: func(n int) (int, error) { return repeat(n, read) },
		facts: func() (facts, error) {
			err := read()
			return parseFacts(fmt.Sprintf("MemTotal %d\nSwapTotal %d\nVmallocTotal %d", m.MemTotal/1024, m.SwapTotal/1024, m.VmallocTotal/1024)), err
		},
		end: proc.Close,
	}, nil
}

func prometheusMeminfo() (worker, error) {
	proc, err := prometheus.NewDefaultFS()
	if err != nil {
		return nil, err
	}
	var m prometheus.Meminfo
	read := func() (err error) {
		m, err = proc.Meminfo()
		return err
	}
	return inGo{
		threads: true,
		work:    func(n int) (int, error) { return repeat(n, read) },
		facts: func() (facts, error) {
			err := read()
			return parseFacts(fmt.Sprintf("MemTotal %d\nSwapTotal %d\nVmallocTotal %d", *m.MemTotal, *m.SwapTotal, *m.VmallocTotal)), err
		},
	}, nil
}
