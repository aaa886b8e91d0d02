// SPDX-License-Identifier: Apache-2.0

//go:build linux

package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kmod"
)

// The time that a job has to act on a signal: the first makes a Go program
// print its goroutines, the second cannot be refused unless the process is
// stuck in the kernel.
const (
	quitTime = 3 * time.Second
	killTime = 3 * time.Second
)

// run runs one job; false means that its process cannot be ended.
func (g *guest) run(ctx context.Context, n int, job wire.Job) bool {
	send := func(f wire.Frame) {
		f.Job = n
		_ = g.frames.Send(f) // a lost host ends the machine
	}
	modules := loadedModules()
	g.judge.begin(n)
	began := time.Now()
	send(wire.Frame{Kind: wire.Start})
	exit, err := g.execute(ctx, job, send)
	elapsed := time.Since(began)
	if errors.Is(err, errStuck) {
		send(wire.Frame{Kind: wire.Stuck, Text: err.Error(), Lines: g.judge.stuck()})
		return false
	}
	if err != nil {
		send(wire.Frame{Kind: wire.Output, Data: fmt.Appendf(nil, "%v\n", err)})
		exit = max(exit, 1)
	}
	killLeftovers(func(what string) { g.note("%s left a process behind: %s", job.Name, what) })
	for _, f := range leftModules(modules) {
		send(f)
	}
	g.judge.end(n)
	for _, name := range job.Return {
		if data, err := os.ReadFile(name); err == nil {
			send(wire.Frame{Kind: wire.File, Text: name, Data: data})
		}
	}
	send(wire.Frame{Kind: wire.Done, Exit: exit, Seconds: elapsed.Seconds()})
	return true
}

var errLate = errors.New("the process has passed its time limit")

var errStuck = errors.New("the process has passed its time limit and cannot be killed: it is stuck in the kernel")

// execute runs the job's program to its end and passes on what it prints.
func (g *guest) execute(ctx context.Context, job wire.Job, send func(wire.Frame)) (exit int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 1, err
	}
	defer r.Close()
	if err := os.MkdirAll(wire.OutDir, 0o755); err != nil {
		w.Close()
		return 1, err
	}
	cmd := exec.CommandContext(ctx, job.Path, job.Args...)
	cmd.Dir, cmd.Env = job.Dir, job.Env
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return 1, fmt.Errorf("starting %s: %w", job.Path, err)
	}
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		copyOutput(r, send)
	}()
	err = wait(cmd, job.Timeout)
	if errors.Is(err, errStuck) {
		return 1, err
	}
	// Grandchildren may hold the pipe open: what they print later is nobody's.
	_ = r.SetReadDeadline(time.Now().Add(2 * time.Second))
	<-printed
	late := errors.Is(err, errLate)
	if _, ended := errors.AsType[*exec.ExitError](err); !ended && !late {
		return 0, err
	}
	code := cmd.ProcessState.ExitCode()
	switch {
	case late:
		return max(code, 1), fmt.Errorf("ended by force (%s) after its time limit, %v", cmd.ProcessState, job.Timeout)
	case code < 0:
		return 2, fmt.Errorf("%s", cmd.ProcessState) // "signal: killed"
	}
	return code, nil
}

func copyOutput(r *os.File, send func(wire.Frame)) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			send(wire.Frame{Kind: wire.Output, Data: buf[:n]})
		}
		if err != nil {
			return
		}
	}
}

// wait waits for the process and ends it when its time is over.
func wait(cmd *exec.Cmd, timeout time.Duration) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var over <-chan time.Time
	if timeout > 0 {
		over = time.After(timeout)
	}
	select {
	case err := <-ended:
		return err
	case <-over:
	}
	for _, step := range []struct {
		sig  syscall.Signal
		time time.Duration
	}{{syscall.SIGQUIT, quitTime}, {syscall.SIGKILL, killTime}} {
		_ = cmd.Process.Signal(step.sig) // it may be ending just now
		select {
		case err := <-ended:
			return errors.Join(errLate, err)
		case <-time.After(step.time):
		}
	}
	return errStuck
}

// killLeftovers ends the processes that a job left behind, so that the next
// one has the machine to itself.
func killLeftovers(tell func(string)) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() || !hasProgram(pid) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		tell(strings.TrimSpace(string(name)))
		_ = syscall.Kill(pid, syscall.SIGKILL)
		_, _ = syscall.Wait4(pid, nil, 0, nil) // only orphans of ours can be waited for
	}
	// Those that ended by themselves wait here as zombies.
	for sys.ReapAny() > 0 {
	}
}

// hasProgram tells processes from kernel threads and zombies.
func hasProgram(pid int) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && exe != ""
}

// loadedModules is the set of modules in the kernel now.
func loadedModules() map[string]bool {
	set := map[string]bool{}
	for st, err := range kmod.Loaded() {
		if err == nil {
			set[st.Name] = true
		}
	}
	return set
}

// leftModules unloads what a job loaded and did not unload, and returns a
// fault for each.
func leftModules(before map[string]bool) []wire.Frame {
	var faults []wire.Frame
	told := map[string]bool{}
	for progress := true; progress; {
		progress = false
		for name := range loadedModules() {
			if before[name] {
				continue
			}
			err := sys.DeleteModule(name)
			if !told[name] {
				told[name] = true
				text := name
				if err != nil {
					text = fmt.Sprintf("%s, and it cannot be unloaded: %v", name, err)
				}
				faults = append(faults, wire.Frame{Kind: wire.Fault, Fault: "module left loaded", Text: text})
			}
			progress = progress || err == nil
		}
	}
	return faults
}
