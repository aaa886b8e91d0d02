// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/sys"
)

func TestFoldersAndLinksAreMadeAndRemovedBelowAFolder(t *testing.T) {
	dir := t.TempDir()
	at, err := sys.Open(dir, sys.PathOnly|sys.Directory)
	require.NoError(t, err)
	defer sys.Close(at)

	require.NoError(t, sys.MakeDirAt(at, "a", 0o755))
	require.ErrorIs(t, sys.MakeDirAt(at, "a", 0o755), syscall.EEXIST)
	require.NoError(t, sys.MakeDirAt(at, "a/b", 0o755))
	require.NoError(t, sys.LinkAt("b", at, "a/l"))
	target, err := os.Readlink(filepath.Join(dir, "a/l"))
	require.NoError(t, err)
	require.Equal(t, "b", target)

	require.ErrorIs(t, sys.RemoveDirAt(at, "a"), syscall.ENOTEMPTY)
	require.ErrorIs(t, sys.UnlinkAt(at, "a/b"), syscall.EISDIR)
	require.NoError(t, sys.UnlinkAt(at, "a/l"))
	require.NoError(t, sys.RemoveDirAt(at, "a/b"))
	require.NoError(t, sys.RemoveDirAt(at, "a"))
	require.ErrorIs(t, sys.RemoveDirAt(at, "a"), syscall.ENOENT)
}

func TestMakeFileMakesAFileThatIsNotThereYet(t *testing.T) {
	dir := t.TempDir()
	at, err := sys.Open(dir, sys.PathOnly|sys.Directory)
	require.NoError(t, err)
	defer sys.Close(at)
	require.NoError(t, sys.MakeFile(at, "f", []byte("text")))
	require.ErrorIs(t, sys.MakeFile(at, "f", nil), syscall.EEXIST)
	b, err := os.ReadFile(filepath.Join(dir, "f"))
	require.NoError(t, err)
	require.Equal(t, "text", string(b))
}

func TestCutShortensAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(name, []byte("long"), 0o600))
	fd, err := sys.Open(name, sys.WriteOnly)
	require.NoError(t, err)
	defer sys.Close(fd)
	require.NoError(t, sys.Cut(fd, 1))
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "l", string(b))
}

func TestAFileIsCutAsItIsOpened(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("text"), 0o600))
	fd, err := sys.Open(name, sys.WriteOnly|sys.Truncate)
	require.NoError(t, err)
	require.NoError(t, sys.Close(fd))
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Empty(t, text)
}
