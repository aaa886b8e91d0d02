// SPDX-License-Identifier: Apache-2.0

package procfs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// captured has what a kernel printed, in a folder of its own: the same calls
// as on /proc, which [procfs.Open] opens.
func captured() *procfs.FS {
	proc, err := procfs.OpenAt("testdata/7.3", nil)
	if err != nil {
		panic(err)
	}
	return proc
}

// A monitor keeps the struct: each reading is one system call.
func ExampleFS_ReadMeminfoInto() {
	proc := captured()
	defer proc.Close()
	var m procfs.Meminfo
	for range 2 {
		if err := proc.ReadMeminfoInto(&m); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.MemAvailable>>20, "of", m.MemTotal>>20, "MiB")
	}
	fmt.Println(m.Zswap, m.Has(procfs.MeminfoZswap), m.Has(procfs.MeminfoHighTotal))
	// Output:
	// 379 of 452 MiB
	// 379 of 452 MiB
	// 0 true false
}

// There are hundreds of counters, and each kernel has others.
func ExampleFS_Vmstat() {
	proc := captured()
	defer proc.Close()
	c, err := proc.Vmstat()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Value("oom_kill"))
	fmt.Println(c.Value("nr_unheard_of"))
	// Output:
	// 0 true
	// 0 false
}

// How busy the CPUs were since boot.
func ExampleFS_Stat() {
	proc := captured()
	defer proc.Close()
	s, err := proc.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, cpu := range s.CPUs {
		fmt.Printf("CPU %d: %.1f of %.1f s\n", cpu.CPU,
			(time.Duration(cpu.Busy()) * procfs.Tick).Seconds(), (time.Duration(cpu.All()) * procfs.Tick).Seconds())
	}
	// Output:
	// CPU 0: 3.1 of 4.7 s
	// CPU 1: 3.0 of 4.1 s
}

// What the interrupts of each CPU come to. What a turn yields is borrowed.
func ExampleFS_Interrupts() {
	proc := captured()
	defer proc.Close()
	for i, err := range proc.Interrupts() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if irq, ok := i.IRQ(); ok && i.Total() > 0 {
			fmt.Println(irq, i.Counts, i.Total())
		}
	}
	// Output:
	// 0 [109 0] 109
	// 1 [0 13] 13
	// 4 [0 2] 2
	// 8 [1 0] 1
	// 12 [5 0] 5
	// 25 [0 22] 22
}

// The mounts, with names as they are.
func ExampleFS_Mounts() {
	proc := captured()
	defer proc.Close()
	for m, err := range proc.Mounts() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if string(m.Type) == "tmpfs" {
			fmt.Printf("%s at %q\n", m.Source, m.Target)
		}
	}
	// Output:
	// tmpfs at "/dev/shm"
	// tmpfs at "/run"
	// my source#1 at "/tmp/a b\tc\\d#e\nf"
}

// Who listens.
func ExampleNet_TCP() {
	proc := captured()
	defer proc.Close()
	for s, err := range proc.Net().TCP() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if s.State == procfs.TCPListen {
			fmt.Println(s.Local.Port(), s.State)
		}
	}
	c, err := proc.Net().SNMP()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Value("TcpActiveOpens"))
	// Output:
	// 8080 listen
	// 2 true
}

// For how much of the time work stood still. A kernel that does not tell says
// what it would take.
func ExampleFS_Pressure() {
	proc := captured()
	defer proc.Close()
	p, err := proc.Pressure(procfs.PressureMemory)
	fmt.Println(p.Some.Avg10, "% in 10 s,", p.Some.Total, "since boot", err)
	_, err = proc.Pressure(procfs.PressureIRQ)
	fmt.Println(errors.Is(err, kernlink.ErrNotSupported))
	// Output:
	// 0 % in 10 s, 0s since boot <nil>
	// true
}

// A program frees memory when in two seconds half of one was lost for want of
// it.
func ExampleNewTrigger() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	group, err := attr.OpenDir("/sys/fs/cgroup/unheard.of", attr.Sysfs)
	if err != nil {
		fmt.Println("no such group")
		return
	}
	defer group.Close()
	trigger, err := procfs.NewTrigger(group.File("memory.pressure"), procfs.Threshold{
		Line: procfs.PressureSome, Stall: 500 * time.Millisecond, Window: 2 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer trigger.Close()
	for trigger.Wait(ctx) == nil {
		fmt.Println("here it would let go of its caches")
	}
	// Output:
	// no such group
}

// The kernel's symbols; a name tells what is compiled in.
func ExampleFS_Symbols() {
	proc := captured()
	defer proc.Close()
	for s, err := range proc.Symbols() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if string(s.Name) == "_stext" {
			fmt.Printf("%#x %c %s\n", s.Address, s.Type, s.Name)
		}
	}
	// Output:
	// 0xffffffff86800000 T _stext
}
