// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// namedThread starts a thread with a name, which stays until the test ends.
func namedThread(t *testing.T, name string) (tid int, end func()) {
	t.Helper()
	told, stop, ended := make(chan int), make(chan struct{}), make(chan struct{})
	ownThread(func() {
		defer close(ended)
		id := syscall.Gettid()
		if err := os.WriteFile(fmt.Sprintf("/proc/self/task/%d/comm", id), []byte(name), 0); err != nil {
			t.Error(err)
		}
		told <- id
		<-stop
	})
	tid = <-told
	end = func() {
		close(stop)
		<-ended
		for t.Context().Err() == nil { // the kernel may take a moment longer than the goroutine
			if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid)); err != nil {
				return
			}
			runtime.Gosched()
		}
	}
	return tid, end
}

func TestTheThreadsOfAProcessAreSeen(t *testing.T) {
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	tid, end := namedThread(t, "a) thread")
	owned, err := self.Thread(tid)
	require.NoError(t, err)
	defer owned.Close()
	path := fmt.Sprintf("/proc/%d/task/%d", os.Getpid(), tid)
	require.Equal(t, path+"/comm", owned.Entry("comm").Path())

	names := map[int]string{}
	var st procfs.Stat
	for p, err := range self.Threads() {
		require.NoError(t, err)
		if err := p.ReadStatInto(&st); err != nil {
			require.ErrorIs(t, err, kernlink.ErrGone)
			continue
		}
		require.Equal(t, p.PID(), st.PID)
		names[p.PID()] = st.Comm.String()
		if p.PID() != tid {
			continue
		}
		s, err := p.Status()
		require.NoError(t, err)
		require.Equal(t, os.Getpid(), s.TGID)
		require.Equal(t, path+"/x", p.Entry("x").Path())
		name, err := attr.Get[string](p.Entry("comm"))
		require.NoError(t, err)
		require.Equal(t, "a) thread", name)
		require.ErrorIs(t, p.Signal(0), fs.ErrInvalid)
		err = last(p.Threads())
		require.ErrorIs(t, err, fs.ErrNotExist, "a thread has none")
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, path+"/task")
		again, err := p.Open()
		require.NoError(t, err)
		require.Equal(t, owned.StartTime(), again.StartTime())
		require.Equal(t, owned.Entry("comm").Path(), again.Entry("comm").Path())
		require.NoError(t, again.Close())
	}
	require.Equal(t, "a) thread", names[tid])
	require.Contains(t, names, os.Getpid())
	entries, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		require.NoError(t, err)
		if _, seen := names[id]; !seen { // the runtime may have begun one
			require.Greater(t, id, tid)
		}
	}
	require.ErrorIs(t, owned.Signal(0), kernlink.ErrNotSupported)
	end()
	require.True(t, owned.Gone())
	_, err = owned.Stat()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, path+"/stat")
	_, err = self.Thread(tid)
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, path)
}

func TestThreadsOfNobody(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	for _, tid := range []int{0, -1} {
		_, err := p.Thread(tid)
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
	_, err := p.Thread(os.Getpid())
	require.ErrorIs(t, err, kernlink.ErrGone, "it is no thread of this process")
	first, err := p.Thread(p.PID())
	require.NoError(t, err)
	defer first.Close()
	require.NoError(t, first.Signal(0), "the first thread stands for the process")
	turns := 0
	for _, err := range p.Threads() {
		if turns++; turns == 1 {
			require.NoError(t, err)
			c.reap()
			continue
		}
		require.ErrorIs(t, err, kernlink.ErrGone, "the loop says that it was cut off")
	}
	require.Equal(t, 2, turns)
	require.ErrorIs(t, last(p.Threads()), kernlink.ErrGone)
	require.ErrorIs(t, first.Signal(0), kernlink.ErrGone)
}

// What the scheduler counts is the thread's, and at most what the clock says.
func TestTheTimeOfAThreadIsItsOwn(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	p, err := self.Thread(syscall.Gettid())
	require.NoError(t, err)
	defer p.Close()
	used := func() time.Duration {
		var now unix.Timespec
		require.NoError(t, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now))
		return time.Duration(now.Nano())
	}
	begin := used()
	for used() < begin+20*time.Millisecond {
	}
	var s procfs.Schedstat
	require.NoError(t, p.ReadSchedstatInto(&s))
	require.LessOrEqual(t, s.Run, used())
	require.Greater(t, s.Run, begin, "some ticks have passed since")
	require.NotZero(t, s.Slices)
	once, err := p.Schedstat()
	require.NoError(t, err)
	require.GreaterOrEqual(t, once.Run, s.Run)
	sched, err := p.Sched()
	require.NoError(t, err)
	prio, ok := sched.Value("prio")
	require.True(t, ok)
	st, err := p.Stat()
	require.NoError(t, err)
	require.Equal(t, strconv.FormatInt(st.Priority+100, 10), prio, "the kernel's own scale")
}
