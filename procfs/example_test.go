// SPDX-License-Identifier: Apache-2.0

package procfs_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// A folder of one's own stands in for /proc, which [procfs.Open] opens.
func ExampleOpenAt() {
	dir, err := os.MkdirTemp("", "proc")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	_ = os.Mkdir(filepath.Join(dir, "88"), 0o700)
	_ = os.WriteFile(filepath.Join(dir, "88", "statm"), []byte("652 394 368 5 0 90 0\n"), 0o600)
	_ = os.WriteFile(filepath.Join(dir, "uptime"), []byte("7351.39 14398.02\n"), 0o600)

	proc, err := procfs.OpenAt(dir, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	for p, err := range proc.Processes() {
		if err != nil {
			fmt.Println(err)
			return
		}
		m, err := p.Statm()
		fmt.Println(p.PID(), m.Resident, "pages", err)
	}
	up, err := attr.Get[string](proc.Entry("uptime"))
	fmt.Println(up, err)
	// Output:
	// 88 394 pages <nil>
	// 7351.39 14398.02 <nil>
}

// The scan of a monitor: one Stat for all of them, no memory for each.
func ExampleFS_Processes() {
	proc, err := procfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	var st procfs.Stat
	found := false
	for p, err := range proc.Processes() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := p.ReadStatInto(&st); err != nil {
			continue // most likely kernlink.ErrGone: it ended meanwhile
		}
		found = found || st.PID == os.Getpid()
	}
	fmt.Println("found myself:", found)
	// Output:
	// found myself: true
}

// A handle is the process itself, whatever becomes of its number.
func ExampleProcess_Wait() {
	proc, err := procfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	p, err := proc.Self()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 1)
	defer cancel()
	fmt.Println(p.Wait(ctx) != nil) // we have not ended
	// Output:
	// true
}

// A file of a process that has no call of its own.
func ExampleProcess_Entry() {
	proc, err := procfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	p, err := proc.Self()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	adj, err := attr.Get[int](p.Entry("oom_score_adj"))
	fmt.Println(-1000 <= adj && adj <= 1000, err)
	// Output:
	// true <nil>
}

// The CPUs that a process may run on, as numbers.
func ExampleParseStatus() {
	text := []byte("Name:\tcat\nPid:\t88\nCpus_allowed_list:\t0-2,8\n")
	var s procfs.Status
	if err := procfs.ParseStatus(text, &s); err != nil {
		fmt.Println(err)
		return
	}
	var cpus attr.Bits
	fmt.Println(cpus.UnmarshalText(s.CPUsAllowed), cpus)
	// Output:
	// <nil> [0 1 2 8]
}

// The records of a file whose lines have a form of their own.
func ExampleRecords() {
	proc, err := procfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	parse := func(line []byte) (jiffies int, err error) {
		fields := bytes.Fields(line)
		if len(fields) < 2 || !bytes.HasPrefix(fields[0], []byte("cpu")) {
			return 0, nil
		}
		return strconv.Atoi(string(fields[1]))
	}
	user := 0
	for jiffies, err := range procfs.Records(proc.Entry("stat"), parse) {
		if err != nil {
			fmt.Println(err)
			return
		}
		user += jiffies
	}
	fmt.Println(user > 0)
	// Output:
	// true
}

// A stat that was captured elsewhere; the name may hold anything.
func ExampleParseStat() {
	text := []byte("88 (a) S 1 (b) R 1 88 88 0 -1 4194304 100 0 0 0 7 2 0 0 20 0 1 0 1091299 3133440 394 18446744073709551615")
	var st procfs.Stat
	if err := procfs.ParseStat(text, &st); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(st.PID, st.Comm, st.State, st.UTime+st.STime, "ticks")
	fmt.Println(st.Fields, "fields")
	// Output:
	// 88 a) S 1 (b running 9 ticks
	// 25 fields
}
