// SPDX-License-Identifier: Apache-2.0

//go:build linux

package chroot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/sys"
)

// TestMain lets the test binary be the helper, and a run of another user's.
func TestMain(m *testing.M) {
	if IsHelper() {
		fmt.Fprintln(os.Stderr, Helper())
		os.Exit(2)
	}
	text := os.Getenv("CHROOT_TEST_RUN")
	if text == "" {
		os.Exit(m.Run())
	}
	var c Cmd
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	out, err := Run(context.Background(), c)
	fmt.Printf("%serror %v\n", out, err)
}

// newRoot makes a root folder that holds the program inside, and a folder to
// bind. Both are readable and writable for everybody.
func newRoot(t *testing.T) (root, bind string) {
	t.Helper()
	dir := t.TempDir()
	root, bind = filepath.Join(dir, "root"), filepath.Join(dir, "bind")
	for _, d := range []string{root, bind} {
		require.NoError(t, os.Mkdir(d, 0o755))
		require.NoError(t, os.Chmod(d, 0o777))
	}
	build := exec.Command("go", "build", "-o", filepath.Join(root, "inside"), "./testdata/inside")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return root, bind
}

// run skips where this machine allows nobody to make a root.
func run(t *testing.T, ctx context.Context, c Cmd) ([]byte, error) {
	t.Helper()
	out, err := Run(ctx, c)
	if err != nil && strings.Contains(err.Error()+string(out), needsRights) {
		t.Skip(err, string(out))
	}
	return out, err
}

func mounts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	return string(text)
}

func look(root, bind string) Cmd {
	return Cmd{
		Root: root, Bind: map[string]string{"/kbuild": bind, "/kbuild/nested": bind}, Dir: "/kbuild",
		Env: []string{"OWN=given"}, Args: []string{"/inside", "look", "a b", "c"},
	}
}

func TestCommandSeesTheRootAndLeavesNoMountBehind(t *testing.T) {
	root, bind := newRoot(t)
	t.Setenv("SECRET", "of the machine's")
	before := mounts(t)
	out, err := run(t, t.Context(), look(root, bind))
	require.NoError(t, err, string(out))
	require.Equal(t, before, mounts(t))
	for _, line := range []string{"dir /kbuild <nil>", "args a b|c", "own given path /usr/sbin:/usr/bin:/sbin:/bin secret ", "uid 0",
		"null <nil>", "proc <nil>", "top inside <nil>", "top kbuild <nil>", "write <nil>"} {
		require.Contains(t, string(out), line+"\n")
	}
	require.Equal(t, 4, strings.Count(string(out), "top "), string(out))
	require.FileExists(t, filepath.Join(bind, "made"))
	for _, point := range []string{"dev", "proc", "kbuild"} {
		entries, err := os.ReadDir(filepath.Join(root, point))
		require.NoError(t, err)
		require.Empty(t, entries, "%s is mounted on outside", point)
	}
}

func TestOrdinaryUserNeedsNoRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("becomes another user: needs root; the other tests run as this one already")
	}
	root, bind := newRoot(t)
	require.NoError(t, os.Chmod(filepath.Dir(filepath.Dir(root)), 0o755))
	self, err := os.Executable()
	require.NoError(t, err)
	text, err := os.ReadFile(self)
	require.NoError(t, err)
	program := filepath.Join(filepath.Dir(root), "program")
	require.NoError(t, os.WriteFile(program, text, 0o755))
	spec, err := json.Marshal(look(root, bind))
	require.NoError(t, err)

	before := mounts(t)
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = []string{"CHROOT_TEST_RUN=" + string(spec)}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	if strings.Contains(string(out), needsRights) {
		t.Skip(string(out)) // the machine forbids it, and was told what to do
	}
	require.Contains(t, string(out), "error <nil>\n")
	require.Contains(t, string(out), "uid 0\n")
	require.Contains(t, string(out), "write <nil>\n")
	require.Equal(t, before, mounts(t))
	info, err := os.Stat(filepath.Join(bind, "made"))
	require.NoError(t, err)
	require.Equal(t, uint32(65534), info.Sys().(*syscall.Stat_t).Uid, "outside, it is still the user's")
}

func TestFailureShowsWhatTheCommandSaid(t *testing.T) {
	root, _ := newRoot(t)
	out, err := run(t, t.Context(), Cmd{Root: root, Args: []string{"/inside", "fail"}})
	exit, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, ok, err)
	require.Equal(t, 7, exit.ExitCode())
	require.Equal(t, "out\nerror: says why\n", string(out))

	out, err = run(t, t.Context(), Cmd{Root: root, Args: []string{"/none"}})
	require.Error(t, err)
	require.Contains(t, string(out), "starting /none: no such file or directory")
	out, err = run(t, t.Context(), Cmd{Root: root, Bind: map[string]string{"/x": "/none"}, Args: []string{"/inside"}})
	require.Error(t, err)
	require.Contains(t, string(out), "binding /none: no such file or directory")
}

// A build's children hold its output open; waiting for them would be for ever.
func TestCancellingEndsTheCommandAndItsChildren(t *testing.T) {
	root, bind := newRoot(t)
	ready := fifo(t, bind)
	stopped := errors.New("stopped by hand")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_, _ = os.ReadFile(ready)
		cancel(stopped)
	}()
	_, err := run(t, ctx, Cmd{Root: root, Bind: map[string]string{"/kbuild": bind}, Args: []string{"/inside", "hang"}})
	require.ErrorIs(t, err, stopped)
	requireEnded(t, bind)
}

func TestKillingThisProgramEndsTheCommandAndItsChildren(t *testing.T) {
	root, bind := newRoot(t)
	ready := fifo(t, bind)
	c := Cmd{Root: root, Bind: map[string]string{"/kbuild": bind}, Args: []string{"/inside", "hang"}}
	_, err := run(t, t.Context(), Cmd{Root: root, Args: []string{"/inside", "look"}})
	require.NoError(t, err)
	spec, err := json.Marshal(c)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "CHROOT_TEST_RUN="+string(spec))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	_, err = os.ReadFile(ready)
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), out.String())
	requireEnded(t, bind)
}

// fifo makes the pipe on which the child says that it holds its lock.
func fifo(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "ready")
	require.NoError(t, syscall.Mkfifo(file, 0o666))
	require.NoError(t, os.Chmod(file, 0o666))
	return file
}

// requireEnded waits for the child's lock, which ends with it.
func requireEnded(t *testing.T, bind string) {
	t.Helper()
	lock, err := os.Open(filepath.Join(bind, "lock"))
	require.NoError(t, err)
	defer lock.Close()
	got := make(chan error, 1)
	go func() { got <- sys.Lock(int(lock.Fd())) }()
	select {
	case err := <-got:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("a child of the command still runs")
	}
}
