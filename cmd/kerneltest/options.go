// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
)

// options is the command line, understood.
type options struct {
	command  string // "test", "run" or "prepare"
	lanes    []string
	kernel   string
	kdir     string
	modules  list
	kmods    list
	tools    list
	files    list
	smp      int
	memory   int
	accel    string
	qemu     string
	append   string
	keep     bool
	update   bool
	console  bool
	werror   bool
	packages []string // patterns; of "run" the program
	args     []string // for the test binaries or the program

	json         bool
	verbose      bool
	bench        string
	race         bool
	cover        bool
	coverprofile string
	timeout      time.Duration
	passed       []string // flags for the test binaries, with "test."
	build        []string // flags for go test -c
}

// list is a flag that takes names separated by commas and may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	for _, name := range strings.Split(s, ",") {
		if name = strings.TrimSpace(name); name != "" {
			*l = append(*l, name)
		}
	}
	return nil
}

// passFlag is a flag of go test's that is handed on as it stands.
type passFlag struct {
	into *[]string
	name string
	bool bool
}

func (p passFlag) String() string   { return "" }
func (p passFlag) IsBoolFlag() bool { return p.bool }
func (p passFlag) Set(s string) error {
	*p.into = append(*p.into, "-"+p.name+"="+s)
	return nil
}

var errUsage = errors.New("usage: kerneltest [flags] [packages] [-args ...] | kerneltest run [flags] program [args] | kerneltest prepare [flags]; go doc github.com/kernlink/kernlink/cmd/kerneltest lists the flags")

// parseOptions reads the command line, in which flags and packages may be
// mixed, as go test allows.
func parseOptions(args []string) (*options, error) {
	o := &options{command: "test", timeout: 10 * time.Minute}
	if len(args) > 0 && (args[0] == "run" || args[0] == "prepare") {
		o.command, args = args[0], args[1:]
	}
	fs, lanes := o.flags()
	if o.command == "run" {
		if err := fs.Parse(args); err != nil {
			return nil, fmt.Errorf("%w\n%w", err, errUsage)
		}
		if fs.NArg() == 0 {
			return nil, errUsage
		}
		o.packages, o.args = fs.Args()[:1], fs.Args()[1:]
	} else if err := o.mixed(fs, args); err != nil {
		return nil, fmt.Errorf("%w\n%w", err, errUsage)
	}
	return o, o.check(*lanes)
}

// mixed parses flags and packages in any order; what follows -args is the
// test binary's.
func (o *options) mixed(fs *flag.FlagSet, args []string) error {
	if i := slices.IndexFunc(args, func(a string) bool { return a == "-args" || a == "--args" }); i >= 0 {
		args, o.args = args[:i], args[i+1:]
	}
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		args = fs.Args()
		if len(args) == 0 {
			return nil
		}
		o.packages, args = append(o.packages, args[0]), args[1:]
	}
}

func (o *options) flags() (*flag.FlagSet, *list) {
	fs := flag.NewFlagSet("kerneltest", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	lanes := &list{}
	fs.Var(lanes, "lane", "")
	fs.StringVar(&o.kernel, "kernel", "", "")
	fs.StringVar(&o.kdir, "kdir", "", "")
	fs.Var(&o.modules, "modules", "")
	fs.Var(&o.kmods, "kmods", "")
	fs.Var(&o.tools, "tools", "")
	fs.Var(&o.files, "files", "")
	fs.IntVar(&o.smp, "smp", 2, "")
	fs.IntVar(&o.memory, "memory", 0, "")
	fs.StringVar(&o.accel, "accel", "auto", "")
	fs.StringVar(&o.qemu, "qemu", "", "")
	fs.StringVar(&o.append, "append", "", "")
	fs.BoolVar(&o.keep, "keep", false, "")
	fs.BoolVar(&o.update, "update", false, "")
	fs.BoolVar(&o.console, "console", false, "")
	fs.BoolVar(&o.werror, "werror", false, "")

	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.verbose, "v", false, "")
	fs.BoolVar(&o.race, "race", false, "")
	fs.BoolVar(&o.cover, "cover", false, "")
	fs.StringVar(&o.bench, "bench", "", "")
	fs.StringVar(&o.coverprofile, "coverprofile", "", "")
	fs.DurationVar(&o.timeout, "timeout", o.timeout, "")
	for _, name := range []string{"run", "skip", "count", "parallel", "cpu", "shuffle", "benchtime", "fuzz", "fuzztime", "list"} {
		fs.Var(passFlag{&o.passed, "test." + name, false}, name, "")
	}
	for _, name := range []string{"short", "failfast", "benchmem", "fullpath"} {
		fs.Var(passFlag{&o.passed, "test." + name, true}, name, "")
	}
	for _, name := range []string{"covermode", "coverpkg", "tags", "ldflags", "gcflags", "mod", "modfile", "overlay"} {
		fs.Var(passFlag{&o.build, name, false}, name, "")
	}
	return fs, lanes
}

// forTests reports whether a flag was given that only tests understand.
func (o *options) forTests() bool {
	return o.json || o.verbose || o.cover || o.bench != "" || o.coverprofile != "" || len(o.passed) > 0
}

func (o *options) check(lanes list) error {
	switch {
	case o.kernel != "" && len(lanes) > 0:
		return errors.New("-kernel and -lane: only one of them says which kernel")
	case o.kdir != "" && o.kernel == "":
		return errors.New("-kdir needs -kernel: the image that these headers belong to")
	case o.accel != "auto" && o.accel != "tcg" && o.accel != "kvm":
		return fmt.Errorf("-accel %s: it is auto, tcg or kvm", o.accel)
	case o.smp < 1 || o.smp > 64:
		return fmt.Errorf("-smp %d: 1 to 64 CPUs", o.smp)
	case o.memory < 0:
		return fmt.Errorf("-memory %d: megabytes, or 0 for what the image needs", o.memory)
	case o.command == "prepare" && len(o.packages)+len(o.args) > 0:
		return fmt.Errorf("prepare takes no packages and no arguments, it was given %q", append(o.packages, o.args...))
	case o.command != "test" && o.forTests():
		return fmt.Errorf("%s takes no flags of go test's", o.command)
	case o.command == "test" && slices.ContainsFunc(o.packages, func(p string) bool { return strings.HasSuffix(p, ".go") }):
		return fmt.Errorf("%q: give packages, not files", o.packages)
	}
	for _, name := range lanes {
		if !slices.Contains(lane.Names, name) {
			return fmt.Errorf("-lane %s: there are %s", name, strings.Join(lane.Names, ", "))
		}
	}
	for _, name := range lanes {
		if !slices.Contains(o.lanes, name) {
			o.lanes = append(o.lanes, name)
		}
	}
	if o.kernel == "" && len(lanes) == 0 {
		o.lanes = lane.Names[:1]
	}
	if o.command == "test" && len(o.packages) == 0 {
		o.packages = []string{"."}
	}
	if o.coverprofile != "" || slices.ContainsFunc(o.build, func(f string) bool { return strings.HasPrefix(f, "-cover") }) {
		o.cover = true
	}
	return nil
}
