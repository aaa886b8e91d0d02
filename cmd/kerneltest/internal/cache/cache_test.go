// SPDX-License-Identifier: Apache-2.0

//go:build linux

package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/sys"
)

// open opens the cache at dir as a run of its own does.
func open(t *testing.T, dir string, wait func(string)) *Cache {
	t.Helper()
	t.Setenv("KERNLINK_CACHE", dir)
	c, err := Open(wait)
	require.NoError(t, err)
	return c
}

// leftovers are what lies in the folder for temporary things.
func leftovers(t *testing.T, c *Cache) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(c.Dir(), "tmp"))
	require.NoError(t, err)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func fill(name string) func(string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644) }
}

func TestEntryIsMadeOnceAndFoundAgain(t *testing.T) {
	c := open(t, t.TempDir(), nil)
	_, ok := c.Path(key)
	require.False(t, ok)
	made, err := c.Make(t.Context(), key, fill("a"))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(made, "a"))
	again, err := c.Make(t.Context(), key, func(string) error { return errors.New("made twice") })
	require.NoError(t, err)
	require.Equal(t, made, again)
	path, ok := c.Path(key)
	require.True(t, ok)
	require.Equal(t, made, path)
	require.Empty(t, leftovers(t, c))
}

func TestKeysMayHoldWhatFileNamesMay(t *testing.T) {
	c := open(t, t.TempDir(), nil)
	for _, key := range []string{"modules/a[b-1", "modules/a*b-1", "modules/a b-1", "modules/a.b-1", "modules/ä-1"} {
		made, err := c.Make(t.Context(), key, fill("a"))
		require.NoError(t, err, key)
		require.Equal(t, filepath.Join(c.Dir(), key), made)
	}
	require.Empty(t, leftovers(t, c))
}

func TestFailedMakeLeavesNothing(t *testing.T) {
	c := open(t, t.TempDir(), nil)
	broken := errors.New("broken")
	_, err := c.Make(t.Context(), key, func(dir string) error {
		return errors.Join(fill("half")(dir), broken)
	})
	require.ErrorIs(t, err, broken)
	_, ok := c.Path(key)
	require.False(t, ok)
	require.Empty(t, leftovers(t, c))
}

func TestPanickingMakeLeavesNothingAndGivesTheLockBack(t *testing.T) {
	c := open(t, t.TempDir(), nil)
	require.Panics(t, func() {
		_, _ = c.Make(t.Context(), key, func(dir string) error {
			require.NoError(t, fill("half")(dir))
			panic("in the middle")
		})
	})
	_, ok := c.Path(key)
	require.False(t, ok)
	require.Empty(t, leftovers(t, c))
	_, err := c.Make(t.Context(), key, fill("a"))
	require.NoError(t, err)
}

func TestKilledRunLeavesNothingThatIsReused(t *testing.T) {
	dir := t.TempDir()
	killed := start(t, self(t), dir, nil)
	half := killed.says(t, "making")
	require.FileExists(t, filepath.Join(half, "first"))
	require.NoError(t, killed.cmd.Process.Signal(syscall.SIGKILL))
	require.Error(t, killed.cmd.Wait())
	require.FileExists(t, filepath.Join(half, "first"), "the kill came too late to prove anything")

	c := open(t, dir, nil)
	require.Empty(t, leftovers(t, c), "a run that was killed is swept up after")
	_, ok := c.Path(key)
	require.False(t, ok)
	made, err := c.Make(t.Context(), key, func(dir string) error {
		entries, err := os.ReadDir(dir)
		require.Empty(t, entries, "an entry begins empty")
		return err
	})
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(made, "first"))
}

func TestSweepingSparesWhatARunIsMaking(t *testing.T) {
	dir := t.TempDir()
	busy := start(t, self(t), dir, nil)
	half := busy.says(t, "making")
	open(t, dir, nil)
	require.FileExists(t, filepath.Join(half, "first"))
	require.NoError(t, busy.stop.Close())
	made := busy.says(t, "made")
	require.NoError(t, busy.cmd.Wait())
	require.FileExists(t, filepath.Join(made, "second"))
}

func TestTwoRunsAtOnceMakeAnEntryOnceAndTheSecondSaysThatItWaits(t *testing.T) {
	dir := t.TempDir()
	first := start(t, self(t), dir, nil)
	first.says(t, "making")
	second := start(t, self(t), dir, nil)
	require.Equal(t, key, second.says(t, "waiting"))
	require.NoError(t, second.stop.Close())
	_, ok := (&Cache{dir: dir}).Path(key)
	require.False(t, ok, "nothing of an entry shows before it is complete")
	require.NoError(t, first.stop.Close())
	made := first.says(t, "made")
	require.Equal(t, made, second.says(t, "made"), "the second neither makes it nor gets another")
	require.NoError(t, first.cmd.Wait())
	require.NoError(t, second.cmd.Wait())
	by, err := os.ReadFile(filepath.Join(made, "second"))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(first.cmd.Process.Pid), string(by))
}

