// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

// folder makes an ordinary folder that looks like a small tracefs, as a test of
// yours may.
func folder() string {
	root, err := os.MkdirTemp("", "tracefs")
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range map[string]string{
		"events/sched/sched_switch/enable": "0\n",
		"events/sched/sched_switch/filter": "none\n",
		"kprobe_events":                    "p:others/one vfs_read\n",
		"uprobe_events":                    "",
		"trace_pipe": "" +
			"          <idle>-0       [001] d..2.     7.514637: sched_switch: prev_pid=0 next_pid=87\n" +
			"CPU:1 [LOST 42 EVENTS]\n" +
			"            init-87      [001] d..2.     7.514952: sched_switch: prev_pid=87 next_pid=0\n",
	} {
		name = filepath.Join(root, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		os.WriteFile(name, []byte(text), 0o644)
	}
	os.Mkdir(filepath.Join(root, "instances"), 0o755)
	return root
}

func Example() {
	root := folder()
	defer os.RemoveAll(root)
	tr, err := tracefs.OpenAt(root, nil) // tracefs.Open(nil) is the kernel's
	if err != nil {
		log.Fatal(err)
	}
	defer tr.Close()
	ev := tr.Event("sched", "sched_switch")
	if err := ev.Enable(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(ev.Enabled())

	pipe, err := tr.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	defer pipe.Close()
	for rec, err := range pipe.Pending() { // All waits for more
		if lost, ok := errors.AsType[*tracefs.Lost](err); ok {
			fmt.Println(lost)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rec.Time, rec.CPU, rec.Task, rec.Event, rec.Text)
	}
	// Output:
	// true <nil>
	// 7.514637s 1 <idle> sched_switch prev_pid=0 next_pid=87
	// 42 events of CPU 1 were lost
	// 7.514952s 1 init sched_switch prev_pid=87 next_pid=0
}

// A test sees which command a program gives to the kernel.
func ExampleFS_Probes() {
	root := folder()
	defer os.RemoveAll(root)
	tr, err := tracefs.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer tr.Close()
	_, err = tr.AddProbe(tracefs.KProbe{
		Group: "kernlink", Name: "open", Symbol: "do_sys_openat2",
		Args: []tracefs.Arg{{Name: "path", Fetch: "+0($arg2)", Type: "ustring"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for probe, err := range tr.Probes() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(probe.Definition().Command())
	}
	// Output:
	// p:others/one vfs_read <nil>
	// p:kernlink/open do_sys_openat2 path=+0($arg2):ustring <nil>
}

func ExampleParseRecord() {
	rec := tracefs.ParseRecord([]byte("     my (task)-1-1234    [000] .....     6.147470: tracing_mark_write: hello\n"))
	fmt.Printf("%q %d %v %s %s\n", rec.Task, rec.PID, rec.Time, rec.Event, rec.Text)
	// Output: "my (task)-1" 1234 6.14747s tracing_mark_write hello
}

func ExampleParseErrorLog() {
	all, err := tracefs.ParseErrorLog([]byte(`[    4.707869] trace_kprobe: error: Invalid probed address or symbol
  Command: p:foo/bar no_such_fn
                     ^
`))
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range all {
		fmt.Println(e.Text)
		fmt.Println(e.Caret())
	}
	// Output:
	// Invalid probed address or symbol
	// p:foo/bar no_such_fn
	//           ^
}

// A function of a C library: where in the file it is, a reader of ELF files
// knows (debug/elf).
func ExampleUProbe_Command() {
	fmt.Println(tracefs.UProbe{
		Group: "kernlink", Name: "getenv", Path: "/lib/x86_64-linux-gnu/libc.so.6", Offset: 0x3e1b0,
		Args: []tracefs.Arg{{Name: "name", Fetch: "+0(%di)", Type: "string"}},
	}.Command())
	_, err := tracefs.UProbe{Name: "main", Path: "/opt/my program"}.Command()
	fmt.Println(err)
	// Output:
	// p:kernlink/getenv /lib/x86_64-linux-gnu/libc.so.6:0x3e1b0 name=+0(%di):string <nil>
	// tracefs: add probe uprobes/main: invalid argument: "/opt/my program" is no absolute path without blanks and #
}
