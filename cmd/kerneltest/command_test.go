// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// needVM skips tests that boot guests where nobody asked for them: they take
// a prepared kernel and minutes.
func needVM(t *testing.T) {
	t.Helper()
	if os.Getenv("KERNELTEST_VM") != "1" {
		t.Skip("boots a guest: run `make test`")
	}
}

// needLong skips what `make test-long` runs only.
func needLong(t *testing.T) {
	t.Helper()
	if os.Getenv("KERNELTEST_LONG") != "1" {
		t.Skip("takes long: run `make test-long`")
	}
}

// built is the command, compiled once for all tests.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kerneltest-command")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "kerneltest")
	out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("KERNELTEST_VM") == "1" {
		if file, err := built(); err == nil {
			os.RemoveAll(filepath.Dir(file))
		}
	}
	os.Exit(code)
}

// result is what a run of the command came to.
type result struct {
	stdout, stderr string
	exit           int
}

func (r result) all() string { return r.stdout + r.stderr }

// withKernel adds the kernel that make's variables ask for, the first lane of
// several, where a test does not choose itself.
func withKernel(args []string) []string {
	for _, own := range []string{"-kernel", "-lane", "-qemu", "prepare"} {
		if slices.Contains(args, own) {
			return args
		}
	}
	var flags []string
	if kernel := os.Getenv("KERNEL"); kernel != "" {
		flags = []string{"-kernel", kernel, "-kdir", os.Getenv("KDIR")}
	} else if lanes := strings.Fields(os.Getenv("KERNELS")); len(lanes) > 0 {
		flags = []string{"-lane", lanes[0]}
	}
	if qemu := os.Getenv("QEMU"); qemu != "" {
		flags = append(flags, "-qemu", qemu)
	}
	if len(args) > 0 && args[0] == "run" {
		return append(append([]string{"run"}, flags...), args[1:]...)
	}
	return append(flags, args...)
}

// runCommand runs the command in this package's folder.
func runCommand(t *testing.T, env []string, args ...string) result {
	t.Helper()
	file, err := built()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, withKernel(args)...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		require.NoError(t, err, stderr.String())
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}
