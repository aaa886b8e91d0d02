// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/qemu"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

const (
	// bootTime is how long a guest may take to say that it is up: ten times
	// what an emulated one needs on an idle machine.
	bootTime = 90 * time.Second
	// silence is how long a guest that beats every second may say nothing.
	// An emulated one that starves is slow, not silent.
	silence = 60 * time.Second
	// lastWords is how long a kernel that was interrupted may print where.
	lastWords = 3 * time.Second
)

// bootError is a guest that never came up, or an emulator that broke before
// anything was tested: no test's fault, and worth a second try.
type bootError struct {
	what    string
	console []string
}

func (e *bootError) Error() string { return e.what }

// deathError is a guest that ended in the middle.
type deathError struct {
	what    string
	console []string
	where   []string // backtraces of what is stuck, if there are some
}

func (e *deathError) Error() string { return e.what }

// handler takes the frames of a session as they come.
type handler interface {
	frame(f wire.Frame) error
}

// session is one guest's life.
type session struct {
	vm     *qemu.VM
	frames chan wire.Frame
	up     bool
}

// runGuest boots a guest and passes its frames on, up to its farewell.
func (b *bench) runGuest(ctx context.Context, c qemu.Config, h handler) error {
	vm, err := qemu.Start(ctx, c)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return &bootError{what: err.Error()}
	}
	defer vm.Close()
	s := &session{vm: vm, frames: make(chan wire.Frame, 64)}
	var readers sync.WaitGroup
	done := make(chan struct{})
	defer readers.Wait()
	defer vm.Close() // ends the readers
	defer close(done)
	for _, r := range vm.Frames() {
		readers.Go(func() { readFrames(r, s.frames, done) })
	}
	if b.o.console {
		vm.Console.CopyTo(os.Stderr)
	}
	go func() {
		readers.Wait()
		close(s.frames)
	}()
	err = s.loop(ctx, h)
	b.saveConsole(vm.Console.Lines())
	return err
}

// readFrames decodes lines of one of the two serial lines. The one that the
// guest does not use stays silent, or carries what some firmware prints.
func readFrames(r *bufio.Reader, frames chan<- wire.Frame, done <-chan struct{}) {
	for {
		line, err := r.ReadBytes('\n')
		var f wire.Frame
		if len(line) > 1 && line[0] == '{' && json.Unmarshal(line, &f) == nil {
			select {
			case frames <- f:
			case <-done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// loop ends with the guest's farewell (nil), its death, or ctx.
func (s *session) loop(ctx context.Context, h handler) error {
	limit := time.NewTimer(bootTime)
	defer limit.Stop()
	exited := s.vm.Exited()
	for {
		select {
		case f, open := <-s.frames:
			if !open {
				return s.death("the guest's line broke")
			}
			if !s.up && f.Kind == wire.Hello {
				s.up = true
			}
			limit.Reset(silence)
			if f.Kind == wire.Shell {
				limit.Stop()
				go s.attach()
			}
			if err := h.frame(f); err != nil {
				return err
			}
			switch f.Kind {
			case wire.Bye:
				return nil
			case wire.Stuck:
				return s.stuck(f)
			}
		case <-exited:
			exited = nil // what it sent before is still read, up to the end of its lines
			<-s.vm.Console.Drained()
		case <-limit.C:
			return s.hang()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// attach gives the guest's console to this program's terminal.
func (s *session) attach() {
	fmt.Fprintln(os.Stderr, "kerneltest: a shell on the guest's console; exit ends it")
	_ = s.vm.Console.Attach(os.Stdin, os.Stdout) // the guest's end ends it
}

// death says why a guest ended that should not have.
func (s *session) death(what string) error {
	<-s.vm.Console.Drained()
	console := s.vm.Console.Lines()
	switch {
	case s.vm.Crashed():
		what = "the emulator crashed: " + s.vm.Exit()
	case s.vm.Exit() != "":
		what = "the emulator ended: " + s.vm.Exit()
	}
	if !s.up {
		return &bootError{"the guest did not come up: " + what, console}
	}
	return &deathError{what: what, console: console}
}

// hang asks a silent kernel where it is before it gives up on it.
func (s *session) hang() error {
	if !s.up {
		return &bootError{fmt.Sprintf("the guest did not come up within %v", bootTime), s.vm.Console.Lines()}
	}
	if err := s.vm.Interrupt(); err == nil {
		time.Sleep(lastWords)
	}
	return &deathError{what: fmt.Sprintf("hang: the guest has been silent for %v", silence), console: s.vm.Console.Lines()}
}

// stuck is a job that cannot be killed; the guest has found out where it is.
func (s *session) stuck(f wire.Frame) error {
	return &deathError{what: "hang: " + f.Text, console: s.vm.Console.Lines(), where: f.Lines}
}

// saveConsole keeps the console of the last run where a reader can look.
func (b *bench) saveConsole(lines []string) {
	var text []byte
	for _, line := range lines {
		text = append(append(text, line...), '\n')
	}
	_ = os.WriteFile(b.consolePath(), text, 0o644) // a convenience: the run does not depend on it
}

func (b *bench) consolePath() string { return filepath.Join(b.cache.Dir(), "console.log") }
