// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debugfs_test

import (
	"flag"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/kerneltest"
)

// Lockdown lasts until the machine stops, so it takes a boot of its own,
//
//	kerneltest -append lockdown=integrity -run Lockdown ./debugfs -args -lockdown integrity
//
// and in every other boot the same tests see that nobody speaks of it. No
// module of ours can be loaded then, so they use the kernel's own files.
var lockdown = flag.String("lockdown", "none", "what the kernel was booted with: none, integrity or confidentiality")

const (
	closed = "fault_around_bytes" // 0644
	public = "devices_deferred"   // 0444
)

func TestLockdownLeavesTheFilesThatAllMayRead(t *testing.T) {
	f := open(t)
	require.Equal(t, *lockdown, feature.Lockdown("/"), "of the kernel")
	_, err := attr.Get[string](f.File(public))
	require.NoError(t, err)
	names, err := f.List(".")
	require.NoError(t, err)
	require.NotEmpty(t, names)

	v := attr.Of[int](f.File(closed))
	defer v.Close()
	n, err := v.Get()
	if *lockdown == "none" {
		require.NoError(t, err)
		require.Positive(t, n)
		require.NoError(t, v.Set(n))
		return
	}
	require.ErrorIs(t, err, syscall.EPERM)
	requireLockdown(t, err, "the kernel is locked down ("+*lockdown+")")
	requireLockdown(t, v.Set(4096), "the kernel is locked down ("+*lockdown+")")
	requireLockdown(t, f.File(public).Write([]byte("x")), "the kernel is locked down ("+*lockdown+")")
}

func requireLockdown(t *testing.T, err error, hint string) {
	t.Helper()
	require.ErrorIs(t, err, kernlink.ErrRestricted)
	require.Contains(t, err.Error(), hint)
	require.Contains(t, err.Error(), "boot without lockdown=")
	require.NotContains(t, err.Error(), "owner", "it is not the mode")
}

// Where securityfs is not mounted, what the kernel refuses shows it.
func TestLockdownThatCannotBeSeenIsFelt(t *testing.T) {
	f := open(t)
	const point = "/sys/kernel/security"
	require.NoError(t, syscall.Unmount(point, 0))
	t.Cleanup(func() { require.NoError(t, syscall.Mount("none", point, "securityfs", 0, "")) })
	_, err := attr.Get[int](f.File(closed))
	if *lockdown == "none" {
		require.NoError(t, err)
		return
	}
	requireLockdown(t, err, "the kernel may be locked down, which cannot be seen")
}

// What the mode forbids is EACCES, and no lockdown.
func TestLockdownIsToldFromWhatTheModeForbids(t *testing.T) {
	f := open(t)
	var read, walk, anew error
	asNobody(t, func() {
		_, read = attr.Get[int](f.File(closed))
		for _, err := range f.Walk(".") {
			walk = err
		}
		var other *debugfs.FS
		if other, anew = debugfs.Open(nil); anew == nil {
			anew = other.Close()
		}
	})
	require.ErrorIs(t, read, syscall.EACCES)
	require.ErrorIs(t, read, kernlink.ErrRestricted)
	require.NotContains(t, read.Error(), "locked down")
	require.Contains(t, read.Error(), "a folder on the way")
	require.ErrorIs(t, walk, kernlink.ErrRestricted)
	require.NoError(t, anew, "anybody may open it")
}

// asNobody runs f on a thread whose user may nothing, and which ends with f.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	const nobody, same = 65534, ^uintptr(0)
	var errno syscall.Errno
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		// The syscall package would change all threads.
		if _, _, errno = syscall.RawSyscall(syscall.SYS_SETRESUID, same, nobody, same); errno == 0 {
			f()
		}
	}()
	<-done
	require.Zero(t, errno)
}

// A debugfs that is not mounted is not supported, and the Hint is the command.
func TestLockdownOrNotDebugfsIsFoundWhereverItIs(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	const usual = "/sys/kernel/debug"
	require.NoError(t, syscall.Unmount(usual, syscall.MNT_DETACH))
	t.Cleanup(func() { require.NoError(t, syscall.Mount("none", usual, "debugfs", 0, "")) })
	_, err := debugfs.Open(nil)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.EqualError(t, err, "debugfs: open /sys/kernel/debug: not supported here (it is not mounted: mount -t debugfs none /sys/kernel/debug)")

	dir := t.TempDir() + "/with blank"
	require.NoError(t, syscall.Mkdir(dir, 0o700))
	require.NoError(t, syscall.Mount("none", dir, "debugfs", 0, ""))
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	f, err := debugfs.Open(nil)
	require.NoError(t, err)
	defer f.Close()
	require.True(t, strings.HasSuffix(f.Path(), "/with blank"), f.Path())
	_, err = f.File(public).Read()
	require.NoError(t, err)
}

// A kernel can be told not to have it, at boot:
//
//	kerneltest -append debugfs=off -run BootOption ./debugfs -args -debugfs off
//
// and no-mount as well.
var boot = flag.String("debugfs", "on", "what the kernel was booted with: on, no-mount or off")

func TestABootOptionIsNamed(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	f, err := debugfs.Open(nil)
	if *boot == "on" {
		require.NoError(t, err)
		require.NoError(t, f.Close())
		return
	}
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.Contains(t, err.Error(), "the kernel was booted with debugfs="+*boot)
}
