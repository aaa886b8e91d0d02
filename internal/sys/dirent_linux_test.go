// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

func TestAListHasWhateverNamesThereAre(t *testing.T) {
	root := t.TempDir()
	names := []string{
		"...", ".hidden", "-rf", "a b", "line\nbreak", "not \xff UTF-8", "..data", strings.Repeat("l", 255), strings.Repeat("ü", 127),
	}
	for i := range 1000 { // more than one getdents64 takes
		names = append(names, fmt.Sprintf("%04d-%s", i, strings.Repeat("x", i%100)))
	}
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o600))
	}
	dir := open(t, root, sys.PathOnly|sys.Directory)
	requireNothingStaysOpen(t, func() {
		entries, err := sys.List(dir)
		require.NoError(t, err)
		var got []string
		for _, e := range entries {
			require.EqualValues(t, sys.TypeRegular, e.Type, "%q", e.Name)
			got = append(got, e.Name)
		}
		slices.Sort(names)
		require.Equal(t, names, got)
	})
}

func TestAListHasTypes(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "dir"), 0o700))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(root, "link")))
	require.NoError(t, unix.Mkfifo(filepath.Join(root, "fifo"), 0o600))
	dir := open(t, root, sys.ReadOnly|sys.Directory)
	for range 2 { // the caller's own position is left alone
		entries, err := sys.List(dir)
		require.NoError(t, err)
		require.Equal(t, []sys.Entry{{"dir", sys.TypeDir}, {"fifo", unix.DT_FIFO}, {"link", sys.TypeLink}}, entries)
	}
	entries, err := sys.List(open(t, filepath.Join(root, "dir"), sys.PathOnly))
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestWhatCannotBeListedSaysWhy(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "file"), nil, 0o600))
	for _, name := range []string{"removed", "closed"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, name), 0o300))
	}
	removed := open(t, filepath.Join(root, "removed"), sys.PathOnly)
	require.NoError(t, os.Remove(filepath.Join(root, "removed")))
	file := open(t, filepath.Join(root, "file"), sys.PathOnly)
	closed := open(t, filepath.Join(root, "closed"), sys.PathOnly)
	requireNothingStaysOpen(t, func() {
		for fd, want := range map[int]error{removed: syscall.ENOENT, file: syscall.ENOTDIR, -1: syscall.EBADF} {
			_, err := sys.List(fd)
			require.Equal(t, want, err)
		}
		var err error
		asNobody(t, func() { _, err = sys.List(closed) })
		require.Equal(t, syscall.EACCES, err)
	})
}

func TestABufferTooSmallForANameIsAnError(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, strings.Repeat("l", 255)), nil, 0o600))
	dir := open(t, root, sys.ReadOnly|sys.Directory)
	buf := make([]byte, 64)
	for {
		n, err := sys.ReadDir(dir, buf)
		if err != nil {
			require.Equal(t, syscall.EINVAL, err)
			require.Zero(t, n)
			return
		}
		require.Positive(t, n, "the name was left out")
	}
}

// What is no entry ends the walk, whatever its length says.
func TestADamagedEntryIsTheEnd(t *testing.T) {
	entry := func(size uint16, name string) []byte {
		b := make([]byte, 19, 64)
		binary.NativeEndian.PutUint64(b, 42)
		binary.NativeEndian.PutUint16(b[16:], size)
		b[18] = sys.TypeLink
		return append(b, name...)
	}
	for what, buf := range map[string][]byte{
		"nothing": nil, "a part of a header": make([]byte, 18), "no length": entry(0, "a\x00"),
		"shorter than a header": entry(18, "a\x00"), "longer than the buffer": entry(22, "a\x00"),
	} {
		_, rest, ok := sys.NextDirent(buf)
		require.False(t, ok, what)
		require.Nil(t, rest, what)
	}
	for what, tt := range map[string]struct{ text, want string }{
		"padded":             {"name\x00\x00\x00", "name"},
		"without a zero":     {"name", "name"},
		"no name":            {"", ""},
		"more after the end": {"a\x00b", "a"},
	} {
		buf := append(entry(uint16(19+len(tt.text)), tt.text), "rest"...)
		d, rest, ok := sys.NextDirent(buf)
		require.True(t, ok, what)
		require.Equal(t, sys.Dirent{Ino: 42, Type: sys.TypeLink, Name: []byte(tt.want)}, d, what)
		require.Equal(t, "rest", string(rest), what)
	}
}

func TestAFolderHasEntriesUntilItIsEmptied(t *testing.T) {
	root := t.TempDir()
	dir := open(t, root, sys.PathOnly|sys.Directory)
	require.False(t, sys.HasEntries(dir))
	require.NoError(t, os.WriteFile(root+"/a", nil, 0o644))
	require.True(t, sys.HasEntries(dir))
	require.NoError(t, os.RemoveAll(root))
	require.False(t, sys.HasEntries(dir))
	require.False(t, sys.HasEntries(-1))
}
