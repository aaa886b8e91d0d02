// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"time"

	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/procfs"
)

func system() stage.Chapter {
	return stage.Chapter{
		Title:    "/proc: the system",
		Packages: "procfs",
		Steps: []stage.StepFunc{
			readMemory, countFaults, unescapeMount, findSocket, waitForPressure,
		},
	}
}

// Memory and load, as “free” and “uptime” tell them.
//
// Sizes are in bytes. A monitor keeps the struct: each reading is one system call then.
func readMemory(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	var mem procfs.Meminfo
	err = proc.ReadMeminfoInto(&mem)
	if err != nil {
		return err
	}
	tour.Show(mem.MemTotal>>20, mem.MemAvailable>>20, mem.Has(procfs.MeminfoHighTotal))
	load, err := proc.LoadAvg()
	if err != nil {
		return err
	}
	tour.Show(load.One, load.Runnable, load.Threads)
	return nil
}

// Counters have names, and each kernel has others.
//
// A program that starts is some page faults. A counter that is missing is not zero.
func countFaults(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	var before, after procfs.Counters
	err = proc.ReadVmstatInto(&before)
	if err != nil {
		return err
	}
	err = exec.CommandContext(ctx, "sleep", "0").Run()
	if err != nil {
		return err
	}
	err = proc.ReadVmstatInto(&after)
	if err != nil {
		return err
	}
	old, _ := before.Value("pgfault")
	now, _ := after.Value("pgfault")
	_, known := after.Value("nr_unheard_of")
	tour.Show(now > old, known)
	return nil
}

// A mount with a name that the kernel has to escape: “my\040disk” in the text.
func unescapeMount(ctx context.Context, tour *stage.Step) error {
	dir, err := os.MkdirTemp("", "a mount ")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	err = exec.CommandContext(ctx, "mount", "-t", "tmpfs", "my disk", dir).Run()
	if err != nil {
		return err
	}
	defer exec.CommandContext(ctx, "umount", dir).Run()
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	for m, err := range proc.Mounts() {
		if err != nil {
			return err
		}
		if m.Target.String() == dir {
			tour.Show(m.Source, m.Type, m.Options)
		}
	}
	return nil
}

// Who listens, and where? A name that begins with @ is in no folder.
func findSocket(ctx context.Context, tour *stage.Step) error {
	listener, err := net.Listen("unix", "@kernlink tour")
	if err != nil {
		return err
	}
	defer listener.Close()
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	for s, err := range proc.Net().Unix() {
		if err != nil {
			return err
		}
		if s.Listening() {
			tour.Show(s.Path, s.Type, s.Inode)
		}
	}
	return nil
}

// Wait until work stands still for want of a CPU.
//
// The kernel watches, and wakes who waits: here when 10 ms of half a second were lost.
func waitForPressure(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	trigger, err := proc.Trigger(procfs.PressureCPU, procfs.Threshold{
		Stall: 10 * time.Millisecond, Window: 500 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	defer trigger.Close()
	for range 8 { // more than there are CPUs
		busy := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
		err = busy.Start()
		if err != nil {
			return err
		}
		defer busy.Wait()
		defer busy.Process.Kill()
	}
	err = trigger.Wait(ctx)
	if err != nil {
		return err
	}
	cpu, err := proc.Pressure(procfs.PressureCPU)
	if err != nil {
		return err
	}
	tour.Show(cpu.Some.Avg10, cpu.Some.Total)
	return nil
}
