// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

// inNamespace runs f on a thread whose namespaces nobody else sees.
func inNamespace(t *testing.T, flags int, f func() error) {
	t.Helper()
	var unshared, err error
	onThread(func() {
		if unshared = unix.Unshare(flags); unshared == nil {
			err = f()
		}
	})
	if unshared != nil {
		require.Equal(t, syscall.EPERM, unshared)
		require.NotEqual(t, "1", os.Getenv("KERNELTEST_GUEST"), "the guest's root may do everything")
		t.Skip("needs CAP_SYS_ADMIN")
	}
	require.NoError(t, err)
}

func TestTheMachineIsNamed(t *testing.T) {
	outside, err := os.Hostname()
	require.NoError(t, err)
	var inside []byte
	inNamespace(t, unix.CLONE_NEWUTS, func() error {
		if err := sys.SetHostname("one.example"); err != nil {
			return err
		}
		inside, err = sys.ReadFile("/proc/sys/kernel/hostname")
		return err
	})
	require.Equal(t, "one.example\n", string(inside))
	after, err := os.Hostname()
	require.NoError(t, err)
	require.Equal(t, outside, after)
}

func TestMountsStayInTheirNamespaceAndUnderAnotherRoot(t *testing.T) {
	root := t.TempDir()
	var listed []sys.Entry
	var magic, bound int64
	var failed error
	inNamespace(t, unix.CLONE_NEWNS, func() error {
		steps := []func() error{
			sys.MakeMountsPrivate,
			func() error { return sys.Mount("none", root, "tmpfs", "size=64k,mode=0755") },
			func() error { return os.Mkdir(filepath.Join(root, "proc"), 0o755) },
			func() error { return sys.BindMount("/proc", filepath.Join(root, "proc")) },
			func() error { failed = sys.Mount("none", root+"/none", "tmpfs", ""); return nil },
			func() (err error) { magic, err = magicOf(root); return err },
			func() error { return sys.Chroot(root) },
			func() (err error) { bound, err = magicOf("/proc"); return err },
			func() (err error) { listed, err = list("."); return err },
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	require.EqualValues(t, unix.TMPFS_MAGIC, magic)
	require.EqualValues(t, sys.ProcMagic, bound)
	require.Equal(t, syscall.ENOENT, failed)
	require.Equal(t, []sys.Entry{{"proc", sys.TypeDir}}, listed, "the new root is the working folder too")

	entries, err := list(root)
	require.NoError(t, err)
	require.Empty(t, entries, "outside nothing is mounted")
}

func magicOf(name string) (int64, error) {
	fd, err := sys.Open(name, sys.PathOnly)
	if err != nil {
		return 0, err
	}
	defer sys.Close(fd)
	return sys.StatfsType(fd)
}

func list(name string) ([]sys.Entry, error) {
	fd, err := sys.Open(name, sys.PathOnly)
	if err != nil {
		return nil, err
	}
	defer sys.Close(fd)
	return sys.List(fd)
}

func TestAnInterfaceIsBroughtUpInItsNamespace(t *testing.T) {
	requireNothingStaysOpen(t, func() {
		require.Equal(t, syscall.EINVAL, sys.LinkUp(strings.Repeat("l", 16)))
		require.Equal(t, syscall.ENODEV, sys.LinkUp("no-such-link"))
	})
	var before, after *net.Interface
	inNamespace(t, unix.CLONE_NEWNET, func() (err error) {
		if before, err = net.InterfaceByName("lo"); err != nil {
			return err
		}
		if err = sys.LinkUp("lo"); err != nil {
			return err
		}
		after, err = net.InterfaceByName("lo")
		return err
	})
	require.Zero(t, before.Flags&net.FlagUp)
	require.NotZero(t, after.Flags&net.FlagUp)
}
