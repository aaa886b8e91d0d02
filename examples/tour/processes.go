// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/procfs"
)

func processes() stage.Chapter {
	return stage.Chapter{
		Title:    "/proc: a module's files, and processes",
		Packages: "procfs",
		Modules:  []string{"procfs"},
		Steps: []stage.StepFunc{
			changeText, readRecords, removeText, scanProcesses, lookInside, outliveProcess, seeThroughMounts,
		},
	}
}

// A module's own file: “cat my_file; echo 12345 > my_file; cat my_file”.
func changeText(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "procfs.ko", "records=5")
	if err != nil {
		return err
	}
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	file := proc.Entry("my_test/my_file")
	before, err := attr.Get[string](file)
	if err != nil {
		return err
	}
	err = attr.Set(file, "12345")
	if err != nil {
		return err
	}
	after, err := attr.Get[string](file)
	if err != nil {
		return err
	}
	tour.Show(before, after)
	return nil
}

// Its records, one a turn.
//
// However long the list is, the kernel gives it a page at a time, and parse gets a line.
func readRecords(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	file := proc.Entry("my_test/records")
	err = attr.Set(file, "del 3")
	if err != nil {
		return err
	}
	type Record struct{ ID, Square int }
	parse := func(line []byte) (r Record, err error) {
		_, err = fmt.Sscan(string(line), &r.ID, &r.Square)
		return r, err
	}
	for rec, err := range procfs.Records(file, parse) {
		if err != nil {
			return err
		}
		tour.Show(rec.ID, rec.Square)
	}
	return nil
}

// The module goes while its file is open.
//
// The kernel says “input/output error” here. ErrGone is the word in every channel:
func removeText(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	text := attr.Of[string](proc.Entry("my_test/my_file"))
	defer text.Close()
	last, err := text.Get()
	if err != nil {
		return err
	}
	tour.Show(last)
	err = kmod.Remove(ctx, "procfs")
	if err != nil {
		return err
	}
	_, err = text.Get()
	tour.Refused(err, kernlink.ErrGone, syscall.EIO)
	return nil
}

// Scan the processes.
//
// A turn opens one file, fills the same struct again, and allocates nothing.
func scanProcesses(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	const kthreadd = 2 // the parent of all threads of the kernel
	threads := 0
	var st procfs.Stat
	for p, err := range proc.Processes() {
		if err != nil {
			return err
		}
		err = p.ReadStatInto(&st)
		if errors.Is(err, kernlink.ErrGone) {
			continue // it ended meanwhile
		}
		if err != nil {
			return err
		}
		if st.PID == kthreadd || st.PPID == kthreadd {
			threads++
			continue
		}
		tour.Show(st.PID, st.PPID, st.Comm)
	}
	tour.Show(threads)
	return nil
}

// Look inside one process: its threads, its memory.
//
// The mapping of an address takes one system call since Linux 6.11; before, the text is read.
func lookInside(ctx context.Context, tour *stage.Step) error {
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	self, err := proc.Self()
	if err != nil {
		return err
	}
	defer self.Close()
	threads := 0
	for _, err := range self.Threads() {
		if err != nil {
			return err
		}
		threads++
	}
	st, err := self.Stat()
	if err != nil {
		return err
	}
	code, err := self.FindMap(st.StartCode)
	if err != nil {
		return err
	}
	tour.Show(threads > 1, code.Exec, code.Write)
	return nil
}

// A handle is the process itself, and never another that got its number.
//
// Who has ended is a zombie until the parent asks for it, and gone from then on.
func outliveProcess(ctx context.Context, tour *stage.Step) error {
	child := exec.CommandContext(ctx, "sleep", "1000")
	err := child.Start()
	if err != nil {
		return err
	}
	proc, err := procfs.Open(nil)
	if err != nil {
		return err
	}
	defer proc.Close()
	p, err := proc.Process(child.Process.Pid)
	if err != nil {
		return err
	}
	defer p.Close()
	err = p.Signal(syscall.SIGTERM)
	if err != nil {
		return err
	}
	err = p.Wait(ctx) // whosever child it is
	if err != nil {
		return err
	}
	st, err := p.Stat()
	if err != nil {
		return err
	}
	tour.Show(st.Comm, st.State)
	err = child.Wait() // this is the parent asking
	tour.Show(err)
	_, err = p.Stat()
	tour.Refused(err, kernlink.ErrGone, syscall.ESRCH)
	return nil
}

// Who may mount over /proc decides what others read there: “mount --bind FILE /proc/1/comm”.
//
// A program with privileges opens a procfs of its own, which nobody else can reach.
func seeThroughMounts(ctx context.Context, tour *stage.Step) error {
	lie := filepath.Join(os.TempDir(), "lie")
	err := os.WriteFile(lie, []byte("liar\n"), 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(lie)
	err = exec.CommandContext(ctx, "mount", "--bind", lie, "/proc/1/comm").Run()
	if err != nil {
		return err
	}
	defer exec.Command("umount", "/proc/1/comm").Run()
	for _, hardened := range []bool{false, true} {
		proc, err := procfs.Open(&procfs.Options{Hardened: hardened})
		if err != nil {
			return err
		}
		defer proc.Close()
		p, err := proc.Process(1)
		if err != nil {
			return err
		}
		defer p.Close()
		name, err := p.Comm()
		if err != nil {
			return err
		}
		tour.Show(hardened, name)
	}
	return nil
}
