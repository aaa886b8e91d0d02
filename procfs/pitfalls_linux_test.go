// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// The fields that stand behind the groups are those of the same read.
func TestAStatusOfManyPagesIsReadAtOnce(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be in so many groups")
	}
	const groups = 6000
	cred := new(syscall.Credential)
	for g := range groups {
		cred.Groups = append(cred.Groups, uint32(1_000_000+g))
	}
	c := startAs(t, &syscall.SysProcAttr{Credential: cred}, "cat")
	whole := func(s *procfs.Status) {
		t.Helper()
		require.Equal(t, groups, len(s.Groups)) // the numbers themselves would fill the screen
		require.EqualValues(t, 1_000_000+groups-1, s.Groups[groups-1])
		require.True(t, s.Has(procfs.StatusVmRSS))
		require.True(t, s.Has(procfs.StatusThreads))
	}
	p := handle(t, c)
	s, err := p.Status()
	require.NoError(t, err)
	whole(&s)
	var kept procfs.Status
	for range 2 {
		require.NoError(t, p.ReadStatusInto(&kept))
		whole(&kept)
	}
	for q, err := range open(t).Processes() {
		require.NoError(t, err)
		if q.PID() == c.Process.Pid {
			var borrowed procfs.Status
			require.NoError(t, q.ReadStatusInto(&borrowed))
			whole(&borrowed)
		}
	}
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(c.Process.Pid) + "/status")
	require.NoError(t, err)
	require.Greater(t, len(raw), 8<<10, "more than the first buffers hold")
	require.Equal(t, 1, bytes.Count(raw, []byte("\nGroups:")))
}

// EIO is what remains of an entry that a module removed, and what the memory
// of a living process has at no address 0.
func TestRecordsThatCannotBeReadAreNotGone(t *testing.T) {
	n := 0
	for _, err := range procfs.Records(open(t).Entry("self/mem"), text) {
		n++
		require.ErrorIs(t, err, syscall.EIO)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	require.Equal(t, 1, n)
}

// A kernel thread has no environment: since Linux 6.12 opening it is ESRCH.
func TestAKernelThreadIsNotGoneThoughItHasNoEnvironment(t *testing.T) {
	f := open(t)
	comm, err := f.Entry("2/comm").Read()
	if err != nil || string(comm) != "kthreadd\n" {
		t.Skip("a PID namespace without kernel threads")
	}
	p, err := f.Process(2)
	require.NoError(t, err)
	defer p.Close()
	for _, file := range []attr.File{f.Entry("2/environ"), p.Entry("environ")} {
		environ, err := file.Read()
		if err == nil {
			require.Empty(t, environ)
			continue
		}
		require.ErrorIs(t, err, syscall.ESRCH)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
}

// What the kernel prints for "no limit" and for addresses fills 64 bits.
func TestTheWidestNumbersOfAProcessComeWhole(t *testing.T) {
	p, err := open(t).Self()
	require.NoError(t, err)
	defer p.Close()
	var old syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(rlimitRSS, &old))
	most := syscall.Rlimit{Cur: old.Max, Max: old.Max}
	require.NoError(t, syscall.Setrlimit(rlimitRSS, &most))
	defer syscall.Setrlimit(rlimitRSS, &old)
	if old.Max != procfs.Unlimited {
		t.Skip("a process with a limit")
	}
	st, err := p.Stat()
	require.NoError(t, err)
	require.Equal(t, ^uint64(0), st.RSSLimit)
	limits, err := p.Limits()
	require.NoError(t, err)
	require.Equal(t, procfs.Limit{Soft: procfs.Unlimited, Hard: procfs.Unlimited}, limits[procfs.ResidentSet])
}

const rlimitRSS = 5
