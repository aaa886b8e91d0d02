// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"strconv"
	"testing"

	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/procfs"
)

// BenchmarkScan reads the stat of every process of the machine, beside the
// same system calls with nothing around them.
func BenchmarkScan(b *testing.B) {
	b.Run("procfs", func(b *testing.B) {
		f := open(b)
		var st procfs.Stat
		n := 0
		b.ReportAllocs()
		for b.Loop() {
			for p, err := range f.Processes() {
				if err != nil {
					b.Fatal(err)
				}
				if p.ReadStatInto(&st) == nil {
					n++
				}
			}
		}
		perProcess(b, n)
	})
	b.Run("calls", func(b *testing.B) {
		entries, buf, name := make([]byte, 32<<10), make([]byte, 4096), make([]byte, 0, 64)
		processes := 0
		b.ReportAllocs()
		for b.Loop() {
			dir, err := sys.Open("/proc", sys.ReadOnly|sys.Directory)
			if err != nil {
				b.Fatal(err)
			}
			for {
				n, err := sys.ReadDir(dir, entries)
				if n == 0 || err != nil {
					break
				}
				for d, rest, ok := sys.NextDirent(entries[:n]); ok; d, rest, ok = sys.NextDirent(rest) {
					if d.Name[0] < '1' || d.Name[0] > '9' {
						continue
					}
					name = append(append(name[:0], d.Name...), "/stat\x00"...)
					fd, err := sys.OpenAtZ(dir, name, sys.ReadOnly)
					if err != nil {
						continue
					}
					sys.Read(fd, buf)
					sys.Close(fd)
					processes++
				}
			}
			sys.Close(dir)
		}
		perProcess(b, processes)
	})
}

// BenchmarkKept reads the stat of one process that is kept open, beside the
// same system call with nothing around it.
func BenchmarkKept(b *testing.B) {
	p := handle(b, start(b))
	b.Run("procfs", func(b *testing.B) {
		var st procfs.Stat
		b.ReportAllocs()
		for b.Loop() {
			if err := p.ReadStatInto(&st); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("calls", func(b *testing.B) {
		fd, err := sys.Open("/proc/"+strconv.Itoa(p.PID())+"/stat", sys.ReadOnly)
		if err != nil {
			b.Fatal(err)
		}
		defer sys.Close(fd)
		buf := make([]byte, 4096)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := sys.Pread(fd, buf, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func perProcess(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/process")
}
