// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

func open(t testing.TB) *procfs.FS {
	t.Helper()
	f, err := procfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// child is a process that the test decides about: it reads its standard input
// until the test closes it.
type child struct {
	*exec.Cmd
	t      testing.TB
	stdin  io.WriteCloser
	stdout io.Reader
}

func start(t testing.TB) *child {
	t.Helper()
	return startAs(t, nil, "cat")
}

// startAs starts a program that does what cat does in the end, and returns
// when it does. Before, in its exec, it may have the memory of this process,
// or none of its arguments yet.
func startAs(t testing.TB, attr *syscall.SysProcAttr, args ...string) *child {
	t.Helper()
	path, err := exec.LookPath(args[0])
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.SysProcAttr = attr
	return startCommand(t, cmd)
}

func startCommand(t testing.TB, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{Cmd: cmd, t: t}
	stdin, err := c.StdinPipe()
	require.NoError(t, err)
	stdout, err := c.StdoutPipe()
	require.NoError(t, err)
	c.stdin, c.stdout = stdin, stdout
	require.NoError(t, c.Start())
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	c.echo()
	return c
}

// echo returns when the child has written what it read.
func (c *child) echo() {
	c.t.Helper()
	_, err := c.stdin.Write([]byte("x\n"))
	require.NoError(c.t, err)
	_, err = io.ReadFull(c.stdout, make([]byte, 2))
	require.NoError(c.t, err)
}

func handle(t testing.TB, c *child) *procfs.Process {
	t.Helper()
	p, err := open(t).Process(c.Process.Pid)
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// zombie ends the child and returns when it is a zombie.
func (c *child) zombie() {
	c.stdin.Close()
	p := handle(c.t, c)
	require.NoError(c.t, p.Wait(c.t.Context()))
	st, err := p.Stat()
	require.NoError(c.t, err)
	require.Equal(c.t, procfs.Zombie, st.State)
}

func (c *child) reap() {
	c.stdin.Close()
	require.NoError(c.t, c.Wait())
}

func TestTheNumbersAreThoseThatPsShows(t *testing.T) {
	ps, err := exec.LookPath("ps")
	if err != nil {
		t.Skip(err)
	}
	p := handle(t, start(t))
	out, err := exec.Command(ps, "-o", "pid=,ppid=,pgid=,sess=,ni=,vsz=,rss=,nlwp=,comm=", "-p", strconv.Itoa(p.PID())).Output()
	require.NoError(t, err)
	st, err := p.Stat()
	require.NoError(t, err)
	s, err := p.Status()
	require.NoError(t, err)
	want := []int64{
		int64(st.PID), int64(st.PPID), int64(st.PGRP), int64(st.Session), st.Nice,
		int64(st.VSize >> 10), int64(s.VmRSS >> 10), st.Threads,
	}
	var shown []string
	for _, n := range want {
		shown = append(shown, strconv.FormatInt(n, 10))
	}
	require.Equal(t, append(shown, st.Comm.String()), strings.Fields(string(out)))
	require.Equal(t, os.Getpid(), st.PPID)
	require.Equal(t, s.VmSize, st.VSize)
	m, err := p.Statm()
	require.NoError(t, err)
	require.Equal(t, st.VSize, m.Size*uint64(os.Getpagesize()))
}

func TestAProcessTellsOfItself(t *testing.T) {
	f := open(t)
	self, err := f.Self()
	require.NoError(t, err)
	defer self.Close()
	require.Equal(t, os.Getpid(), self.PID())
	args, err := self.Cmdline()
	require.NoError(t, err)
	require.Equal(t, os.Args, args)
	st, err := self.Stat()
	require.NoError(t, err)
	require.False(t, st.KThread())
	var now unix.Timespec
	require.NoError(t, unix.ClockGettime(unix.CLOCK_BOOTTIME, &now))
	age := time.Duration(now.Nano()) - time.Duration(self.StartTime())*procfs.Tick
	require.Greater(t, age, -procfs.Tick)
	require.Less(t, age, time.Hour)

	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limits, err := self.Limits()
	require.NoError(t, err)
	require.Equal(t, uint64(limit.Max), limits[procfs.OpenFiles].Hard)

	runtime.LockOSThread()
	before, err := self.IO()
	require.NoError(t, err)
	for range 10 {
		_, err = os.ReadFile("/proc/self/comm")
		require.NoError(t, err)
	}
	after, err := self.IO()
	require.NoError(t, err)
	require.GreaterOrEqual(t, after.ReadCalls, before.ReadCalls+10)
	runtime.UnlockOSThread()

	s, err := self.Status()
	require.NoError(t, err)
	require.EqualValues(t, os.Getuid(), s.UID.Real)
	require.Equal(t, os.Getppid(), s.PPID)
	require.True(t, s.Has(procfs.StatusVmRSS))
}

func TestMapsHaveTheProgramAndItsStack(t *testing.T) {
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	exe, err := os.Executable()
	require.NoError(t, err)
	var seen []string
	var last uint64
	for m, err := range self.Maps() {
		require.NoError(t, err)
		require.GreaterOrEqual(t, m.Start, last)
		last = m.End
		seen = append(seen, m.Path.String())
	}
	require.Contains(t, seen, exe)
	require.Contains(t, seen, "[stack]")
}

func TestMoreMapsThanOneReadHoldsComeWhole(t *testing.T) {
	const pages = 600 // of every other one the protection differs, so that no two are one
	mem, err := syscall.Mmap(-1, 0, pages*os.Getpagesize(), syscall.PROT_READ, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	require.NoError(t, err)
	defer syscall.Munmap(mem)
	for i := 0; i < pages; i += 2 {
		page := mem[i*os.Getpagesize():][:os.Getpagesize()]
		require.NoError(t, syscall.Mprotect(page, syscall.PROT_NONE))
	}
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	n := 0
	for _, err := range self.Maps() {
		require.NoError(t, err)
		n++
	}
	require.Greater(t, n, pages-2)
}

func TestOpenFilesHaveTheirTargets(t *testing.T) {
	name := filepath.Join(t.TempDir(), strings.Repeat("x", 200))
	file, err := os.Create(name)
	require.NoError(t, err)
	defer file.Close()
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	targets := map[int]string{}
	for fd, err := range self.FDs() {
		require.NoError(t, err)
		targets[fd.Number] = fd.Target.String()
	}
	require.Equal(t, name, targets[int(file.Fd())])
}

// What a thread calls itself is raw in stat and comm, and escaped in status.
func TestAnOddNameIsTheSameEverywhere(t *testing.T) {
	const odd = "a) S 1\n(b\\"
	runtime.LockOSThread() // and never unlocked: the thread ends with the test
	comm := "/proc/self/task/" + strconv.Itoa(syscall.Gettid()) + "/comm"
	require.NoError(t, os.WriteFile(comm, []byte(odd), 0))
	p, err := open(t).Process(syscall.Gettid())
	require.NoError(t, err)
	defer p.Close()
	st, err := p.Stat()
	require.NoError(t, err)
	require.Equal(t, odd, st.Comm.String())
	s, err := p.Status()
	require.NoError(t, err)
	require.Equal(t, odd, s.Name.String())
	name, err := p.Comm()
	require.NoError(t, err)
	require.Equal(t, odd, name)
}

func TestTheScanSeesChildrenAndItself(t *testing.T) {
	c := start(t)
	f := open(t)
	seen := map[int]bool{}
	var st procfs.Stat
	for p, err := range f.Processes() {
		require.NoError(t, err)
		if err := p.ReadStatInto(&st); err != nil {
			require.ErrorIs(t, err, kernlink.ErrGone)
			continue
		}
		require.Equal(t, p.PID(), st.PID)
		require.Equal(t, st.StartTime, p.StartTime())
		seen[p.PID()] = true
	}
	require.True(t, seen[os.Getpid()])
	require.True(t, seen[c.Process.Pid])
}

func TestABorrowedProcessIsOfNoUseAfterTheLoop(t *testing.T) {
	f := open(t)
	var kept *procfs.Process
	for p, err := range f.Processes() {
		require.NoError(t, err)
		require.ErrorIs(t, p.Signal(0), fs.ErrInvalid)
		require.NoError(t, p.Close())
		kept = p
		break
	}
	_, err := kept.Stat()
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = kept.Open()
	require.ErrorIs(t, err, fs.ErrClosed)
}

func TestScansNest(t *testing.T) {
	f := open(t)
	outer, pairs := 0, 0
	for _, err := range f.Processes() {
		require.NoError(t, err)
		if outer++; outer > 3 {
			break
		}
		for _, err := range f.Processes() {
			require.NoError(t, err)
			pairs++
		}
	}
	require.Equal(t, 4, outer)
	require.Greater(t, pairs, 6)
}

func TestABorrowedProcessBecomesAHandle(t *testing.T) {
	c := start(t)
	f := open(t)
	for p, err := range f.Processes() {
		require.NoError(t, err)
		if p.PID() != c.Process.Pid {
			continue
		}
		q, err := p.Open()
		require.NoError(t, err)
		defer q.Close()
		r, err := q.Open()
		require.NoError(t, err)
		require.Equal(t, q.StartTime(), r.StartTime())
		require.NoError(t, q.Close())
		require.ErrorIs(t, q.Close(), fs.ErrClosed)
		_, err = q.Stat()
		require.ErrorIs(t, err, fs.ErrClosed)
		st, err := r.Stat()
		require.NoError(t, err)
		require.Equal(t, r.StartTime(), st.StartTime)
		require.NoError(t, r.Close())
		return
	}
	t.Fatal("the child was not seen")
}

func TestNumbersThatCannotBeAreRefused(t *testing.T) {
	f := open(t)
	for _, pid := range []int{0, -1} {
		_, err := f.Process(pid)
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
	_, err := f.Process(1 << 30)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, err, kernlink.ErrGone)
}

func TestWhatIsNoProcfsIsSaidSo(t *testing.T) {
	_, err := procfs.OpenAt(filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	f := open(t)
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	_, err = f.Self()
	require.ErrorIs(t, err, fs.ErrClosed)
	for _, err := range f.Processes() {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
}

func TestNoDescriptorIsLeft(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	c := start(t)
	f := open(t)
	before := count()
	p, err := f.Process(c.Process.Pid)
	require.NoError(t, err)
	require.NoError(t, p.ReadStatInto(new(procfs.Stat)))
	require.NoError(t, p.ReadStatusInto(new(procfs.Status)))
	require.NoError(t, p.ReadStatmInto(new(procfs.Statm)))
	require.NoError(t, p.ReadIOInto(new(procfs.IO)))
	require.NoError(t, p.ReadCmdlineInto(new([]procfs.Text)))
	require.NoError(t, p.ReadSchedstatInto(new(procfs.Schedstat)))
	require.NoError(t, p.ReadCgroupsInto(new([]procfs.Cgroup)))
	require.NoError(t, p.Signal(0))
	require.Equal(t, before+9, count(), "the folder, seven files, the pidfd")
	_, err = p.Entry("schedstat").Read()
	require.NoError(t, err)
	for name, call := range everyCall() {
		require.NoError(t, call(p), name)
	}
	require.Equal(t, before+9, count())
	for range p.Maps() {
		break
	}
	for range p.Mounts() {
		break
	}
	for range p.Threads() {
		break
	}
	for range p.FDs() {
		break
	}
	for range f.Processes() {
		break
	}
	c.reap()
	require.NoError(t, p.Wait(t.Context()))
	_, err = p.Open()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.NoError(t, p.Close())
	require.LessOrEqual(t, count(), before)
	for name, call := range everyCall() {
		err := call(p)
		require.ErrorIs(t, err, fs.ErrClosed, name)
		require.NotErrorIs(t, err, kernlink.ErrGone, name)
		require.Equal(t, 1, strings.Count(err.Error(), "procfs:"), "%s: %v", name, err)
	}
}
