// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/kmsg"
)

//kerneltest:need modules=reference/echo,reference/params,reference/fault kmods=stp

func TestMain(m *testing.M) { kerneltest.Main(m, "Example_echo", "ExampleLogError") }

// module returns the file of a module that was built for this guest.
func module(t testing.TB, name string) string {
	t.Helper()
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module(name))
	return kerneltest.ModulePath(name)
}

// write makes a file that is gone after the test.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

// patched makes a copy of a module in which every old is new, of the same
// length, and one at least is.
func patched(t testing.TB, path, old, new string) string {
	t.Helper()
	require.Len(t, new, len(old))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(b), old)
	return write(t, filepath.Base(path), bytes.ReplaceAll(b, []byte(old), []byte(new)))
}

// insert loads a module and unloads it when the test ends.
func insert(t testing.TB, path string, params any) *kmod.Module {
	t.Helper()
	m, err := kmod.Insert(context.Background(), path, params)
	require.NoError(t, err)
	t.Cleanup(func() { remove(t, m) })
	return m
}

func remove(t testing.TB, m *kmod.Module) {
	t.Helper()
	require.NoError(t, m.Remove(context.Background()))
}

// said is what the modules echo and params print themselves. The kernel log
// is everybody's: a clock source may be switched meanwhile.
func said(records []kmsg.Record) []string {
	var lines []string
	for _, r := range records {
		if text := r.Text.String(); strings.HasPrefix(text, "#: ") || strings.HasSuffix(text, "; ") {
			lines = append(lines, text)
		}
	}
	return lines
}

// all is the whole text of records.
func all(records []kmsg.Record) string {
	var b strings.Builder
	for _, r := range records {
		b.WriteString(r.Text.String() + "\n")
	}
	return b.String()
}
