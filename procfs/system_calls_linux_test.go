// SPDX-License-Identifier: Apache-2.0

//go:build linux && !race

package procfs_test

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// intoCalls are the calls that fill the caller's memory, by the file that each
// reads.
func intoCalls(f *procfs.FS) map[string]func() error {
	var (
		stat                                        procfs.SystemStat
		mem                                         procfs.Meminfo
		load                                        procfs.LoadAvg
		up                                          procfs.Uptime
		pressure                                    procfs.Pressure
		vm, snmp, snmp6, netstat, sockets, sockets6 procfs.Counters
	)
	n := f.Net()
	return map[string]func() error{
		"stat":            func() error { return f.ReadStatInto(&stat) },
		"meminfo":         func() error { return f.ReadMeminfoInto(&mem) },
		"vmstat":          func() error { return f.ReadVmstatInto(&vm) },
		"loadavg":         func() error { return f.ReadLoadAvgInto(&load) },
		"uptime":          func() error { return f.ReadUptimeInto(&up) },
		"pressure/cpu":    func() error { return f.ReadPressureInto(procfs.PressureCPU, &pressure) },
		"pressure/memory": func() error { return f.ReadPressureInto(procfs.PressureMemory, &pressure) },
		"pressure/io":     func() error { return f.ReadPressureInto(procfs.PressureIO, &pressure) },
		"net/snmp":        func() error { return n.ReadSNMPInto(&snmp) },
		"net/snmp6":       func() error { return n.ReadSNMP6Into(&snmp6) },
		"net/netstat":     func() error { return n.ReadNetstatInto(&netstat) },
		"net/sockstat":    func() error { return n.ReadSockstatInto(&sockets) },
		"net/sockstat6":   func() error { return n.ReadSockstat6Into(&sockets6) },
	}
}

func TestKeptSystemFilesAreReadByOneCallWithoutAllocation(t *testing.T) {
	f := open(t)
	runtime.LockOSThread() // the counter is a thread's
	defer runtime.UnlockOSThread()
	readCalls(t)
	start := readCalls(t)
	own := readCalls(t) - start
	for name, read := range intoCalls(f) {
		if err := read(); errors.Is(err, kernlink.ErrNotSupported) {
			continue // this machine has no such file
		} else {
			require.NoError(t, err, name)
		}
		require.Zero(t, testing.AllocsPerRun(50, func() {
			if read() != nil {
				panic(name)
			}
		}), name)
		const times = 50
		before := readCalls(t)
		for range times {
			require.NoError(t, read())
		}
		if calls := readCalls(t) - before - own; name == "vmstat" {
			require.LessOrEqual(t, calls, uint64(2*times), "the kernel gives a page at a time, and there may be more")
		} else {
			require.EqualValues(t, times, calls, name)
		}
	}
}

// loops are the tables, by the file that each reads.
func loops(f *procfs.FS) map[string]func() (items, errs int) {
	n := f.Net()
	return map[string]func() (int, int){
		"interrupts": count(f.Interrupts()), "softirqs": count(f.Softirqs()), "diskstats": count(f.Disks()),
		"partitions": count(f.Partitions()), "mounts": count(f.Mounts()), "swaps": count(f.Swaps()),
		"zoneinfo": count(f.Zones()), "buddyinfo": count(f.Buddies()), "slabinfo": count(f.Slabs()), "cpuinfo": count(f.CPUs()),
		"filesystems": count(f.Filesystems()), "modules": count(f.Modules()), "kallsyms": count(f.Symbols()),
		"keys": count(f.Keys()), "key-users": count(f.KeyUsers()),
		"net/dev": count(n.Devs()), "net/tcp": count(n.TCP()), "net/tcp6": count(n.TCP6()), "net/udp": count(n.UDP()),
		"net/udp6": count(n.UDP6()), "net/unix": count(n.Unix()), "net/route": count(n.Routes()),
	}
}

func count[T any](items iter.Seq2[T, error]) func() (n, errs int) {
	return func() (n, errs int) {
		for _, err := range items {
			if n++; err != nil {
				errs++
			}
		}
		return n, errs
	}
}

func TestTablesDoNotAllocatePerRecord(t *testing.T) {
	const captured = "testdata/7.3"
	few, err := procfs.OpenAt(captured, nil)
	require.NoError(t, err)
	defer few.Close()
	root := t.TempDir()
	many, err := procfs.OpenAt(root, nil)
	require.NoError(t, err)
	defer many.Close()
	repeated := loops(many)
	for name, loop := range loops(few) {
		text, err := os.ReadFile(filepath.Join(captured, name))
		require.NoError(t, err)
		headings := map[string]int{"interrupts": 1, "softirqs": 1, "partitions": 2, "swaps": 1, "slabinfo": 2, "net/dev": 2, "net/tcp": 1,
			"net/tcp6": 1, "net/udp": 1, "net/udp6": 1, "net/unix": 1, "net/route": 1}[name]
		lines := strings.SplitAfter(string(text), "\n")
		body := strings.Join(lines[headings:], "")
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(strings.Join(lines[:headings], "")+strings.Repeat(body, 20)), 0o644))
		n, errs := loop()
		require.Positive(t, n, name)
		require.Zero(t, errs, name)
		times, errs := repeated[name]()
		require.Equal(t, 20*n, times, name)
		require.Zero(t, errs, name)
		one := testing.AllocsPerRun(20, func() { loop() })
		require.Equal(t, one, testing.AllocsPerRun(20, func() { repeated[name]() }), name)
		require.LessOrEqual(t, one, 24.0, name)
	}
}

func TestLinesOfMountsAreParsedWithoutAllocation(t *testing.T) {
	line := []byte(`36 35 98:0 /a\040b /mnt\0112 rw,noatime master:1 shared:3 - ext3 /dev/ro\134ot rw,errors=continue`)
	var m procfs.MountInfo
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if procfs.ParseMountInfo(line, &m) != nil {
			panic("it is a line")
		}
	}))
	require.Equal(t, "/mnt\t2", m.Target.String())
}

func TestEveryFileOfThisMachineIsParsed(t *testing.T) {
	f := open(t)
	for name, loop := range loops(f) {
		text, err := f.Entry(name).Read()
		n, errs := loop()
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, kernlink.ErrRestricted):
			require.Equal(t, 1, n, name)
			require.Equal(t, 1, errs, name)
		default:
			require.NoError(t, err, name)
			require.Zero(t, errs, name)
			if name != "swaps" && name != "net/route" && !strings.HasPrefix(name, "net/") && name != "modules" && name != "partitions" && name != "diskstats" {
				require.Positive(t, n, name)
			}
			if name == "kallsyms" {
				require.InDelta(t, strings.Count(string(text), "\n"), n, 50)
			}
		}
	}
}
