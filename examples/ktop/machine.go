// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// machine is what all CPUs together do, by /proc/stat, and what this program
// takes of one.
type machine struct {
	file       *attr.Value[[]byte]
	buf        []byte
	busy, all  uint64        // ticks
	own, clock time.Duration // of this program: on a CPU, and in all
	cores      int
	cpu, ktop  rate // in percent
}

func newMachine(proc *procfs.FS) *machine {
	return &machine{file: attr.Of[[]byte](proc.Entry("stat")), buf: make([]byte, 4<<10)}
}

func (m *machine) close() { m.file.Close() }

// look brings cpu and ktop up to date: since the last time.
func (m *machine) look(now time.Duration) {
	m.cpu, m.ktop = rate{}, rate{}
	if text, err := m.read(); err == nil {
		busy, all, cores := parseCPU(text)
		if all > m.all && m.all > 0 {
			m.cpu = rate{100 * float64(max(busy, m.busy)-m.busy) / float64(all-m.all), true}
		}
		m.busy, m.all, m.cores = busy, all, cores
	}
	own := ownTime()
	if m.clock != 0 {
		m.ktop = rateOf(100*(own-m.own).Seconds(), now-m.clock)
	}
	m.own, m.clock = own, now
}

func (m *machine) read() ([]byte, error) {
	for {
		n, err := m.file.ReadInto(m.buf)
		if !errors.Is(err, io.ErrShortBuffer) {
			return m.buf[:n], err
		}
		m.buf = make([]byte, 2*len(m.buf))
	}
}

// parseCPU reads the first lines of /proc/stat:
//
//	cpu  user nice system idle iowait irq softirq steal guest guest_nice
//	cpu0 ...
//
// What guests take is in user and nice already.
func parseCPU(text []byte) (busy, all uint64, cores int) {
	for line := range bytes.Lines(text) {
		rest, is := bytes.CutPrefix(line, []byte("cpu"))
		if !is {
			break
		}
		if len(rest) > 0 && rest[0] != ' ' {
			cores++
			continue
		}
		i := 0
		for field := range bytes.FieldsSeq(rest) {
			n, err := strconv.ParseUint(string(field), 10, 64)
			if err != nil || i > 7 {
				break
			}
			all += n
			if i != 3 && i != 4 {
				busy += n
			}
			i++
		}
	}
	return busy, all, cores
}

// ownTime is how long this program was on a CPU, in the kernel or out of it.
func ownTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
