// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// defaults are the options of the empty command line, changed by change.
func defaults(change func(*options)) *options {
	o := &options{command: "test", lanes: []string{"6.1"}, packages: []string{"."}, smp: 2, accel: "auto", timeout: 10 * time.Minute}
	change(o)
	return o
}

func TestCommandLinesAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want func(*options)
	}{
		{"nothing", nil, func(*options) {}},
		{"packages", []string{"./a", "./b/..."}, func(o *options) { o.packages = []string{"./a", "./b/..."} }},
		{"flags and packages mixed", []string{"-v", "./a", "-smp", "4", "./b", "-json=true"}, func(o *options) {
			o.packages, o.verbose, o.smp, o.json = []string{"./a", "./b"}, true, 4, true
		}},
		{"two dashes", []string{"--smp=3", "--v", "./a"}, func(o *options) { o.packages, o.smp, o.verbose = []string{"./a"}, 3, true }},
		{"arguments for the test binaries", []string{"./a", "-v", "-args", "-word=x", "-v", "./no/package"}, func(o *options) {
			o.packages, o.verbose, o.args = []string{"./a"}, true, []string{"-word=x", "-v", "./no/package"}
		}},
		{"arguments and no package", []string{"--args", "x"}, func(o *options) { o.args = []string{"x"} }},
		{"lists", []string{"-lane", "6.1,newest", "-modules", "./m", "-modules=./n, ./o", "-kmods=dummy,veth", "-tools", "ip,,ss,", "-files", "/etc/hosts"}, func(o *options) {
			o.lanes = []string{"6.1", "newest"}
			o.modules, o.kmods, o.tools, o.files = list{"./m", "./n", "./o"}, list{"dummy", "veth"}, list{"ip", "ss"}, list{"/etc/hosts"}
		}},
		{"a kernel of one's own", []string{"-kernel", "bzImage", "-kdir", "linux"}, func(o *options) { o.kernel, o.kdir, o.lanes = "bzImage", "linux", nil }},
		{"the guest", []string{"-memory=2048", "-accel=kvm", "-qemu", "q", "-append", "a b=c", "-keep", "-update", "-console"}, func(o *options) {
			o.memory, o.accel, o.qemu, o.append, o.keep, o.update, o.console = 2048, "kvm", "q", "a b=c", true, true, true
		}},
		{"go test's flags for the binary", []string{"-run", "A|B", "-skip=C", "-count=2", "-short", "-failfast=false", "-parallel", "4", "-cpu=1,2", "-shuffle=on", "-benchtime", "10x", "-benchmem", "-fuzz=F", "-fuzztime=10s"}, func(o *options) {
			o.passed = []string{"-test.run=A|B", "-test.skip=C", "-test.count=2", "-test.short=true", "-test.failfast=false", "-test.parallel=4", "-test.cpu=1,2",
				"-test.shuffle=on", "-test.benchtime=10x", "-test.benchmem=true", "-test.fuzz=F", "-test.fuzztime=10s"}
		}},
		{"go test's flags for the build", []string{"-tags", "a,b", "-ldflags=-X x=y", "-race", "-mod=vendor"}, func(o *options) {
			o.build, o.race = []string{"-tags=a,b", "-ldflags=-X x=y", "-mod=vendor"}, true
		}},
		{"benchmarks and time", []string{"-bench", ".", "-timeout", "0"}, func(o *options) { o.bench, o.timeout = ".", 0 }},
		{"a profile means coverage", []string{"-coverprofile", "c.out"}, func(o *options) { o.coverprofile, o.cover = "c.out", true }},
		{"coverage of other packages means coverage", []string{"-coverpkg=./..."}, func(o *options) { o.build, o.cover = []string{"-coverpkg=./..."}, true }},
		{"a program", []string{"run", "-smp", "1", "./prog", "-v", "--", "-args"}, func(o *options) {
			o.command, o.smp, o.packages, o.args = "run", 1, []string{"./prog"}, []string{"-v", "--", "-args"}
		}},
		{"preparing", []string{"prepare", "-lane=6.12"}, func(o *options) { o.command, o.lanes, o.packages = "prepare", []string{"6.12"}, nil }},
		{"a package that is named like a command", []string{"-v", "run"}, func(o *options) { o.verbose, o.packages = true, []string{"run"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseOptions(c.args)
			require.NoError(t, err)
			want := defaults(c.want)
			require.ElementsMatch(t, want.lanes, got.lanes)
			got.lanes, want.lanes = nil, nil
			require.Equal(t, want, got)
		})
	}
}

func TestCommandLinesThatCannotBeMeantAreRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-no-such-flag"}, `flag provided but not defined: -no-such-flag(?s).*usage: kerneltest`},
		{[]string{"./a", "-smp"}, `flag needs an argument: -smp`},
		{[]string{"-smp", "many"}, `invalid value "many" for flag -smp`},
		{[]string{"-timeout", "soon"}, `invalid value "soon" for flag -timeout`},
		{[]string{"-smp=0"}, `^-smp 0: 1 to 64 CPUs$`},
		{[]string{"-smp=65"}, `^-smp 65: 1 to 64 CPUs$`},
		{[]string{"-accel=hvf"}, `^-accel hvf: it is auto, tcg or kvm$`},
		{[]string{"-lane=2.4"}, `^-lane 2\.4: there are 6\.1, 6\.12, newest$`},
		{[]string{"-kernel=k", "-lane=6.1"}, `^-kernel and -lane: only one of them`},
		{[]string{"-kdir=d"}, `^-kdir needs -kernel`},
		{[]string{"prepare", "./a"}, `^prepare takes no packages and no arguments, it was given \["./a"\]$`},
		{[]string{"prepare", "-args", "x"}, `^prepare takes no packages and no arguments`},
		{[]string{"-memory=-5"}, `^-memory -5: megabytes`},
		{[]string{"run", "-json", "./a"}, `^run takes no flags of go test's$`},
		{[]string{"prepare", "-run", "X"}, `^prepare takes no flags of go test's$`},
		{[]string{"a_test.go"}, `give packages, not files$`},
		{[]string{"run"}, `^usage: kerneltest`},
		{[]string{"run", "-smp", "1"}, `^usage: kerneltest`},
		{[]string{"run", "-no-such-flag", "./a"}, `-no-such-flag(?s).*usage: kerneltest`},
	} {
		_, err := parseOptions(c.args)
		require.Regexp(t, c.want, err, c.args)
	}
}
