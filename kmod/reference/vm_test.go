// SPDX-License-Identifier: Apache-2.0

package reference_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/kmsg"
)

//kerneltest:need modules=procfs

func TestMain(m *testing.M) { kerneltest.Main(m) }

// cat is one pass over a file, as cat makes it.
func cat(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// put is one write(2) to a file, whatever it says.
func put(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = syscall.Write(int(f.Fd()), []byte(text))
	return err
}

// echo is put of a line, as echo in a shell makes it.
func echo(t testing.TB, line, path string) {
	t.Helper()
	require.NoError(t, put(path, line+"\n"))
}

// catError is what the first read of a file fails with.
func catError(t testing.TB, path string) error {
	t.Helper()
	b, err := os.ReadFile(path)
	require.Error(t, err, "%q", b)
	return err
}

// said is what the modules here print themselves.
func said(records []kmsg.Record) []string {
	var lines []string
	for _, r := range records {
		if text := r.Text.String(); strings.HasPrefix(text, "#: ") {
			lines = append(lines, text)
		}
	}
	return lines
}

// storm loads and unloads a module, rounds times, while each of jobs runs
// over and over: it must go at any time, whatever is open or under way. What a
// job meets is its own matter; the kernel's complaints are the verdict, and
// kerneltest reads them.
func storm(t *testing.T, name string, params any, rounds int, jobs ...func(i int)) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module(name))
	ctx := context.Background()
	stop := make(chan struct{})
	done := make([]int, len(jobs))
	var wg sync.WaitGroup
	for n, job := range jobs {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					job(i)
					done[n]++
				}
			}
		})
	}
	for range rounds {
		m, err := kmod.Insert(ctx, kerneltest.ModulePath(name), params)
		if !assertNoError(t, err) {
			break
		}
		if !assertNoError(t, removeUnderLoad(ctx, m)) {
			break
		}
	}
	close(stop)
	wg.Wait()
	t.Log("turns of the jobs:", done)
}

// assertNoError lets the jobs be stopped before the test ends.
func assertNoError(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

// removeUnderLoad tries until nobody holds the module for a moment.
func removeUnderLoad(ctx context.Context, m *kmod.Module) error {
	for {
		err := m.Remove(ctx)
		if !errors.Is(err, kernlink.ErrBusy) {
			return err
		}
	}
}
