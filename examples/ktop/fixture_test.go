// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fixture is a folder that looks like /proc, and a clock.
type fixture struct {
	t   testing.TB
	dir string
	now time.Duration
}

// task is what a process of a fixture has in its files.
type task struct {
	pid          int
	comm         string
	state        string // default S
	start        uint64
	utime, stime uint64
	threads      int // default 1
	rss          uint64
	uid          int
	args         []string
	run          time.Duration // with beats, schedstat
	beats        int
	read, write  uint64
	noIO         bool
}

func newFixture(t testing.TB) *fixture {
	return &fixture{t: t, dir: t.TempDir(), now: 100 * time.Second}
}

func (f *fixture) write(name, text string) {
	f.t.Helper()
	require.NoError(f.t, os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644))
}

// put writes the files of a process, or writes over them.
func (f *fixture) put(p task) {
	f.t.Helper()
	dir := strconv.Itoa(p.pid)
	require.NoError(f.t, os.MkdirAll(filepath.Join(f.dir, dir), 0o755))
	if p.state == "" {
		p.state = "S"
	}
	if p.threads == 0 {
		p.threads = 1
	}
	f.write(dir+"/stat", fmt.Sprintf("%d (%s) %s 1 1 1 0 -1 0 0 0 0 0 %d %d 0 0 20 0 %d 0 %d 4096 %d 0%s\n",
		p.pid, p.comm, p.state, p.utime, p.stime, p.threads, p.start, p.rss, strings.Repeat(" 0", 27)))
	f.write(dir+"/status", fmt.Sprintf("Name:\tx\nState:\tS (sleeping)\nTgid:\t1\nPid:\t%d\nPPid:\t1\nUid:\t0\t%d\t0\t0\nGid:\t0\t0\t0\t0\n", p.pid, p.uid))
	f.write(dir+"/cmdline", strings.Join(append(p.args, ""), "\x00"))
	if !p.noIO {
		f.write(dir+"/io", fmt.Sprintf("rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: %d\nwrite_bytes: %d\ncancelled_write_bytes: 0\n", p.read, p.write))
	}
	if p.beats > 0 {
		f.write(dir+"/schedstat", fmt.Sprintf("%d 0 %d\n", p.run, p.beats))
	}
}

func (f *fixture) remove(pid int) {
	require.NoError(f.t, os.RemoveAll(filepath.Join(f.dir, strconv.Itoa(pid))))
}

// sampler looks at the fixture and has its clock.
func (f *fixture) sampler(fds int) *sampler {
	f.t.Helper()
	s, err := newSampler(f.dir, fds)
	require.NoError(f.t, err)
	f.t.Cleanup(s.close)
	s.clock = func() time.Duration { return f.now }
	return s
}

// turn lets time go by and looks.
func (f *fixture) turn(s *sampler, after time.Duration) {
	f.t.Helper()
	f.now += after
	require.NoError(f.t, s.look())
}

// ways are the two in which processes are read.
var ways = map[string]int{"kept": 1000 * descriptors, "by number": 0}

func pids(list []*process) []int {
	var all []int
	for _, p := range list {
		all = append(all, p.pid)
	}
	return all
}
