// SPDX-License-Identifier: Apache-2.0

//go:build linux

package cache

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// key is the entry that the children make.
const key = "roots/lane-1.0"

// TestMain lets the test binary be another run that uses the same cache.
func TestMain(m *testing.M) {
	if os.Getenv("CACHE_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	if err := childRun(); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
}

// childRun makes the entry and says on its output what happens; while it
// makes it, it stops until its input ends.
func childRun() error {
	c, err := Open(func(key string) { fmt.Println("waiting", key) })
	if err != nil {
		return err
	}
	path, err := c.Make(context.Background(), key, func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "first"), []byte("half"), 0o644); err != nil {
			return err
		}
		fmt.Println("making", dir)
		if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "second"), fmt.Append(nil, os.Getpid()), 0o644)
	})
	if err != nil {
		return err
	}
	fmt.Println("made", path)
	return nil
}

// child is another run.
type child struct {
	cmd  *exec.Cmd
	out  *bufio.Reader
	stop io.Closer // its input
}

func start(t *testing.T, program, dir string, attr *syscall.SysProcAttr) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "CACHE_TEST_CHILD=1", "KERNLINK_CACHE="+dir)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = attr
	cmd.Dir = "/"
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &child{cmd, bufio.NewReader(out), in}
}

func self(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return self
}

// says reads one line of the child's: a word and what it is about.
func (c *child) says(t *testing.T, word string) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(t, err)
	require.Greater(t, len(line), len(word)+1, line)
	require.Equal(t, word, line[:len(word)], line)
	return line[len(word)+1 : len(line)-1]
}