func TestContextEndsTheWaiting(t *testing.T) {
	dir := t.TempDir()
	busy := start(t, self(t), dir, nil)
	busy.says(t, "making")
	stopped := errors.New("stopped by hand")
	ctx, cancel := context.WithCancelCause(t.Context())
	told := 0
	c := open(t, dir, func(string) { told++; cancel(stopped) })
	_, err := c.Make(ctx, key, fill("a"))
	require.ErrorIs(t, err, stopped)
	require.Equal(t, 1, told)
	require.NoError(t, busy.stop.Close())
	busy.says(t, "made")
	require.NoError(t, busy.cmd.Wait())
}

func TestFullDiskSaysWhatToDo(t *testing.T) {
	for _, err := range []error{
		&fs.PathError{Op: "write", Path: "/c/x", Err: syscall.ENOSPC},
		&fs.PathError{Op: "write", Path: "/c/x", Err: syscall.EDQUOT},
		errors.New("tar: ./x: Cannot write: No space left on device"),
	} {
		got := explain(err, "/c")
		require.ErrorIs(t, got, err)
		require.Regexp(t, "disk of /c is full: free some, or set KERNLINK_CACHE", got)
	}
	require.NoError(t, explain(nil, "/c"))
	other := &fs.PathError{Op: "open", Path: "/source/x.c", Err: syscall.EACCES}
	require.Equal(t, error(other), explain(other, "/c"), "a source that cannot be read is not the cache's trouble")
}

func TestReallyFullDiskLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	if err := sys.Mount("none", dir, "tmpfs", "size=2m"); err != nil {
		t.Skipf("a disk that is full needs root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	c := open(t, dir, nil)
	_, err := c.Make(t.Context(), key, func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "large"), make([]byte, 4<<20), 0o644)
	})
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "KERNLINK_CACHE")
	_, err = c.Make(t.Context(), key, func(dir string) error {
		_ = os.WriteFile(filepath.Join(dir, "large"), make([]byte, 4<<20), 0o644)
		return errors.New("tar: ./large: Wrote only 512 of 10240 bytes")
	})
	require.ErrorContains(t, err, "is full: free some", "a program that says it in its own words")
	_, ok := c.Path(key)
	require.False(t, ok)
	require.Empty(t, leftovers(t, c))
	_, err = c.Make(t.Context(), key, fill("small"))
	require.NoError(t, err, "the space is free again")
}

func TestTooLittleSpaceIsToldBeforeItIsUsed(t *testing.T) {
	c := open(t, t.TempDir(), nil)
	require.NoError(t, c.NeedSpace(1, "x"))
	err := c.NeedSpace(1<<60, "lane-6.1")
	require.Regexp(t, `^lane-6\.1 needs \d+ MB and .* has \d+ MB free: .*KERNLINK_CACHE`, err)
}

func TestFolderThatCannotBeWrittenSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	t.Setenv("KERNLINK_CACHE", file)
	_, err := Open(nil)
	require.ErrorContains(t, err, "set KERNLINK_CACHE to a folder that can be written")

	t.Setenv("KERNLINK_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	_, err = Open(nil)
	require.ErrorContains(t, err, "set KERNLINK_CACHE")
}

// A cache that root has made, used by somebody else.
func TestFolderOfAnotherUserSaysWhatToDo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("becomes another user: needs root")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	text, err := os.ReadFile(self(t))
	require.NoError(t, err)
	program := filepath.Join(dir, "program")
	require.NoError(t, os.WriteFile(program, text, 0o755))
	nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	for _, made := range []bool{false, true} {
		cache := filepath.Join(dir, "cache")
		if made {
			open(t, cache, nil)
		}
		other := start(t, program, cache, nobody)
		require.Regexp(t, "permission denied: set KERNLINK_CACHE to a folder that can be written", other.says(t, "error"))
		require.Error(t, other.cmd.Wait())
	}
}

func TestPruneRemovesWhatNobodyUsed(t *testing.T) {
	c := open(t, t.TempDir(), nil)
	old := time.Now().Add(-48 * time.Hour)
	paths := map[string]string{}
	for _, name := range []string{"unused", "used", "fresh", "busy"} {
		path, err := c.Make(t.Context(), "modules/"+name, fill("a"))
		require.NoError(t, err)
		paths[name] = path
		if name != "fresh" {
			require.NoError(t, os.Chtimes(path, old, old))
		}
	}
	require.NoError(t, os.Symlink("unused", filepath.Join(c.Dir(), "modules/link")))
	_, err := c.Make(t.Context(), "modules/used", nil)
	require.NoError(t, err)
	unlock, err := c.Lock(t.Context(), "modules/busy")
	require.NoError(t, err)
	defer unlock()

	c.Prune("modules", 24*time.Hour)
	c.Prune("no such kind", 0)
	require.NoDirExists(t, paths["unused"])
	for _, name := range []string{"used", "fresh", "busy"} {
		require.FileExists(t, filepath.Join(paths[name], "a"), name)
	}
	require.Empty(t, leftovers(t, c))
}
