// SPDX-License-Identifier: Apache-2.0

//go:build linux && !race

// What is counted here is so in ordinary builds: with the race detector a
// buffer on the stack is moved to the heap.

package procfs_test

import (
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/procfs"
)

func TestReadingAScanDoesNotAllocatePerProcess(t *testing.T) {
	root := t.TempDir()
	stat, err := os.ReadFile("testdata/sleep.stat")
	require.NoError(t, err)
	allocs := func(dirs ...string) float64 {
		for _, dir := range dirs {
			require.NoError(t, os.MkdirAll(root+"/"+dir, 0o755))
			require.NoError(t, os.WriteFile(root+"/"+dir+"/stat", stat, 0o644))
		}
		f, err := procfs.OpenAt(root, nil)
		require.NoError(t, err)
		defer f.Close()
		var st procfs.Stat
		return testing.AllocsPerRun(50, func() {
			n := 0
			for p, err := range f.Processes() {
				if err != nil || p.ReadStatInto(&st) != nil {
					panic(err)
				}
				n++
			}
			if n == 0 {
				panic("nobody")
			}
		})
	}
	one := allocs("1")
	require.Equal(t, one, allocs("2", "3", "44", "555", "6666", "77777", "888888", "9999999"))
	require.LessOrEqual(t, one, 10.0)
}

func TestReadingThreadsDoesNotAllocatePerThread(t *testing.T) {
	root := t.TempDir()
	stat, err := os.ReadFile("testdata/sleep.stat")
	require.NoError(t, err)
	allocs := func(tids ...string) float64 {
		for _, tid := range append(tids, "../../7") {
			dir := root + "/7/task/" + tid
			require.NoError(t, os.MkdirAll(dir, 0o755))
			require.NoError(t, os.WriteFile(dir+"/stat", stat, 0o644))
			require.NoError(t, os.WriteFile(dir+"/schedstat", []byte("1 2 3\n"), 0o644))
		}
		f, err := procfs.OpenAt(root, nil)
		require.NoError(t, err)
		defer f.Close()
		p, err := f.Process(7)
		require.NoError(t, err)
		defer p.Close()
		var st procfs.Stat
		var ss procfs.Schedstat
		return testing.AllocsPerRun(50, func() {
			n := 0
			for q, err := range p.Threads() {
				if err != nil || q.ReadStatInto(&st) != nil || q.ReadSchedstatInto(&ss) != nil {
					panic(err)
				}
				n++
			}
			if n == 0 {
				panic("nobody")
			}
		})
	}
	one := allocs("1")
	require.Equal(t, one, allocs("2", "3", "44", "555", "6666", "77777", "888888", "9999999"))
	require.LessOrEqual(t, one, 12.0)
}

// A guarded open costs no memory either.
func TestAHardenedScanDoesNotAllocatePerProcess(t *testing.T) {
	h, err := procfs.Open(&procfs.Options{Hardened: true})
	require.NoError(t, err)
	defer h.Close()
	for range 3 {
		start(t)
	}
	var st procfs.Stat
	n := 0
	allocs := testing.AllocsPerRun(20, func() {
		for p, err := range h.Processes() {
			if err != nil {
				panic(err)
			}
			if p.ReadStatInto(&st) == nil {
				n++
			}
		}
	})
	require.Greater(t, n, 3*20)
	require.LessOrEqual(t, allocs, 12.0)
}

func TestKeptHandlesAreReadWithoutAllocation(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	var (
		st procfs.Stat
		s  procfs.Status
		m  procfs.Statm
		io procfs.IO
		a  []procfs.Text
		ss procfs.Schedstat
		cg []procfs.Cgroup
		r  procfs.SmapsRollup
	)
	read := func() {
		if p.ReadStatInto(&st) != nil || p.ReadStatusInto(&s) != nil || p.ReadStatmInto(&m) != nil || p.ReadIOInto(&io) != nil ||
			p.ReadCmdlineInto(&a) != nil || p.ReadSchedstatInto(&ss) != nil || p.ReadCgroupsInto(&cg) != nil ||
			p.ReadSmapsRollupInto(&r) != nil {
			panic("a read failed")
		}
	}
	require.Zero(t, testing.AllocsPerRun(100, read))
	runtime.LockOSThread() // the counter is a thread's
	defer runtime.UnlockOSThread()
	start := readCalls(t)
	own := readCalls(t) - start
	const times = 100
	before := readCalls(t)
	for range times {
		require.NoError(t, p.ReadStatInto(&st))
	}
	require.EqualValues(t, times, readCalls(t)-before-own, "one pread a stat")
	c.zombie()
	require.Zero(t, testing.AllocsPerRun(100, read), "nor when there are no arguments and no memory")
}

func readCalls(t *testing.T) uint64 {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/io")
	require.NoError(t, err)
	var io procfs.IO
	require.NoError(t, procfs.ParseIO(b, &io))
	return io.ReadCalls
}

const underTrace = "PROCFS_TEST_TRACED"

// In a traced process that does nothing else: what C does for a process, and
// not one call more.
func TestAScanMakesTheSystemCallsOfC(t *testing.T) {
	if os.Getenv(underTrace) != "" {
		runtime.LockOSThread() // the log is of threads
		f := open(t)
		var st procfs.Stat
		for p, err := range f.Processes() {
			require.NoError(t, err)
			p.ReadStatInto(&st)
		}
		return
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip(err)
	}
	log := t.TempDir() + "/log"
	cmd := exec.Command(strace, "-f", "-o", log, "-e", "signal=none", "-e", "trace=openat,pread64,read,close,fstat,newfstatat,readlinkat,fcntl,epoll_ctl,lseek",
		os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), underTrace+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("strace: %v: %s", err, out) // a container may forbid it
	}
	b, err := os.ReadFile(log)
	require.NoError(t, err)
	opened, calls, thread := 0, map[string]int{}, ""
	statOf := regexp.MustCompile(`openat\(\d+, "\d+/stat", O_RDONLY\S*\) = \d+`)
	for line := range strings.Lines(string(b)) {
		who, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ := strings.Cut(strings.TrimSpace(call), "(")
		switch {
		case statOf.MatchString(line):
			opened, thread = opened+1, who
		case who == thread && !strings.HasPrefix(name, "<"): // "<... close resumed>" was counted
			calls[name]++
			if name == "close" {
				thread = "" // what the test itself does is not counted
			}
		}
	}
	require.NotZero(t, opened)
	require.Equal(t, map[string]int{"pread64": opened, "close": opened}, calls)
}
