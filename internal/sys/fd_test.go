// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sys

import (
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClosingWaitsForTheLastUser(t *testing.T) {
	raw, err := Open("/proc/self/stat", ReadOnly)
	require.NoError(t, err)
	f := NewFD(raw)
	fd, err := f.Acquire()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	_, err = f.Acquire()
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = Pread(fd, make([]byte, 8), 0)
	require.NoError(t, err, "still lent")
	f.Release()
	_, err = Pread(fd, make([]byte, 8), 0)
	require.Error(t, err, "given back")
}

func TestADescriptorIsGivenBackOnceHoweverManyUseIt(t *testing.T) {
	for range 200 {
		raw, err := Open("/proc/self/stat", ReadOnly)
		require.NoError(t, err)
		f := NewFD(raw)
		var users sync.WaitGroup
		for range 4 {
			users.Go(func() {
				for {
					fd, err := f.Acquire()
					if err != nil {
						return
					}
					if _, err := Pread(fd, make([]byte, 8), 0); err != nil {
						t.Error(err)
					}
					f.Release()
				}
			})
		}
		require.NoError(t, f.Close())
		users.Wait()
		_, err = Fstat(raw)
		require.Error(t, err)
	}
}

func TestAFolderIsReadAsTheKernelLists(t *testing.T) {
	fd, err := Open("/proc/self/task", ReadOnly|Directory)
	require.NoError(t, err)
	defer Close(fd)
	buf := make([]byte, 4096)
	n, err := ReadDir(fd, buf)
	require.NoError(t, err)
	var names []string
	for d, rest, ok := NextDirent(buf[:n]); ok; d, rest, ok = NextDirent(rest) {
		names = append(names, string(d.Name))
		require.Equal(t, byte(TypeDir), d.Type)
	}
	require.Subset(t, names, []string{".", ".."})
	require.Greater(t, len(names), 2)
}

func TestAListHasTheNamesAndTypesInOrder(t *testing.T) {
	dir, err := Open("/proc/self", PathOnly|Directory)
	require.NoError(t, err)
	defer Close(dir)
	entries, err := List(dir)
	require.NoError(t, err)
	require.True(t, slices.IsSortedFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) }))
	for _, want := range []Entry{{"task", TypeDir}, {"stat", TypeRegular}, {"exe", TypeLink}} {
		require.Contains(t, entries, want)
	}
	for _, e := range entries {
		require.NotContains(t, []string{".", ".."}, e.Name)
	}
}

// What a file system does not say is looked at.
func TestAnEntryWithoutTypeIsLookedAt(t *testing.T) {
	dir, err := Open("/proc/self", PathOnly|Directory)
	require.NoError(t, err)
	defer Close(dir)
	for name, want := range map[string]byte{"task": TypeDir, "stat": TypeRegular, "exe": TypeLink} {
		e, ok := entryOf(dir, Dirent{Name: []byte(name)})
		require.True(t, ok)
		require.Equal(t, Entry{name, want}, e)
	}
	_, ok := entryOf(dir, Dirent{Name: []byte("none")})
	require.False(t, ok)
}

func TestOpenAtZAllocatesNothing(t *testing.T) {
	dir, err := Open("/proc", PathOnly|Directory)
	require.NoError(t, err)
	defer Close(dir)
	name := []byte("self/stat\x00")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		fd, err := OpenAtZ(dir, name, ReadOnly)
		if err != nil {
			t.Fatal(err)
		}
		Close(fd)
	}))
	_, err = OpenAtZ(dir, []byte("self/stat"), ReadOnly)
	require.Error(t, err, "no zero byte at the end")
}

// A number that was given back is somebody else's file: to close it again
// would take that away.
func TestOnlyOneCloseSucceedsAndTheNumberIsGivenBackOnce(t *testing.T) {
	for range 500 {
		raw, err := Open("/proc/self/stat", ReadOnly)
		require.NoError(t, err)
		f := NewFD(raw)
		var closed atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if f.Close() == nil {
					closed.Add(1)
				}
			})
			all.Go(func() {
				if _, err := f.Acquire(); err == nil {
					f.Release()
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, closed.Load())
		next, err := Open("/proc/self/comm", ReadOnly)
		require.NoError(t, err)
		_, err = f.Acquire()
		require.ErrorIs(t, err, fs.ErrClosed)
		require.ErrorIs(t, f.Close(), fs.ErrClosed)
		_, err = Fstat(next)
		require.NoError(t, err, "it was closed by the one that had its number before")
		require.NoError(t, Close(next))
	}
}
