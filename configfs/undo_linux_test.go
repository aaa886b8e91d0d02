// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
)

// while is a fixture in which something happens while an item is made.
func while(t *testing.T, making string, happens func(root string)) *FS {
	t.Helper()
	f := fixture(t)
	drive := f.opts.Attributes
	f.opts.Attributes = func(path string) map[string]string {
		if path == making && happens != nil {
			now := happens
			happens = nil
			now(f.Root())
		}
		return drive(path)
	}
	return f
}

func TestAContextThatEndsHalfWayHasTheFirstHalfTakenBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := while(t, "disks/b", func(string) { cancel() })
	p, _ := mustPlan(t, f, Item{Path: "disks/a", Activate: []Attr{{"power", 1}}}, Item{Path: "disks/b"}, Item{Path: "disks/c"})
	err := p.Apply(ctx)
	require.ErrorIs(t, err, context.Canceled)
	e, ok := errors.AsType[*ApplyError](err)
	require.True(t, ok)
	require.Equal(t, Step{Op: Make, Path: "disks/c"}, e.Step)
	require.Equal(t, []Step{
		{Op: Make, Path: "disks/b"},
		{Op: Activate, Path: "disks/a", Attr: "power", Value: "1"},
		{Op: Make, Path: "disks/a"},
	}, e.Undone)
	require.Empty(t, e.NotUndone)
	require.Empty(t, f.tree(t)[1:])
}

// What somebody else made in the place of an item of this run is theirs.
func TestNothingIsTakenBackThatThisRunHasNotMade(t *testing.T) {
	f := while(t, "disks/b", func(root string) {
		require.NoError(t, os.RemoveAll(filepath.Join(root, "disks/a")))
		require.NoError(t, os.Mkdir(filepath.Join(root, "disks/a"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, "disks/a/theirs"), nil, 0o644))
	})
	p, _ := mustPlan(t, f, Item{Path: "disks/a"}, Item{Path: "disks/b"}, Item{Path: "disks/b", Set: []Attr{{"none", 1}}})
	err := p.Apply(t.Context())
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, []string{"disks/a/", "disks/a/theirs="}, f.tree(t)[1:])
}

func TestWhoMayNotIsRestricted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	f := fixture(t)
	require.NoError(t, os.Chmod(filepath.Dir(f.Root()), 0o755))
	group, err := f.Subsystem("disks")
	require.NoError(t, err)
	defer group.Close()
	a := f.mustMake(t, "disks/a")
	var errs []error
	done := make(chan syscall.Errno)
	go func() {
		runtime.LockOSThread() // and never unlock: it is another user's from now on
		same := ^uintptr(0)
		_, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, 65534, same)
		_, created := group.Create("b")
		errs = []error{created, a.Remove(), a.Link("l", a), f.write("disks/a", Attr{"size", 1})}
		done <- errno
	}()
	require.Zero(t, <-done)
	for i, err := range errs {
		require.ErrorIs(t, err, kernlink.ErrRestricted, i)
		require.ErrorIs(t, err, unix.EACCES, i)
	}
	require.False(t, a.Gone())
}
