// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"

	prometheus "github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/procfs"
)

const mountinfo = "/proc/self/mountinfo"

// /proc/self/mountinfo: C takes the numbers, the target and the type of each
// mount, the libraries all.
func mountinfoRow() row {
	return row{
		name: mountinfo + ", each line into a struct, kept open", unit: "reading", figure: 1.3,
		open: func(b *bench) ([]way, error) {
			return []way{
				b.limit("mountinfo", mountinfo),
				{"kernlink", mountinfoWorker},
				{"prometheus/procfs", prometheusMountinfo},
			}, nil
		},
	}
}

// mounted adds up what there is, for the facts.
type mounted struct{ mounts, ids, targets, types int }

func (m *mounted) add(id, parent int, target, kind int) {
	m.mounts++
	m.ids += id + parent
	m.targets += target
	m.types += kind
}

func (m *mounted) facts() facts {
	return parseFacts(fmt.Sprintf("mounts %d\nids %d\ntargets %d\ntypes %d", m.mounts, m.ids, m.targets, m.types))
}

func mountinfoWorker() (worker, error) {
	fd, err := unix.Open(mountinfo, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 1<<20)
	var m procfs.MountInfo
	var all mounted
	read := func() error {
		all = mounted{}
		size := 0
		for {
			n, err := unix.Pread(fd, buf[size:], int64(size))
			if err != nil {
				return err
			}
			if size += n; n == 0 {
				break
			}
		}
		for rest := buf[:size]; len(rest) > 0; {
			end := bytes.IndexByte(rest, '\n') + 1
			if err := procfs.ParseMountInfo(rest[:end], &m); err != nil {
				return err
			}
			all.add(m.ID, m.ParentID, len(m.Target), len(m.Type))
			rest = rest[end:]
		}
		return nil
	}
	return inGo{
		work:  func(n int) (int, error) { return repeat(n, read) },
		facts: func() (facts, error) { err := read(); return all.facts(), err },
		end:   func() error { return unix.Close(fd) },
	}, nil
}

func prometheusMountinfo() (worker, error) {
	var all mounted
	read := func() error {
		all = mounted{}
		mounts, err := prometheus.GetMounts()
		for _, m := range mounts {
			all.add(m.MountID, m.ParentID, len(m.MountPoint), len(m.FSType))
		}
		return err
	}
	return inGo{
		threads: true,
		work:    func(n int) (int, error) { return repeat(n, read) },
		facts:   func() (facts, error) { err := read(); return all.facts(), err },
	}, nil
}
