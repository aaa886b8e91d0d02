// SPDX-License-Identifier: Apache-2.0

//go:build linux

package probe_test

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/probe"
)

//kerneltest:need kmods=configfs,af_alg

// mounted mounts a pseudo-file-system where it is usual, until the test ends.
func mounted(t *testing.T, kind, point string) {
	t.Helper()
	if probe.Check(kind, nil).State == probe.Usable {
		return
	}
	require.NoError(t, syscall.Mount("none", point, kind, 0, ""))
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(point, 0)) })
}

func requireNotLoaded(t *testing.T, name string) {
	t.Helper()
	_, err := kmod.Find(name)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestWhatAStockKernelHas(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	for r := range probe.All(nil) {
		t.Logf("%s %s %q %q %v", r.Channel, r.State, r.Reason, r.Fix, r.Err)
		require.NotEqual(t, probe.Unknown, r.State, r)
	}
	for _, channel := range []string{
		"procfs", "sysctl", "sysfs", "modparam", "chardev", "ioctl", "syscalls", "nl", "genl", "packet", "udp", "kmod", "kmsg",
	} {
		require.Equal(t, probe.Usable, probe.Check(channel, nil).State, channel)
	}
}

func TestConfigfsIsMissingUntilItIsLoadedAndMounted(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("configfs"))
	const mount = "mount -t configfs none /sys/kernel/config"
	requireNotLoaded(t, "configfs")
	r := probe.Check("configfs", nil)
	require.Equal(t, probe.Missing, r.State)
	require.Equal(t, "modprobe configfs && "+mount, r.Fix)
	require.ErrorIs(t, r.Failure(), kernlink.ErrNotSupported)
	requireNotLoaded(t, "configfs")

	kerneltest.Load(t, "configfs", nil)
	r = probe.Check("configfs", nil)
	require.Equal(t, probe.Missing, r.State)
	require.Equal(t, mount, r.Fix)

	mounted(t, "configfs", "/sys/kernel/config")
	r = probe.Check("configfs", nil)
	require.Equal(t, probe.Usable, r.State, r)
	require.NoError(t, r.Failure())
}

func TestConfigfsIsFoundWhereverItIsMounted(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("configfs"))
	kerneltest.Load(t, "configfs", nil)
	point := t.TempDir() + "/my config"
	require.NoError(t, os.Mkdir(point, 0o755))
	require.NoError(t, syscall.Mount("none", point, "configfs", syscall.MS_RDONLY, ""))
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(point, 0)) })
	r := probe.Check("configfs", nil)
	require.Equal(t, probe.Usable, r.State, r)
	require.Equal(t, point, r.Path)
	require.Contains(t, r.Reason, "read only")
}

func TestAlgIsMissingUntilItIsLoadedAndAskingDoesNotLoadIt(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("af_alg"))
	requireNotLoaded(t, "af_alg")
	r := probe.Check("alg", nil)
	require.Equal(t, probe.Missing, r.State, r)
	require.Equal(t, "modprobe af_alg", r.Fix)
	requireNotLoaded(t, "af_alg")
	kerneltest.Load(t, "af_alg", nil)
	r = probe.Check("alg", nil)
	require.Equal(t, probe.Usable, r.State, r)
}

// requests is where this program notes what the kernel asked it for as its
// modprobe: "modprobe -q -- net-pf-38".
const requests = "/run/probe-test-requests"

func noteModuleRequest(args []string) int {
	f, err := os.OpenFile(requests, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(args, " ") + "\n"); err != nil {
		return 1
	}
	return 1 // no such module
}

// The kernel waits for its modprobe before the call that wanted the module
// returns, so what was not noted then was not asked for.
func TestAskingMakesTheKernelLookForNoModule(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	program, err := os.Executable()
	require.NoError(t, err)
	setSysctl(t, "kernel/modprobe", program)
	t.Cleanup(func() { os.Remove(requests) })
	for range probe.All(nil) {
	}
	require.NoFileExists(t, requests)

	_, err = syscall.Socket(38, syscall.SOCK_SEQPACKET, 0) // AF_ALG: what a user of it does
	require.ErrorIs(t, err, syscall.EAFNOSUPPORT)
	noted, err := os.ReadFile(requests)
	require.NoError(t, err)
	require.Contains(t, string(noted), "-q -- net-pf-38\n")
}

func TestDebugfsAndWhatStandsOnIt(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	mounted(t, "debugfs", "/sys/kernel/debug")
	mounted(t, "tracefs", "/sys/kernel/tracing")
	for _, channel := range []string{"debugfs", "tracefs", "relay"} {
		require.Equal(t, probe.Usable, probe.Check(channel, nil).State, channel)
	}
	results := map[string]probe.Result{}
	onThread(t, dropUser, func() {
		for _, channel := range []string{"debugfs", "tracefs", "relay", "procfs", "sysfs"} {
			results[channel] = probe.Check(channel, nil)
		}
	})
	for _, channel := range []string{"debugfs", "tracefs", "relay"} {
		r := results[channel]
		require.Equal(t, probe.Restricted, r.State, r)
		require.ErrorIs(t, r.Err, syscall.EACCES)
		require.ErrorIs(t, r.Failure(), kernlink.ErrRestricted)
	}
	require.Equal(t, probe.Usable, results["procfs"].State, results["procfs"])
	require.Equal(t, probe.Usable, results["sysfs"].State, results["sysfs"])
}

func TestWithoutCapabilitiesTheResultNamesThem(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	setSysctl(t, "kernel/dmesg_restrict", "1")
	results := map[string]probe.Result{}
	onThread(t, dropCapabilities, func() {
		for r := range probe.All(nil) {
			results[r.Channel] = r
		}
	})
	for channel, capability := range map[string]string{"kmod": "CAP_SYS_MODULE", "packet": "CAP_NET_RAW", "kmsg": "CAP_SYSLOG"} {
		r := results[channel]
		require.Equal(t, probe.Restricted, r.State, r)
		require.ErrorIs(t, r.Failure(), kernlink.ErrRestricted)
		require.ErrorContains(t, r.Failure(), "needs "+capability)
	}
	require.ErrorIs(t, results["packet"].Err, syscall.EPERM)
	for _, channel := range []string{"procfs", "sysfs", "nl", "udp"} {
		require.Equal(t, probe.Usable, results[channel].State, results[channel])
	}
}

// Root of a user namespace has every capability, and none that the loader of
// modules counts.
func TestRootOfAUserNamespaceLoadsNoModules(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	program, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), program, "-ask", "kmod")
	self := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}}
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: self, GidMappings: self}
	out, err := child.Output()
	require.NoError(t, err)
	require.Equal(t, "restricted: capabilities of a user namespace do not count for this", string(out))
}

func TestTheLogIsOpenToAllWhereItsSysctlSaysSo(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	setSysctl(t, "kernel/dmesg_restrict", "0")
	var r probe.Result
	onThread(t, dropCapabilities, func() { r = probe.Check("kmsg", nil) })
	require.Equal(t, probe.Usable, r.State, r)
}

func setSysctl(t *testing.T, key, value string) {
	t.Helper()
	path := "/proc/sys/" + key
	old, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(value), 0o644))
	t.Cleanup(func() { require.NoError(t, os.WriteFile(path, old, 0o644)) })
}
