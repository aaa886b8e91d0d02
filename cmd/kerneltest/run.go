// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/progress"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/qemu"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/report"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

// Exit statuses, those of the go command.
const (
	exitOK     = 0
	exitFailed = 1
	exitError  = 2
)

// exitStatus is a program's own status, to be handed on.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// testLanes is `kerneltest packages`: every package on every lane.
func testLanes(ctx context.Context, o *options) error {
	pkgs, err := listPackages(ctx, o)
	if err != nil {
		return err
	}
	b, lanes, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	var tested, empty []pkg
	for _, p := range pkgs {
		if p.hasTests() {
			tested = append(tested, p)
		} else {
			empty = append(empty, p)
		}
	}
	if len(tested) > 0 {
		b.line.Step("compiling the tests of %d packages", len(tested))
		if err := buildTests(ctx, o, tested, b.work); err != nil {
			return err
		}
	}
	failed := false
	profiles := map[string][]byte{}
	for _, l := range lanes {
		ok, err := b.testLane(ctx, l, tested, empty, profiles)
		if err != nil {
			return err
		}
		failed = failed || !ok
	}
	if err := o.writeProfile(profiles); err != nil {
		return err
	}
	if failed {
		return exitStatus(exitFailed)
	}
	return nil
}

// testLane boots one kernel and runs all packages in it.
func (b *bench) testLane(ctx context.Context, l *lane.Lane, tested, empty []pkg, profiles map[string][]byte) (bool, error) {
	r := &testRun{bench: b, lane: l, pkgs: tested, profiles: profiles, report: report.New(report.Options{
		Out: os.Stdout, Err: os.Stderr,
		JSON: b.o.json, Verbose: b.o.verbose, Bench: b.o.bench != "",
		Color: progress.IsTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "",
	})}
	for _, p := range empty {
		if err := r.report.NoTests(p.ImportPath); err != nil {
			return false, err
		}
	}
	if len(tested) == 0 {
		return true, nil
	}
	err := b.boot(ctx, l, tested, b.o.testJobs(tested), r)
	if err != nil && ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err := r.finish(ctx, err); err != nil {
		return false, err
	}
	summary := os.Stdout
	if b.o.json {
		summary = os.Stderr
	}
	for _, s := range r.report.Skips() {
		// What skips in a guest should be rare, and known.
		fmt.Fprintf(summary, "skipped: %s %s: %s\n", s.Package, s.Test, s.Reason)
	}
	return !r.failed, r.report.Summary(summary)
}

// boot runs jobs in a guest of lane l, and once more if it did not come up.
func (b *bench) boot(ctx context.Context, l *lane.Lane, pkgs []pkg, jobs []wire.Job, h handler) error {
	n, err := b.o.merged(pkgs)
	if err != nil {
		return err
	}
	kvm, err := b.useKVM(ctx, l)
	if err != nil {
		return err
	}
	initrd := filepath.Join(b.work, "initrd-"+l.Name)
	size, err := b.writeImage(ctx, initrd, guestFiles{lane: l, needs: n, packages: pkgs, jobs: jobs})
	if err != nil {
		return err
	}
	c := qemu.Config{
		Command: b.qemu.Args, Kernel: l.Kernel, Initrd: initrd, Append: b.o.append,
		CPUs: b.o.smp, Memory: b.o.memoryFor(size), KVM: kvm,
	}
	for try := 1; ; try++ {
		b.line.Step("booting %s", l.Release)
		began := time.Now()
		err := b.runGuest(ctx, c, greeted{h, func() {
			b.line.Clear()
			fmt.Fprintln(os.Stderr, b.describe(l, time.Since(began), kvm))
		}})
		b.line.Clear()
		if be, ok := errors.AsType[*bootError](err); ok && try == 1 {
			fmt.Fprintf(os.Stderr, "kerneltest: %s; nothing had begun, so it is tried once more. The console's last lines:\n%s\n", be.what, lastLines(be.console, 10))
			continue
		}
		return err
	}
}

// greeted is a handler that says that its guest is up.
type greeted struct {
	handler
	up func()
}

