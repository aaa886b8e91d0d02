// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
)

func TestAListHasNamesInOrderAndTheirKinds(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"b": "", "a/inner": ""})
	require.NoError(t, os.Symlink("a", filepath.Join(d.Path(), "c")))
	require.NoError(t, unix.Mkfifo(filepath.Join(d.Path(), "d"), 0o600))
	for range 2 { // each listing begins at the beginning
		entries, err := d.List()
		require.NoError(t, err)
		require.Equal(t, []Entry{{"a", FolderKind}, {"b", FileKind}, {"c", LinkKind}, {"d", OtherKind}}, entries)
	}
	inner, err := d.OpenDir("c")
	require.NoError(t, err)
	defer inner.Close()
	entries, err := inner.List()
	require.NoError(t, err)
	require.Equal(t, []Entry{{"inner", FileKind}}, entries)
}

// The kernel lists a folder that went as an empty one; an empty one that is
// there is empty.
func TestAFolderThatWentIsGoneAndNoEmptyList(t *testing.T) {
	for _, tt := range []struct {
		policy *Policy
		errno  error
	}{
		{Sysfs, syscall.ENODEV}, {Procfs, syscall.EIO}, {Sysctl, syscall.ENOENT}, {nil, syscall.ENOENT},
	} {
		d := folder(t, tt.policy, nil)
		require.NoError(t, os.Mkdir(filepath.Join(d.Path(), "object"), 0o755))
		object, err := d.OpenDir("object")
		require.NoError(t, err)
		entries, err := object.List()
		require.NoError(t, err)
		require.Empty(t, entries)
		require.NoError(t, os.Remove(object.Path()))
		_, err = object.List()
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, "list "+object.Path())
		require.NoError(t, object.Close())
		_, err = object.List()
		require.ErrorIs(t, err, fs.ErrClosed)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
}

// A file that is opened for each read goes on where it is, and one that is kept
// begins again with the larger buffer: nothing is lost, and nothing comes twice.
func TestWhatIsLargerThanTheFirstBufferIsReadWhole(t *testing.T) {
	for what, policy := range map[string]*Policy{
		"kept, one read": {Keep: true, OneRead: true}, "one read": {OneRead: true}, "kept": {Keep: true}, "neither": {},
	} {
		for _, size := range []int{0, firstBuffer - 1, firstBuffer, firstBuffer + 1, 5 * firstBuffer} {
			want := strings.Repeat("abc", size/3+1)[:size]
			d := folder(t, policy, map[string]string{"f": want})
			got, err := d.File("f").Read()
			require.NoError(t, err)
			require.Equal(t, want, string(got), "%s, %d", what, size)
		}
	}
}
