// SPDX-License-Identifier: Apache-2.0

//go:build linux

package probe_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/probe"
)

// The list of mounts writes blanks and backslashes of a name in octal.
func TestAMountIsFoundWhateverItsName(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("configfs"))
	kerneltest.Load(t, "configfs", nil)
	for _, name := range []string{"a blank", "a\ttab", "a\nline", `a\backslash`, `no\040blank`, "a#hash"} {
		point := t.TempDir() + "/" + name
		require.NoError(t, os.Mkdir(point, 0o755))
		require.NoError(t, syscall.Mount("none", point, "configfs", 0, ""))
		r := probe.Check("configfs", nil)
		require.NoError(t, syscall.Unmount(point, 0))
		require.Equal(t, probe.Usable, r.State, r)
		require.Equal(t, point, r.Path)
	}
}

// ownMounts gives the thread a mount namespace of its own and mounts a file
// system over /proc there.
func ownMounts(kind, options string) func() error {
	return func() error {
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			return err
		}
		if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			return err
		}
		return unix.Mount("none", "/proc", kind, 0, options)
	}
}

// A list may name what another mount hides, and whatever lies at /proc may
// have files of the right names: the file system that is opened decides.
func TestWhatHidesProcIsNotTakenForIt(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	results := map[string]probe.Result{}
	onThread(t, ownMounts("tmpfs", ""), func() {
		for r := range probe.All(nil) {
			results[r.Channel] = r
		}
	})
	require.Equal(t, probe.Missing, results["procfs"].State, results["procfs"])
	require.ErrorIs(t, results["procfs"].Failure(), kernlink.ErrNotSupported)
	require.NotEmpty(t, results["procfs"].Fix)
	require.NotEqual(t, probe.Usable, results["sysctl"].State, results["sysctl"])
	for _, channel := range []string{"sysfs", "nl", "udp", "chardev"} {
		require.Equal(t, probe.Usable, results[channel].State, results[channel])
	}
}

// A procfs may be mounted with its processes alone, and has no /proc/sys then:
// that need not be the kernel's doing.
func TestAProcOfProcessesAloneHasNoSysctls(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	var procfs, sysctl probe.Result
	onThread(t, ownMounts("proc", "subset=pid"), func() {
		procfs, sysctl = probe.Check("procfs", nil), probe.Check("sysctl", nil)
	})
	require.Equal(t, probe.Usable, procfs.State, procfs)
	require.Equal(t, probe.Missing, sysctl.State, sysctl)
	require.Contains(t, sysctl.Reason, "mounted in part", sysctl)
}