func (g greeted) frame(f wire.Frame) error {
	if f.Kind == wire.Hello {
		g.up()
	}
	return g.handler.frame(f)
}

// testJobs are the test binaries as the guest runs them.
func (o *options) testJobs(pkgs []pkg) []wire.Job {
	jobs := make([]wire.Job, len(pkgs))
	for i, p := range pkgs {
		// Always in this form: it says exactly which test printed what, and
		// what the reader asked to see is made of it on the host.
		args := append([]string{"-test.v=test2json", "-test.paniconexit0", "-test.timeout=" + o.timeout.String()}, o.passed...)
		if o.bench != "" {
			args = append(args, "-test.bench="+o.bench)
		}
		job := wire.Job{Name: p.ImportPath, Dir: p.Dir, Path: fmt.Sprintf("/kerneltest/bin/%d.test", i), Env: o.guestEnv(), Test: true}
		if o.timeout > 0 {
			// The test binary itself says which test was too slow; this is
			// for the one that cannot.
			job.Timeout = o.timeout + 3*time.Second
		}
		if o.cover {
			profile := fmt.Sprintf("%s/%d.cover", wire.OutDir, i)
			args = append(args, "-test.coverprofile="+profile)
			job.Return = append(job.Return, profile)
		}
		job.Args = append(args, o.args...)
		jobs[i] = job
	}
	return jobs
}

func (o *options) guestEnv() []string {
	return []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "USER=root", "TMPDIR=/tmp", "LANG=C.UTF-8",
		"KERNELTEST_GUEST=1", "KERNELTEST_MODULES=" + wire.ModulesDir,
	}
}

// runProgram is `kerneltest run`.
func runProgram(ctx context.Context, o *options) error {
	b, lanes, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	b.line.Step("compiling %s", o.packages[0])
	p, err := buildProgram(ctx, o, b.work)
	if err != nil {
		return err
	}
	env := append(o.guestEnv(), "TERM="+os.Getenv("TERM"))
	if progress.IsTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" {
		env = append(env, "FORCE_COLOR=1")
	}
	job := wire.Job{Name: p.ImportPath, Dir: p.Dir, Path: "/kerneltest/bin/program", Args: o.args, Env: env, Timeout: o.timeout}
	for _, l := range lanes {
		r := &programRun{name: p.ImportPath}
		err := b.boot(ctx, l, []pkg{p}, []wire.Job{job}, r)
		if err != nil {
			return b.explainDeath(err)
		}
		if len(r.faults) > 0 {
			return fmt.Errorf("%s: %s (console: %s)", p.ImportPath, strings.Join(r.faults, "; "), b.consolePath())
		}
		if r.exit != 0 {
			return exitStatus(r.exit)
		}
	}
	return nil
}

// explainDeath adds the console's end to a guest's death.
func (b *bench) explainDeath(err error) error {
	var console []string
	if e, ok := errors.AsType[*deathError](err); ok {
		console = e.console
	} else if e, ok := errors.AsType[*bootError](err); ok {
		console = e.console
	} else {
		return err
	}
	return fmt.Errorf("%w; the console's last lines (all of it: %s):\n%s", err, b.consolePath(), lastLines(console, 20))
}

func lastLines(lines []string, n int) string {
	lines = lines[max(0, len(lines)-n):]
	return "    " + strings.Join(lines, "\n    ")
}

// prepare is `kerneltest prepare`.
func prepare(ctx context.Context, o *options) error {
	b, lanes, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	b.line.Clear()
	for _, l := range lanes {
		fmt.Printf("lane %s: kernel %s, QEMU %s\n", l.Name, l.Release, b.qemu.Version)
	}
	return nil
}

// writeProfile writes the coverage of all packages and lanes together.
func (o *options) writeProfile(profiles map[string][]byte) error {
	if o.coverprofile == "" {
		return nil
	}
	var all [][]byte
	for _, p := range profiles {
		all = append(all, p)
	}
	f, err := os.Create(o.coverprofile)
	if err != nil {
		return err
	}
	return errors.Join(report.MergeProfiles(f, all...), f.Close())
}
