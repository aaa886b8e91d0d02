// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/kernlink/kernlink/procfs"
)

// /proc/PID/stat of the sleepers, by handles that are kept. No rival has them.
func keptRow() row {
	return row{
		name: "/proc/PID/stat of 1000 processes, kept handles", unit: "process", figure: 1.1,
		open: func(b *bench) ([]way, error) {
			h, err := b.sleepers()
			if err != nil {
				return nil, err
			}
			return []way{
				b.limit("kept", strconv.Itoa(h.pid)),
				{"kernlink", func() (worker, error) { return keptWorker(h) }},
				b.limitOfThreads("kept", strconv.Itoa(h.pid)),
			}, nil
		},
	}
}

func keptWorker(h *herd) (worker, error) {
	handles, err := childrenOf(h)
	var st procfs.Stat
	each := func(f func(*procfs.Stat)) error {
		for _, p := range handles {
			if err := p.ReadStatInto(&st); err != nil {
				return err
			}
			f(&st)
		}
		return nil
	}
	w := inGo{
		work: func(n int) (int, error) {
			for range n {
				if err := each(func(*procfs.Stat) {}); err != nil {
					return 0, err
				}
			}
			return n * len(handles), nil
		},
		facts: func() (facts, error) {
			var parents, starts int
			err := each(func(st *procfs.Stat) {
				parents += st.PPID
				starts += int(st.StartTime)
			})
			return parseFacts(fmt.Sprintf("sleepers %d\nparents %d\nstarttimes %d", len(handles), parents, starts)), err
		},
		end: func() error {
			var all []error
			for _, p := range handles {
				all = append(all, p.Close())
			}
			return errors.Join(all...)
		},
	}
	if err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// childrenOf opens the processes of the herd.
func childrenOf(h *herd) ([]*procfs.Process, error) {
	fs, err := procfs.Open(nil)
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	var st procfs.Stat
	var handles []*procfs.Process
	for p, err := range fs.Processes() {
		if err != nil {
			return handles, err
		}
		if p.ReadStatInto(&st) != nil || st.PPID != h.pid {
			continue
		}
		handle, err := p.Open()
		if err != nil {
			return handles, err
		}
		handles = append(handles, handle)
	}
	return handles, nil
}
