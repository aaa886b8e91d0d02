// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestAFolderIsMadeAndRemovedBelowAnother(t *testing.T) {
	top := t.TempDir()
	dir, err := Open(top, PathOnly|Directory)
	require.NoError(t, err)
	defer Close(dir)

	require.NoError(t, MakeDir(dir, "a", 0o700))
	require.DirExists(t, filepath.Join(top, "a"))
	require.Equal(t, unix.EEXIST, MakeDir(dir, "a", 0o700))

	require.NoError(t, os.WriteFile(filepath.Join(top, "a", "file"), nil, 0o600))
	require.Equal(t, unix.ENOTEMPTY, RemoveDir(dir, "a"))
	require.NoError(t, os.Remove(filepath.Join(top, "a", "file")))
	require.NoError(t, RemoveDir(dir, "a"))
	require.Equal(t, unix.ENOENT, RemoveDir(dir, "a"))
}

func TestTruncateCutsAFileAsItIsOpened(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("text"), 0o600))
	fd, err := Open(name, WriteOnly|Truncate)
	require.NoError(t, err)
	require.NoError(t, Close(fd))
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Empty(t, text)
}
