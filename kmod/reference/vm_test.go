// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/kmsg"
)

//kerneltest:need modules=procfs,sysfs_ex,sysfs_bus,relay_ex

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

// storm loads and unloads a module, rounds times, while each of jobs runs over
// and over: a module must go at any time, whatever is open or under way. Most
// turns of a job fail, for want of the module; it is unloaded as soon as each
// has got through once. The kernel's complaints are the verdict, and
// kerneltest reads them.
func storm(t *testing.T, name string, params any, rounds int, jobs ...func(i int) error) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module(name))
	s := &turns{through: make([]int, len(jobs))}
	s.more.L = &s.lock
	var wg sync.WaitGroup
	for n, job := range jobs {
		wg.Go(func() {
			for i := 0; s.next(n, i, job); i++ {
			}
		})
	}
	defer time.AfterFunc(3*time.Minute, s.end).Stop()
	defer func() {
		s.end()
		wg.Wait()
		t.Log("turns that got through, by job:", s.through)
	}()
	for range rounds {
		m, err := kmod.Insert(context.Background(), kerneltest.ModulePath(name), params)
		require.NoError(t, err)
		require.True(t, s.wait(), "one never got through: %v", s.through)
		require.NoError(t, m.Remove(context.Background()))
	}
}

// turns counts the turns of jobs that got through.
type turns struct {
	lock    sync.Mutex
	more    sync.Cond
	through []int
	over    bool
}

// next makes turn i of job n, and reports whether there is another.
func (s *turns) next(n, i int, job func(i int) error) bool {
	err := job(i)
	s.lock.Lock()
	defer s.lock.Unlock()
	if err == nil {
		s.through[n]++
		s.more.Broadcast()
	}
	return !s.over
}

// wait waits until each job got through once more, and reports whether it did.
func (s *turns) wait() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	before := slices.Clone(s.through)
	for n := range s.through {
		for s.through[n] == before[n] && !s.over {
			s.more.Wait()
		}
	}
	return !s.over
}

func (s *turns) end() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.over = true
	s.more.Broadcast()
}

// read is cat for a storm.
func read(path string) error {
	_, err := os.ReadFile(path)
	return err
}
