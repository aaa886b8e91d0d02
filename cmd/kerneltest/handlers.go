// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/report"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

// testRun turns the frames of a test session into the report.
type testRun struct {
	*bench
	lane     *lane.Lane
	pkgs     []pkg
	report   *report.Report
	profiles map[string][]byte

	next    int             // the first package that has not begun
	current *report.Package // nil between packages
	began   time.Time
	failed  bool
	told    map[string]bool // the faults of the current package
}

func (r *testRun) frame(f wire.Frame) (err error) {
	switch f.Kind {
	case wire.Start:
		r.next, r.began, r.told = f.Job+1, time.Now(), map[string]bool{}
		r.current, err = r.report.Start(context.Background(), r.pkgs[f.Job].ImportPath)
	case wire.Output:
		_, err = r.current.Write(f.Data)
	case wire.Fault:
		r.fault(f)
	case wire.File:
		r.profiles[fmt.Sprint(r.lane.Name, " ", r.pkgs[f.Job].ImportPath)] = f.Data
	case wire.Done:
		err = r.done(report.Result{Exit: f.Exit, Elapsed: time.Duration(f.Seconds * float64(time.Second))})
	case wire.Note:
		fmt.Fprintln(os.Stderr, "kerneltest: guest:", f.Text)
	}
	return err
}

func (r *testRun) fault(f wire.Frame) {
	if r.current == nil {
		fmt.Fprintf(os.Stderr, "kerneltest: the kernel said before any test began: %s: %s\n", f.Fault, f.Text)
		return
	}
	r.tell(report.Fault{Kind: f.Fault, Text: f.Text, Tests: f.Tests, Lines: f.Lines})
}

// tell reports a fault once, however often the kernel repeats it while the
// same tests run.
func (r *testRun) tell(f report.Fault) {
	r.failed = true
	if key := fmt.Sprint(f, f.Tests); !r.told[key] {
		r.told[key] = true
		r.current.Fault(f)
	}
}

func (r *testRun) done(result report.Result) error {
	r.failed = r.failed || result.Exit != 0 || result.Died != "" || result.NotRun
	err := r.current.Done(result)
	r.current = nil
	return err
}

// finish closes the report after the session ended with err: a death fails
// the package that ran, and those that did not get to run.
func (r *testRun) finish(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	death, ok := errors.AsType[*deathError](err)
	if !ok {
		return r.explainDeath(err)
	}
	what, end := judgeDeath(death)
	if r.current == nil && r.next < len(r.pkgs) {
		if r.current, err = r.report.Start(ctx, r.pkgs[r.next].ImportPath); err != nil {
			return err
		}
		r.next++
		r.told = map[string]bool{}
	}
	if r.current == nil {
		return fmt.Errorf("after the last test: %w", death)
	}
	r.tell(what)
	if err := r.done(report.Result{Exit: exitError, Elapsed: time.Since(r.began), Died: end}); err != nil {
		return err
	}
	for ; r.next < len(r.pkgs); r.next++ {
		if r.current, err = r.report.Start(ctx, r.pkgs[r.next].ImportPath); err != nil {
			return err
		}
		if err := r.done(report.Result{Exit: exitError, NotRun: true, Died: "the guest had died"}); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, "kerneltest: console:", r.consolePath())
	return nil
}

// programRun passes a program's output through.
type programRun struct {
	name   string
	exit   int
	faults []string
}

func (r *programRun) frame(f wire.Frame) error {
	switch f.Kind {
	case wire.Output:
		_, err := os.Stdout.Write(f.Data)
		return err
	case wire.Fault:
		r.faults = append(r.faults, f.Fault+": "+f.Text)
	case wire.Done:
		r.exit = f.Exit
	case wire.Note:
		fmt.Fprintln(os.Stderr, "kerneltest: guest:", f.Text)
	}
	return nil
}
