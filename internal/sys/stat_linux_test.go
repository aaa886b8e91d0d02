// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

func open(t *testing.T, name string, flags int) int {
	t.Helper()
	fd, err := sys.Open(name, flags)
	require.NoError(t, err)
	t.Cleanup(func() { sys.Close(fd) })
	return fd
}

func TestAFileSystemIsKnownByItsMagic(t *testing.T) {
	for name, want := range map[string]int64{"/proc": sys.ProcMagic, "/proc/self/stat": sys.ProcMagic, "/sys": sys.SysfsMagic} {
		for _, flags := range []int{sys.ReadOnly, sys.PathOnly} {
			magic, err := sys.StatfsType(open(t, name, flags))
			require.NoError(t, err, name)
			require.Equal(t, want, magic, name)
		}
	}
	magic, err := sys.StatfsType(open(t, t.TempDir(), sys.PathOnly))
	require.NoError(t, err)
	require.NotContains(t, []int64{0, sys.ProcMagic, sys.SysfsMagic}, magic)
	require.Positive(t, magic, "a magic with the highest bit is no negative number")
	_, err = sys.StatfsType(-1)
	require.Equal(t, syscall.EBADF, err)
}

func TestAccessIsAskedForTheEffectiveUser(t *testing.T) {
	const read, write, exists = 4, 2, 0
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "secret"), nil, 0o000))
	require.NoError(t, os.WriteFile(filepath.Join(root, "public"), nil, 0o444))
	dir := open(t, root, sys.PathOnly|sys.Directory)
	require.NoError(t, sys.Access(dir, "secret", exists))
	require.NoError(t, sys.Access(dir, "public", read))
	require.Equal(t, syscall.ENOENT, sys.Access(dir, "none", exists))
	require.Equal(t, syscall.ENOTDIR, sys.Access(dir, "public/x", exists))
	require.Equal(t, syscall.EBADF, sys.Access(-1, "public", exists))

	got := map[string]error{}
	asNobody(t, func() {
		got["secret exists"] = sys.Access(dir, "secret", exists)
		got["secret read"] = sys.Access(dir, "secret", read)
		got["public read"] = sys.Access(dir, "public", read)
		got["public write"] = sys.Access(dir, "public", write)
	})
	require.Equal(t, map[string]error{
		"secret exists": nil, "secret read": syscall.EACCES, "public read": nil, "public write": syscall.EACCES,
	}, got)
}

func TestStatSeesTheLinkOrWhatItLeadsTo(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "file"), []byte("12345"), 0o640))
	require.NoError(t, os.Symlink("file", filepath.Join(root, "link")))
	dir := open(t, root, sys.PathOnly|sys.Directory)
	file, err := sys.StatAt(dir, "link", true)
	require.NoError(t, err)
	require.EqualValues(t, 5, file.Size)
	require.EqualValues(t, sys.ModeFile|0o640, file.Mode)
	link, err := sys.StatAt(dir, "link", false)
	require.NoError(t, err)
	require.EqualValues(t, sys.ModeLink, link.Mode&sys.ModeType)
	require.Equal(t, file.Dev, link.Dev)
	require.NotEqual(t, file.Ino, link.Ino)
	opened, err := sys.Fstat(open(t, filepath.Join(root, "file"), sys.PathOnly))
	require.NoError(t, err)
	require.Equal(t, file, opened)
	_, err = sys.Fstat(-1)
	require.Equal(t, syscall.EBADF, err)
}

func TestALinkIsReadIntoTheCallersMemory(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Symlink("somewhere/else", filepath.Join(root, "link")))
	require.NoError(t, os.WriteFile(filepath.Join(root, "file"), nil, 0o600))
	dir := open(t, root, sys.PathOnly|sys.Directory)
	buf := make([]byte, 64)
	n, err := sys.ReadLinkAt(dir, "link", buf)
	require.NoError(t, err)
	require.Equal(t, "somewhere/else", string(buf[:n]))

	itself := open(t, filepath.Join(root, "link"), sys.PathOnly|sys.NoFollow)
	n, err = sys.ReadLinkAt(itself, "", buf)
	require.NoError(t, err)
	require.Equal(t, "somewhere/else", string(buf[:n]))

	n, err = sys.ReadLinkAt(dir, "link", buf[:4])
	require.NoError(t, err)
	require.Equal(t, 4, n, "a full buffer says that there may be more")
	for name, want := range map[string]error{"none": syscall.ENOENT, "file": syscall.EINVAL, "a\x00b": syscall.EINVAL} {
		n, err = sys.ReadLinkAt(dir, name, buf)
		require.Equal(t, want, err, "%q", name)
		require.Zero(t, n)
	}
}

func TestAFileOfOneWordIsCompared(t *testing.T) {
	name := filepath.Join(t.TempDir(), "word")
	for text, want := range map[string]bool{"Y\n": true, " Y\t\n": true, "Y": true, "YY\n": false, "N\n": false, "Y Y": false, "": false} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		require.Equal(t, want, sys.FileIs(name, "Y"), "%q", text)
	}
	require.False(t, sys.FileIs(name+".none", ""))
}

func TestAMountIsSeenWithoutEnteringIt(t *testing.T) {
	root := open(t, "/", sys.PathOnly|sys.Directory)
	for name, want := range map[string]bool{"proc": true, "sys": true, "proc/self": false, "sys/kernel": false} {
		got, err := sys.IsMount(root, name)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	_, err := sys.IsMount(root, "no such")
	require.Equal(t, syscall.ENOENT, err)
}

func TestANumberHasItsPartsWhereTheKernelPutsThem(t *testing.T) {
	for _, c := range [][2]uint32{{1, 3}, {8, 0}, {259, 1 << 20}, {0xfff, 0xff}, {1 << 31, 1<<32 - 1}, {0, 0}} {
		dev := unix.Mkdev(c[0], c[1])
		require.Equal(t, c, [2]uint32{sys.Major(dev), sys.Minor(dev)})
	}
	null, err := sys.StatAt(sys.CWD, "/dev/null", true)
	require.NoError(t, err)
	require.EqualValues(t, sys.ModeChar, null.Mode&sys.ModeType)
	require.Equal(t, [2]uint32{1, 3}, [2]uint32{sys.Major(null.Rdev), sys.Minor(null.Rdev)})
}
