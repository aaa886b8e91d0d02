// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/procfs"
)

//kerneltest:need tools=sh

// never is a threshold that nothing crosses in the time of a test.
var never = procfs.Threshold{Line: procfs.PressureFull, Stall: 10 * time.Second, Window: 10 * time.Second}

// often is one that a CPU which two want crosses in each window.
var often = procfs.Threshold{Line: procfs.PressureSome, Stall: time.Millisecond, Window: 500 * time.Millisecond}

// trigger makes one, where the machine lets it.
func trigger(t *testing.T, f *procfs.FS, r procfs.PressureResource, threshold procfs.Threshold) *procfs.Trigger {
	t.Helper()
	made, err := f.Trigger(r, threshold)
	if !kerneltest.InGuest() && (errors.Is(err, kernlink.ErrNotSupported) || errors.Is(err, kernlink.ErrRestricted) || errors.Is(err, syscall.EINVAL)) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { made.Close() })
	return made
}

// crowd has more programs run than there are CPUs, until the function that it
// returns.
func crowd(t *testing.T) (end func()) {
	t.Helper()
	var all []*exec.Cmd
	for range 2 * runtime.NumCPU() {
		c := exec.Command("sh", "-c", "while :; do :; done")
		require.NoError(t, c.Start())
		all = append(all, c)
	}
	end = func() {
		for _, c := range all {
			c.Process.Kill()
			c.Wait()
		}
		all = nil
	}
	t.Cleanup(end)
	return end
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestPressureWakesWhoWaits(t *testing.T) {
	f := open(t)
	cpu := trigger(t, f, procfs.PressureCPU, often)
	before, err := f.Pressure(procfs.PressureCPU)
	require.NoError(t, err)
	crowd(t)
	ctx := within(t, time.Minute)
	for range 3 {
		require.NoError(t, cpu.Wait(ctx))
	}
	after, err := f.Pressure(procfs.PressureCPU)
	require.NoError(t, err)
	require.GreaterOrEqual(t, after.Some.Total-before.Some.Total, 3*often.Stall)
}

// Whoever polls takes the event off the trigger, and the runtime polls.
func TestAWakeUpIsKeptUntilSomebodyWaits(t *testing.T) {
	f := open(t)
	late, early := trigger(t, f, procfs.PressureCPU, often), trigger(t, f, procfs.PressureCPU, often)
	end := crowd(t)
	ctx := within(t, time.Minute)
	for range 3 { // then the other one has been woken too
		require.NoError(t, early.Wait(ctx))
	}
	end()
	require.NoError(t, late.Wait(within(t, 400*time.Millisecond)), "less than a window")
}

func TestAWaitForPressureEndsWithItsContext(t *testing.T) {
	f := open(t)
	quiet := trigger(t, f, procfs.PressureMemory, never)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, quiet.Wait(ended), context.Canceled)
	require.ErrorIs(t, quiet.Wait(within(t, 20*time.Millisecond)), context.DeadlineExceeded)

	// The end of one wait is not that of another.
	first, cancelFirst := context.WithCancel(t.Context())
	errs := make(chan error, 2)
	go func() { errs <- quiet.Wait(first) }()
	require.ErrorIs(t, quiet.Wait(within(t, 20*time.Millisecond)), context.DeadlineExceeded)
	cancelFirst()
	require.ErrorIs(t, <-errs, context.Canceled)

	for range 2 {
		go func() { errs <- quiet.Wait(context.Background()) }()
	}
	require.NoError(t, quiet.Close())
	for range 2 {
		require.ErrorIs(t, <-errs, fs.ErrClosed)
	}
	require.ErrorIs(t, quiet.Wait(t.Context()), fs.ErrClosed)
	require.ErrorIs(t, quiet.Close(), fs.ErrClosed)
}

func TestAThresholdThatCannotBeIsRefused(t *testing.T) {
	f := open(t)
	trigger(t, f, procfs.PressureMemory, never)
	for _, bad := range []procfs.Threshold{
		{}, {Stall: time.Second}, {Stall: 2 * time.Second, Window: time.Second}, {Stall: time.Second, Window: 11 * time.Second},
		{Line: 7, Stall: time.Second, Window: time.Second}, {Stall: -1, Window: time.Second}, {Stall: 1, Window: time.Second},
	} {
		_, err := f.Trigger(procfs.PressureMemory, bad)
		require.ErrorIs(t, err, fs.ErrInvalid, "%+v", bad)
	}
	_, err := procfs.NewTrigger(attr.At("/proc/version", attr.Procfs), often)
	require.ErrorAs(t, err, new(*kernlink.Error))
}

func TestATriggerNeedsACapabilityOrALongWindow(t *testing.T) {
	f := open(t)
	trigger(t, f, procfs.PressureMemory, never)
	var short, long error
	lostThread(func() {
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if short = unix.Capset(&header, &none[0]); short != nil {
			return
		}
		_, short = f.Trigger(procfs.PressureMemory, often)
		made, err := f.Trigger(procfs.PressureMemory, procfs.Threshold{Stall: time.Second, Window: 2 * time.Second})
		if long = err; err == nil {
			made.Close()
		}
	})
	require.Error(t, short)
	require.ErrorContains(t, short, "CAP_SYS_RESOURCE")
	if long == nil { // Linux 6.4
		require.ErrorIs(t, short, syscall.EINVAL)
	} else {
		require.ErrorIs(t, short, kernlink.ErrRestricted)
		require.ErrorIs(t, long, kernlink.ErrRestricted)
	}
}

func TestATriggerOfACgroupThatWasRemovedIsGone(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	const dir = "/sys/fs/cgroup/procfs_test"
	require.NoError(t, os.Mkdir(dir, 0o755))
	defer os.Remove(dir)
	group, err := attr.OpenDir(dir, attr.Sysfs)
	require.NoError(t, err)
	defer group.Close()
	file := group.File("memory.pressure")
	p, err := procfs.PressureAt(file)
	require.NoError(t, err)
	require.True(t, p.Has(procfs.PressureFull))
	made, err := procfs.NewTrigger(file, never)
	require.NoError(t, err)
	defer made.Close()
	require.ErrorIs(t, made.Wait(within(t, 20*time.Millisecond)), context.DeadlineExceeded, "as long as it is there")
	errs := make(chan error)
	go func() { errs <- made.Wait(within(t, time.Minute)) }()
	require.NoError(t, os.Remove(dir))
	require.ErrorIs(t, <-errs, kernlink.ErrGone)
	require.ErrorIs(t, made.Wait(t.Context()), kernlink.ErrGone, "and stays so")
	_, err = procfs.PressureAt(file)
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = procfs.NewTrigger(file, never)
	require.ErrorIs(t, err, kernlink.ErrGone)
}

func TestATriggerOfACgroupWakes(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	const dir = "/sys/fs/cgroup/procfs_test"
	require.NoError(t, os.Mkdir(dir, 0o755))
	defer func() { require.NoError(t, os.Remove(dir)) }()
	made, err := procfs.NewTrigger(attr.At(dir+"/cpu.pressure", attr.Sysfs), often)
	require.NoError(t, err)
	defer made.Close()
	fd, err := os.Open(dir)
	require.NoError(t, err)
	defer fd.Close()
	var all []*exec.Cmd
	for range 4 {
		c := exec.Command("sh", "-c", "while :; do :; done")
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(fd.Fd())}
		require.NoError(t, c.Start())
		all = append(all, c)
	}
	for range 2 {
		require.NoError(t, made.Wait(within(t, time.Minute)))
	}
	for _, c := range all {
		c.Process.Kill()
		c.Wait()
	}
}
