// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink/procfs"
)

// /proc/vmstat: C takes the usual counters, kernlink all. No Go library reads
// it; beside it is what programs do themselves.
func vmstatRow() row {
	return row{
		name: "/proc/vmstat, all counters, kept open", unit: "reading", figure: 1.3,
		open: func(b *bench) ([]way, error) {
			return []way{
				b.limit("fields", "/proc/vmstat", "-nr_free_pages ", "-nr_dirty ", "pswpin ", "pswpout ", "-pgfault ", "-pgmajfault ", "oom_kill "),
				{"kernlink", vmstatWorker},
				{"os.ReadFile and a map", vmstatByHand},
			}, nil
		},
	}
}

func vmstatWorker() (worker, error) {
	proc, err := procfs.Open(nil)
	if err != nil {
		return nil, err
	}
	var c procfs.Counters
	read := func() error { return proc.ReadVmstatInto(&c) }
	return inGo{
		work: func(n int) (int, error) { return repeat(n, read) },
		facts: func() (facts, error) {
			err := read()
			value := func(name string) uint64 {
				n, _ := c.Value(name)
				return n
			}
			return vmstatFacts(value), err
		},
		end: proc.Close,
	}, nil
}

func vmstatFacts(value func(name string) uint64) facts {
	return parseFacts(fmt.Sprintf("pswpin %d\npswpout %d\noom_kill %d", value("pswpin"), value("pswpout"), value("oom_kill")))
}

func vmstatByHand() (worker, error) {
	var all map[string]uint64
	read := func() error {
		b, err := os.ReadFile("/proc/vmstat")
		if err != nil {
			return err
		}
		all = map[string]uint64{}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if all[f[0]], err = strconv.ParseUint(f[1], 10, 64); err != nil {
				return err
			}
		}
		return nil
	}
	return inGo{
		threads: true,
		work:    func(n int) (int, error) { return repeat(n, read) },
		facts: func() (facts, error) {
			err := read()
			return vmstatFacts(func(name string) uint64 { return all[name] }), err
		},
	}, nil
}
