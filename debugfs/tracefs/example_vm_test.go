// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"syscall"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

// What the program says stands among what the kernel does.
func ExampleInstance_Pipe() {
	tr, err := tracefs.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer tr.Close()
	inst, err := tr.Create("kernlink") // buffers of our own
	if err != nil {
		log.Fatal(err)
	}
	defer inst.Remove()
	getppid := inst.Event("syscalls", "sys_enter_getppid")
	if err := getppid.Enable(); err != nil {
		log.Fatal(err)
	}
	marker, err := inst.Marker()
	if err != nil {
		log.Fatal(err)
	}
	defer marker.Close()
	pipe, err := inst.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	defer pipe.Close()

	fmt.Fprintf(marker, "step %d", 1)
	syscall.Getppid()
	fmt.Fprintf(marker, "step %d", 2)
	n := 0
	for rec, err := range pipe.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rec.Event, rec.Text)
		if n++; n == 3 {
			break
		}
	}
	// Output:
	// tracing_mark_write step 1
	//  sys_getppid()
	// tracing_mark_write step 2
}

// A place in the kernel that nobody has foreseen.
func ExampleFS_AddProbe() {
	tr, err := tracefs.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer tr.Close()
	inst, err := tr.Create("kernlink")
	if err != nil {
		log.Fatal(err)
	}
	defer inst.Remove()
	probe, err := tr.AddProbe(tracefs.KProbe{
		Group: "kernlink", Name: "rmdir", Symbol: "vfs_rmdir", Return: true,
		Args: []tracefs.Arg{{Name: "ret", Fetch: "$retval", Type: "s32"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer probe.Remove()
	ev := probe.In(inst)
	if err := ev.Enable(); err != nil {
		log.Fatal(err)
	}
	defer ev.Disable()

	os.Mkdir("/tmp/kernlink", 0o700)
	os.WriteFile("/tmp/kernlink/file", nil, 0o600)
	syscall.Rmdir("/tmp/kernlink") // it is not empty
	os.RemoveAll("/tmp/kernlink/file")
	syscall.Rmdir("/tmp/kernlink")

	format, err := ev.Format()
	if err != nil {
		log.Fatal(err)
	}
	ret, _ := format.Field("ret")
	cpus, err := inst.CPUs()
	if err != nil {
		log.Fatal(err)
	}
	returned := map[syscall.Errno]int{}
	for _, cpu := range cpus {
		raw, err := inst.Raw(cpu, nil)
		if err != nil {
			log.Fatal(err)
		}
		for rec, err := range raw.Pending() {
			if err != nil {
				log.Fatal(err)
			}
			returned[syscall.Errno(-ret.Int(rec.Data))]++
		}
		raw.Close()
	}
	fmt.Println(returned[0], "removed,", returned[syscall.ENOTEMPTY], "not empty")
	// Output: 1 removed, 1 not empty
}

// The kernel says what is wrong with a filter, and the filter before it holds.
func ExampleEvent_SetFilter() {
	tr, err := tracefs.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer tr.Close()
	inst, err := tr.Create("kernlink")
	if err != nil {
		log.Fatal(err)
	}
	defer inst.Remove()
	ev := inst.Event("sched", "sched_switch")
	fmt.Println(ev.SetFilter("prev_pid == 1"))

	err = ev.SetFilter("prev_pid == 1 && prev_name == \"init\"")
	if e, ok := errors.AsType[*tracefs.LogError](err); ok {
		fmt.Println(e.Text)
		fmt.Println(e.Caret())
	}
	fmt.Println(ev.Filter())
	// Output:
	// <nil>
	// Field not found
	// prev_pid == 1 && prev_name == "init"
	//                            ^
	// prev_pid == 1 <nil>
}
