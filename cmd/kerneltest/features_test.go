// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const clientDir = "./testdata/features/client"

func TestPlainRunPrintsWhatGoTestPrints(t *testing.T) {
	needVM(t)
	t.Parallel()
	r := runCommand(t, nil, clientDir, "-args", "-word=kernel")
	require.Equal(t, 0, r.exit, r.all())
	require.Regexp(t, `(?m)^ok  \tgithub.com/kernlink/kernlink/cmd/kerneltest/testdata/features/client\t\d+\.\d+s$`, r.stdout)
	require.Regexp(t, `(?m)^10 passed, 0 failed, 0 skipped$`, r.stdout)
	require.Regexp(t, `kernel \d+\.\d+.* booted in \d+\.\d s`, r.stderr)
}

func TestFlagsReachTheTestBinary(t *testing.T) {
	needVM(t)
	t.Parallel()
	r := runCommand(t, nil, "-v", "-run", "TestArgs|TestAdd", "-count=2", "-smp", "1", clientDir, "-args", "-word=kernel")
	require.Equal(t, 0, r.exit, r.all())
	require.Equal(t, 2, strings.Count(r.stdout, "--- PASS: TestAdd "), r.stdout)
	require.Equal(t, 2, strings.Count(r.stdout, "the word is kernel on 1 CPUs"), r.stdout)
	require.NotContains(t, r.stdout, "TestStreams")
}

func TestJSONIsTheGoCommandsOwn(t *testing.T) {
	needVM(t)
	t.Parallel()
	r := runCommand(t, nil, "-json", "-run", "TestAdd", clientDir)
	require.Equal(t, 0, r.exit, r.all())
	seen := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(r.stdout)); ; {
		var e struct{ Action, Package, Test string }
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		require.Equal(t, "github.com/kernlink/kernlink/cmd/kerneltest/testdata/features/client", e.Package)
		seen[e.Action+" "+e.Test] = true
	}
	for _, want := range []string{"start ", "run TestAdd", "pass TestAdd", "pass "} {
		require.True(t, seen[want], want)
	}
}

func TestBenchmarksAndCoverageComeBack(t *testing.T) {
	needVM(t)
	t.Parallel()
	profile := filepath.Join(t.TempDir(), "cover.out")
	r := runCommand(t, nil, "-bench", "Add", "-benchmem", "-benchtime", "10x", "-coverprofile", profile, clientDir)
	require.Equal(t, 0, r.exit, r.all())
	require.Regexp(t, `(?m)^BenchmarkAdd(-2)?\s+\t\s+10\t.* ns/op\s.*B/op\s.*allocs/op$`, r.stdout)
	require.Regexp(t, `coverage: 50\.0% of statements`, r.stdout)
	out, err := exec.Command("go", "tool", "cover", "-func", profile).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, `client\.go:\d+:\s+Add\s+100\.0%`, string(out))
	require.Regexp(t, `client\.go:\d+:\s+Sub\s+0\.0%`, string(out))
}

func TestRaceDetectorRunsInTheGuest(t *testing.T) {
	needLong(t) // it needs a C compiler, which a fresh machine lacks
	r := runCommand(t, nil, "-race", "-run", "TestAdd", clientDir)
	require.Equal(t, 0, r.exit, r.all())
	require.Contains(t, r.stdout, "1 passed, 0 failed, 0 skipped")
}

func TestProgramRunsWithItsArgumentsAndStatus(t *testing.T) {
	needVM(t)
	t.Parallel()
	r := runCommand(t, nil, "run", "./testdata/features/exits", "a", "b c")
	require.Equal(t, 3, r.exit, r.all())
	require.Equal(t, "given: [a b c] pid 1 is another: true\n", r.stdout)
}

func TestAProgramThatDoesNotEndIsEnded(t *testing.T) {
	needVM(t)
	t.Parallel()
	r := runCommand(t, nil, "run", "-timeout", "1s", "./testdata/features/sleeps")
	require.Equal(t, 2, r.exit, r.all())
	require.Contains(t, r.stdout, "asleep\n")
	require.Contains(t, r.stdout, "main.main()") // where it was
	require.Contains(t, r.stdout, "after its time limit, 1s")
}

func TestOwnKernelIsBooted(t *testing.T) {
	needVM(t)
	t.Parallel()
	images, err := filepath.Glob(filepath.Join(userCache(t), "roots/lane-6.1-*/boot/vmlinuz-*"))
	require.NoError(t, err)
	require.NotEmpty(t, images)
	r := runCommand(t, nil, "-kernel", images[0], "-run", "TestAdd", "../../internal/marker")
	require.Equal(t, 0, r.exit, r.all())
	require.Contains(t, r.stderr, "kernel 6.1.")
}

func userCache(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("KERNLINK_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	require.NoError(t, err)
	return filepath.Join(dir, "kernlink")
}

func TestTroubleHasAMessageThatSaysWhatToDo(t *testing.T) {
	needVM(t)
	t.Parallel()
	old := filepath.Join(t.TempDir(), "qemu")
	require.NoError(t, os.WriteFile(old, []byte("#!/bin/sh\necho QEMU emulator version 5.2.0\n"), 0o755))
	for _, c := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"no network", []string{"KERNLINK_CACHE=" + t.TempDir(), "KERNLINK_MIRROR=http://127.0.0.1:9/debian"},
			[]string{"prepare"}, `cannot be reached.*check the network, or give a kernel of your own`},
		{"old QEMU", nil, []string{"-qemu", old, clientDir}, `QEMU 5\.2\.0, too old`},
		{"no such kernel", nil, []string{"-kernel", "/nonexistent", clientDir}, `-kernel \(make KERNEL=\): .*no such file`},
		{"no kernel image", nil, []string{"-kernel", "command_test.go", clientDir}, `no x86 kernel image`},
		{"unknown lane", nil, []string{"-lane", "2.4", clientDir}, `there are 6\.1, 6\.12, newest`},
		{"unknown module", nil, []string{"-kmods", "no_such", clientDir}, `has no module no_such`},
		{"no module folder", nil, []string{"-modules", "testdata/features", clientDir}, `has a Kbuild or Makefile with obj-m`},
		{"no such tool", nil, []string{"-tools", "no-such-tool", clientDir}, `install it on this machine`},
		{"compile error", nil, []string{"./testdata/broken"}, `go (list|test)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runCommand(t, c.env, c.args...)
			require.Equal(t, 2, r.exit, r.all())
			require.Regexp(t, c.want, r.stderr)
		})
	}
}

func TestPreparingTwiceAtOnceAndAfterAnInterruptionWorks(t *testing.T) {
	needLong(t) // it fetches all packages anew
	cache := t.TempDir()
	env := []string{"KERNLINK_CACHE=" + cache}
	// What an interrupted run leaves: a half-filled folder under another name.
	half := filepath.Join(cache, "tmp", "roots_lane-6.1-000000.000.1")
	require.NoError(t, os.MkdirAll(half, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(cache, "CACHEDIR.TAG"), nil, 0o644))
	results := make(chan result, 2)
	for range 2 {
		go func() { results <- runCommand(t, env, "prepare") }()
	}
	first, second := <-results, <-results
	require.Equal(t, 0, first.exit, first.all())
	require.Equal(t, 0, second.exit, second.all())
	require.Equal(t, first.stdout, second.stdout)
	require.Regexp(t, `(?m)^lane 6\.1: kernel 6\.1\.\S+, QEMU \d+`, first.stdout)
	roots, err := filepath.Glob(filepath.Join(cache, "roots", "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, roots)
}
