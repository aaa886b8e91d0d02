// SPDX-License-Identifier: Apache-2.0

package procfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/kernlink/kernlink/procfs"
)

// self is this process, of which most examples tell.
func self() (*procfs.FS, *procfs.Process, error) {
	proc, err := procfs.Open(nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := proc.Self()
	return proc, p, err
}

// A program that others would like to mislead by a mount over /proc.
func ExampleOpen_hardened() {
	proc, err := procfs.Open(&procfs.Options{Hardened: true})
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
	fmt.Println(p.PID() == os.Getpid())
	_, err = p.Entry("root/etc/passwd").Read() // would lead off the procfs
	fmt.Println(err != nil)
	// Output:
	// true
	// true
}

// The threads of a process, and how long each had a CPU and waited for one.
func ExampleProcess_Threads() {
	proc, p, err := self()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	defer p.Close()
	var s procfs.Schedstat
	first := false
	for thread, err := range p.Threads() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := thread.ReadSchedstatInto(&s); err != nil {
			continue // most likely kernlink.ErrGone: it ended meanwhile
		}
		first = first || thread.PID() == os.Getpid() && s.Run > 0
	}
	fmt.Println("found the first one:", first)
	// Output:
	// found the first one: true
}

// Which mapping an address is in.
func ExampleProcess_FindMap() {
	proc, p, err := self()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	defer p.Close()
	st, err := p.Stat()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := p.FindMap(st.StartCode)
	exe, _ := os.Executable()
	fmt.Println(m.Path.String() == exe, m.Exec, err)
	_, err = p.FindMap(0)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// true true <nil>
	// true
}

// Whether two processes see the same network.
func ExampleProcess_Namespaces() {
	proc, p, err := self()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()
	defer p.Close()
	mine, err := p.Namespaces()
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := proc.Process(os.Getpid()) // of another one as a rule
	if err != nil {
		fmt.Println(err)
		return
	}
	defer q.Close()
	its, err := q.Namespace("net")
	fmt.Println(its == mine["net"], its.Type, err)
	// Output:
	// true net <nil>
}

// The exact memory of a process, if the kernel prints that.
func ExampleParseSmapsRollup() {
	text := []byte("55bbd5a9e000-7ffddeb28000 ---p 00000000 00:00 0 [rollup]\nRss:    1828 kB\nPss:     282 kB\n")
	var r procfs.SmapsRollup
	if err := procfs.ParseSmapsRollup(text, &r); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Pss, "of", r.Rss, "bytes are its own; swap is known:", r.Has(procfs.SmapsSwap))
	// Output:
	// 288768 of 1871872 bytes are its own; swap is known: false
}

// In which control groups a process is, of both versions.
func ExampleParseCgroups() {
	text := []byte("4:memory:/batch/job7\n1:name=systemd:/\n0::/user.slice\n")
	var all []procfs.Cgroup
	if err := procfs.ParseCgroups(text, &all); err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range all {
		switch {
		case c.V2():
			fmt.Println("version 2:", c.Path)
		case c.Has("memory"):
			fmt.Println("memory:", c.Path)
		}
	}
	// Output:
	// memory: /batch/job7
	// version 2: /user.slice
}

// An open file that stands for a process.
func ExampleParseFDInfo() {
	text := []byte("pos:\t0\nflags:\t02000002\nmnt_id:\t4\nino:\t101705\nPid:\t4340\nNSpid:\t4340\t7\n")
	info, err := procfs.ParseFDInfo(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Pidfd.PID, info.Pidfd.NSPID)
	// Output:
	// 4340 [4340 7]
}

// Where in the kernel a thread sleeps; [procfs.Process.Stack] reads all lines.
func ExampleParseFrame() {
	f, err := procfs.ParseFrame([]byte("[<0>] nfs_wait_bit_killable+0x1a/0x80 [nfs]"))
	fmt.Println(f.Function, f.Module, err)
	// Output:
	// nfs_wait_bit_killable nfs <nil>
}
