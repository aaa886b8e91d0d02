// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debugfs_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kerneltest"
)

func TestDebugfsIsFoundWhereItIsMounted(t *testing.T) {
	require.Equal(t, "/sys/kernel/debug", open(t).Path())
}

func TestAWalkFollowsNoLinkAndEntersNoOtherFileSystem(t *testing.T) {
	f := load(t)
	var got []string
	for e, err := range f.Walk("debugfs_ex") {
		require.NoError(t, err)
		if e.Kind != attr.FileKind {
			got = append(got, e.Path)
		}
	}
	require.Equal(t, []string{"debugfs_ex/folder", "debugfs_ex/loop"}, got)

	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	var walked []string
	for e, err := range f.Walk(".") {
		require.NoError(t, err)
		walked = append(walked, e.Path)
	}
	require.Contains(t, walked, "tracing")
	require.False(t, slices.ContainsFunc(walked, func(p string) bool { return strings.HasPrefix(p, "tracing/") }))
	now, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	require.Equal(t, string(mounts), string(now), "nothing was mounted by walking")

	var plain []string
	require.NoError(t, filepath.WalkDir(f.Path()+"/debugfs_ex", func(path string, _ os.DirEntry, err error) error {
		plain = append(plain, strings.TrimPrefix(path, f.Path()+"/"))
		return err
	}))
	i := slices.Index(walked, "debugfs_ex")
	require.Equal(t, plain, walked[i:i+len(plain)], "the same, in the same order")
}

// One goes on making and removing a file and a module while others walk.
func TestAWalkPassesOverWhatComesAndGoes(t *testing.T) {
	f := load(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		visitor := f.File("debugfs_ex/visitor")
		for i := 0; ctx.Err() == nil; i++ {
			if err := attr.Set(visitor, i%2); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 100 {
		for e, err := range f.Walk("debugfs_ex") {
			require.NoError(t, err)
			if e.Kind == attr.FileKind && strings.HasSuffix(e.Path, "/guest") {
				_, err := attr.Get[int](f.File(e.Path))
				if err != nil {
					require.True(t, vanished(err), err)
				}
			}
		}
	}
	stop()
	wg.Wait()
}

func TestAFolderOfAModuleIsGoneWithIt(t *testing.T) {
	f := open(t)
	m := kerneltest.Load(t, "debugfs_ex", nil)
	d, err := f.Dir("debugfs_ex")
	require.NoError(t, err)
	defer d.Close()
	n, err := attr.Get[uint32](d.File("u32"))
	require.NoError(t, err)
	require.EqualValues(t, 32, n)
	require.NoError(t, m.Remove(t.Context()))
	_, err = d.List()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = attr.Get[uint32](d.File("u32"))
	require.ErrorIs(t, err, kernlink.ErrGone)

	kerneltest.Load(t, "debugfs_ex", nil) // another by the same name is another
	_, err = attr.Get[uint32](d.File("u32"))
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = attr.Get[uint32](f.File("debugfs_ex/u32"))
	require.NoError(t, err)
}

// A file with operations of the module's own holds the module while it is open.
// What is read through attr is open for the read alone, so an unload finds its
// gap.
func TestAModuleIsUnloadedUnderItsReaders(t *testing.T) {
	f := open(t)
	m := kerneltest.Load(t, "debugfs_ex", nil)
	d, err := f.Dir("debugfs_ex")
	require.NoError(t, err)
	defer d.Close()
	var wg sync.WaitGroup
	begun := make(chan struct{}, 64)
	for _, name := range []string{"u32", "signed"} {
		wg.Go(func() {
			v := attr.Of[string](d.File(name))
			defer v.Close()
			for {
				_, err := v.Get()
				select {
				case begun <- struct{}{}:
				default:
				}
				if err != nil {
					if !vanished(err) {
						t.Error(name, err)
					}
					return
				}
			}
		})
	}
	for range 16 {
		<-begun
	}
	require.NoError(t, m.Remove(t.Context()))
	wg.Wait()
}

func TestAnOpenFileMayHoldItsModuleAndAKeptValueDoesNot(t *testing.T) {
	f := open(t)
	for name, holds := range map[string]bool{"records": true, "signed": true, "u32": false, "blob": false, "regs": false} {
		m := kerneltest.Load(t, "debugfs_ex", nil)
		kept := attr.Of[string](f.File("debugfs_ex/" + name))
		defer kept.Close()
		_, err := kept.Get()
		require.NoError(t, err)
		fd, err := kept.File().Open()
		require.NoError(t, err)
		if holds {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			require.ErrorIs(t, m.Remove(ctx), kernlink.ErrBusy, name)
			cancel()
			require.NoError(t, sys.Close(fd))
		}
		require.NoError(t, m.Remove(t.Context()))
		if !holds {
			_, err = sys.Read(fd, make([]byte, 64))
			require.Equal(t, syscall.EIO, err, name)
			require.ErrorIs(t, kept.File().ReadFailure("read", fd, err), kernlink.ErrGone)
			require.NoError(t, sys.Close(fd))
		}
		_, err = kept.Get()
		require.ErrorIs(t, err, kernlink.ErrGone, name)
	}
}

func TestAFileThatIsRemovedIsGoneToWhoHasIt(t *testing.T) {
	f := load(t)
	visitor, guest := f.File("debugfs_ex/visitor"), f.File("debugfs_ex/guest")
	require.NoError(t, attr.Set(visitor, true))
	kept := attr.Of[int](guest)
	defer kept.Close()
	n, err := kept.Get()
	require.NoError(t, err)
	require.Equal(t, -5, n)
	fd, err := guest.Open()
	require.NoError(t, err)
	defer sys.Close(fd)
	require.NoError(t, attr.Set(visitor, false))

	_, err = sys.Read(fd, make([]byte, 64))
	require.Equal(t, syscall.EIO, err)
	require.ErrorIs(t, guest.ReadFailure("read", fd, err), kernlink.ErrGone)
	for range 2 {
		_, err = kept.Get()
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorIs(t, kept.Set(3), kernlink.ErrGone)
	}
	_, err = attr.Get[int](guest)
	require.ErrorIs(t, err, fs.ErrNotExist)

	require.NoError(t, attr.Set(visitor, true))
	n, err = kept.Get()
	require.NoError(t, err, "the name leads to another")
	require.Equal(t, -5, n)
}
