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

func TestWhatIsOpenedBeneathStaysThere(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "in/dir"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "in/dir/file"), []byte("text"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, "out"), nil, 0o644))
	for name, target := range map[string]string{"near": "dir/file", "far": "../out", "absolute": root + "/out"} {
		require.NoError(t, os.Symlink(target, filepath.Join(root, "in", name)))
	}
	dir := open(t, filepath.Join(root, "in"), sys.PathOnly|sys.Directory)
	requireNothingStaysOpen(t, func() {
		for name, want := range map[string]error{
			"dir/file": nil, "near": nil, "dir/../dir/file": nil, ".": nil,
			"far": syscall.EXDEV, "absolute": syscall.EXDEV, "../out": syscall.EXDEV, "/etc/passwd": syscall.EXDEV,
			"none": syscall.ENOENT, "dir/file/x": syscall.ENOTDIR, "": syscall.ENOENT, "a\x00b": syscall.EINVAL,
		} {
			fd, err := sys.OpenBeneath(dir, name, sys.ReadOnly)
			if want == nil {
				require.NoError(t, err, name)
				requireCloseOnExec(t, fd)
				require.NoError(t, sys.Close(fd))
				continue
			}
			require.Equal(t, want, err, "%q", name)
		}
	})
	for _, name := range []string{"", "dir/file"} {
		_, err := sys.OpenBeneathZ(dir, []byte(name), sys.ReadOnly)
		require.Equal(t, syscall.EINVAL, err, "no zero byte at the end")
	}
	fd, err := sys.OpenSameMount(dir, "../out", sys.ReadOnly)
	require.NoError(t, err)
	requireCloseOnExec(t, fd)
	require.NoError(t, sys.Close(fd))
}

func TestAGuardedOpenFollowsNoLinkWithoutAPath(t *testing.T) {
	dir := open(t, "/proc/self", sys.PathOnly|sys.Directory)
	for _, name := range []string{"exe", "root/etc", "cwd", "fd/0"} {
		_, err := sys.OpenBeneath(dir, name, sys.ReadOnly)
		require.Equal(t, syscall.ELOOP, err, name)
		_, err = sys.OpenSameMount(dir, name, sys.ReadOnly)
		require.Equal(t, syscall.ELOOP, err, name)
	}
	fd, err := sys.OpenBeneath(dir, "exe", sys.PathOnly|sys.NoFollow)
	require.NoError(t, err, "the link itself")
	defer sys.Close(fd)
	buf := make([]byte, 4096)
	n, err := sys.ReadLinkAt(fd, "", buf)
	require.NoError(t, err)
	exe, err := os.Executable()
	require.NoError(t, err)
	require.Equal(t, exe, string(buf[:n]))
}

func TestAGuardedOpenCrossesNoMount(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"file", "other"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o644))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(root, "dir/sub"), 0o755))
	refused := map[string]error{}
	inNamespace(t, unix.CLONE_NEWNS, func() error {
		if err := sys.MakeMountsPrivate(); err != nil {
			return err
		}
		if err := sys.BindMount(root+"/other", root+"/file"); err != nil {
			return err
		}
		if err := sys.Mount("none", root+"/dir", "tmpfs", "size=64k"); err != nil {
			return err
		}
		dir, err := sys.Open(root, sys.PathOnly|sys.Directory)
		if err != nil {
			return err
		}
		defer sys.Close(dir)
		for _, name := range []string{"file", "dir", "dir/sub", "other"} {
			fd, err := sys.OpenBeneath(dir, name, sys.PathOnly)
			if refused[name] = err; err == nil {
				sys.Close(fd)
			}
		}
		return nil
	})
	require.Equal(t, map[string]error{
		"file": syscall.EXDEV, "dir": syscall.EXDEV, "dir/sub": syscall.EXDEV, "other": nil,
	}, refused)
}

func TestOpenBeneathZAllocatesNothing(t *testing.T) {
	dir := open(t, "/proc", sys.PathOnly|sys.Directory)
	name := []byte("self/stat\x00")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		fd, err := sys.OpenBeneathZ(dir, name, sys.ReadOnly)
		if err != nil {
			panic(err)
		}
		sys.Close(fd)
	}))
}
