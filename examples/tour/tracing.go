// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
)

func tracing() stage.Chapter {
	return stage.Chapter{
		Title:    "Tracing: what happens in the kernel",
		Packages: "debugfs/tracefs",
		Modules:  []string{"sysfs_ex"},
		Steps: []stage.StepFunc{
			recordEvents, probeFunction, explainRefusal, readBuffers,
		},
	}
}

// Record an event, and what the program itself has to say, in one order.
//
// The instance has buffers of its own: nobody else is disturbed.
func recordEvents(ctx context.Context, tour *stage.Step) error {
	tr, err := tracefs.Open(nil)
	if err != nil {
		return err
	}
	defer tr.Close()
	inst, err := tr.Create("tour")
	if err != nil {
		return err
	}
	defer inst.Remove()
	err = inst.Event("syscalls", "sys_enter_getppid").Enable()
	if err != nil {
		return err
	}
	marker, err := inst.Marker()
	if err != nil {
		return err
	}
	defer marker.Close()
	fmt.Fprintf(marker, "step %d", 1)
	syscall.Getppid()
	fmt.Fprintf(marker, "step %d", 2)

	pipe, err := inst.Pipe()
	if err != nil {
		return err
	}
	defer pipe.Close()
	for rec, err := range pipe.Pending() { // All(ctx) waits for more
		if err != nil {
			return err
		}
		tour.Show(rec.Task, rec.Event, rec.Text)
	}
	return nil
}

// Put a probe at a function of the module, and see each call with its arguments.
//
// All writes to the module's attributes go through my_store.
func probeFunction(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "sysfs_ex.ko", nil)
	if err != nil {
		return err
	}
	defer kmod.Remove(ctx, "sysfs_ex")
	tr, err := tracefs.Open(nil)
	if err != nil {
		return err
	}
	defer tr.Close()
	inst, err := tr.Create("tour")
	if err != nil {
		return err
	}
	defer inst.Remove()
	probe, err := tr.AddProbe(tracefs.KProbe{
		Group: "tour", Name: "store", Symbol: "sysfs_ex:my_store",
		Args: []tracefs.Arg{
			{Name: "text", Fetch: "+0($arg3)", Type: "string"},
			{Name: "count", Fetch: "$arg4", Type: "u32"},
		},
	})
	if err != nil {
		return err
	}
	defer probe.Remove()
	ev := probe.In(inst)
	err = ev.Enable()
	if err != nil {
		return err
	}
	defer ev.Disable()
	mode := attr.At("/sys/fs/my_test/mode", attr.Sysfs)
	err = mode.Write([]byte("lz4"))
	if err != nil {
		return err
	}

	tour.Refused(probe.Remove(), kernlink.ErrBusy)
	pipe, err := inst.Pipe()
	if err != nil {
		return err
	}
	defer pipe.Close()
	for rec, err := range pipe.Pending() {
		if err != nil {
			return err
		}
		tour.Show(rec.Event, rec.Text)
	}
	return nil
}

// What the kernel does not take, it explains.
//
// The sentence is from the file error_log. The filter before it still holds.
func explainRefusal(ctx context.Context, tour *stage.Step) error {
	tr, err := tracefs.Open(nil)
	if err != nil {
		return err
	}
	defer tr.Close()
	inst, err := tr.Create("tour")
	if err != nil {
		return err
	}
	defer inst.Remove()
	ev := inst.Event("sched", "sched_switch")
	err = ev.SetFilter("prev_pid == 1")
	if err != nil {
		return err
	}
	err = ev.SetFilter("prev_name == 1")
	tour.Refused(err, syscall.EINVAL)
	filter, err := ev.Filter()
	if err != nil {
		return err
	}
	tour.Show(filter)
	_, err = tr.AddProbe(tracefs.KProbe{Name: "a", Symbol: "no_such"})
	tour.Refused(err)
	return nil
}

// Read the buffers as they are, one for each CPU, and take the fields out.
//
// The kernel makes no text of it, and a record costs no allocation.
func readBuffers(ctx context.Context, tour *stage.Step) error {
	tr, err := tracefs.Open(nil)
	if err != nil {
		return err
	}
	defer tr.Close()
	inst, err := tr.Create("tour")
	if err != nil {
		return err
	}
	defer inst.Remove()
	ev := inst.Event("sched", "sched_process_exit")
	format, err := ev.Format()
	if err != nil {
		return err
	}
	comm, _ := format.Field("comm")
	err = ev.Enable()
	if err != nil {
		return err
	}
	err = exec.CommandContext(ctx, "sleep", "0").Run()
	if err != nil {
		return err
	}
	cpus, err := inst.CPUs()
	if err != nil {
		return err
	}
	for _, cpu := range cpus {
		raw, err := inst.Raw(cpu, nil)
		if err != nil {
			return err
		}
		defer raw.Close()
		for rec, err := range raw.Pending() {
			if err != nil {
				return err
			}
			if string(comm.Text(rec.Data)) == "sleep" {
				tour.Show(format.Name, len(rec.Data), string(comm.Text(rec.Data)))
			}
		}
	}
	return nil
}
