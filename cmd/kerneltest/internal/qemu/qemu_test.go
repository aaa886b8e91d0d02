// SPDX-License-Identifier: Apache-2.0

//go:build linux

package qemu

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fake starts the test binary as an emulator in a role.
func fake(t *testing.T, role string) (*VM, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("QEMU_TEST_FAKE", role)
	vm, err := Start(t.Context(), Config{Command: []string{self}, Kernel: "k", Initrd: "i", CPUs: 1, Memory: 64})
	if vm != nil {
		t.Cleanup(vm.Close)
	}
	return vm, err
}

// tempEmpty is a TMPDIR that must be empty again in the end.
func tempEmpty(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Mkdir(dir, 0o755))
	t.Setenv("TMPDIR", dir)
	return dir
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestArgumentsDescribeTheMachine(t *testing.T) {
	c := Config{Command: []string{"/ld.so", "--library-path", "/lib", "/qemu"}, Kernel: "/boot/vmlinuz", Initrd: "/tmp/initrd", Append: "quiet x=y", CPUs: 3, Memory: 640}
	args := c.args("/tmp/kt,1")
	require.Equal(t, []string{"--library-path", "/lib", "/qemu"}, args[:3])
	value := func(flag string) string {
		i := slices.Index(args, flag)
		require.GreaterOrEqual(t, i, 0, flag)
		return args[i+1]
	}
	require.Equal(t, "/boot/vmlinuz", value("-kernel"))
	require.Equal(t, "/tmp/initrd", value("-initrd"))
	require.Equal(t, "3", value("-smp"))
	require.Equal(t, "640", value("-m"))
	require.Equal(t, "tcg,thread=multi", value("-accel"))
	require.Equal(t, "max", value("-cpu"))
	require.Regexp(t, ` quiet x=y$`, value("-append"))
	for _, word := range []string{"console=ttyS0", "panic=-1", "oops=panic", "rdinit=/init"} {
		require.Contains(t, strings.Fields(value("-append")), word)
	}
	for _, flag := range []string{"-no-reboot", "-nodefaults", "-no-user-config"} {
		require.Contains(t, args, flag)
	}
	require.Contains(t, args, "socket,id=console,path=/tmp/kt,,1/console", "a comma would end the path")
	require.Contains(t, args, "virtserialport,chardev=port,name=kerneltest")

	c.KVM = true
	args = c.args("/tmp/x")
	require.Equal(t, "kvm", value("-accel"))
	require.Equal(t, "host", value("-cpu"))
	require.Len(t, c.Command, 4, "the command is not written to")
}

func TestMachineThatEndsAtOnceSaysWhy(t *testing.T) {
	dir := tempEmpty(t, "t")
	began := time.Now()
	vm, err := fake(t, "refuses")
	require.Nil(t, vm)
	require.EqualError(t, err, "QEMU ended before the guest began: exit status 1 qemu-system-x86_64: could not load kernel 'x': no such file")
	require.Less(t, time.Since(began), connectTime/2)
	requireEmpty(t, dir)

	_, err = Start(t.Context(), Config{Command: []string{"/nonexistent"}})
	require.ErrorContains(t, err, "starting QEMU: ")
	require.ErrorIs(t, err, os.ErrNotExist)
	requireEmpty(t, dir)
}

func TestCancelledStartIsNoFaultOfTheEmulator(t *testing.T) {
	stopped := errors.New("stopped by hand")
	ctx, cancel := context.WithCancelCause(t.Context())
	script := filepath.Join(t.TempDir(), "never-connects")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nexec sleep 1000\n"), 0o755))
	time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
	_, err := Start(ctx, Config{Command: []string{script}})
	require.ErrorIs(t, err, stopped)
}

func TestLinesCarryWhatTheGuestSendsUpToItsEnd(t *testing.T) {
	dir := tempEmpty(t, "with,comma")
	vm, err := fake(t, "ends")
	require.NoError(t, err)
	frames := vm.Frames()
	line, err := frames[0].ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "{\"k\":\"hello\"}\n", line)
	line, err = frames[1].ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "firmware\n", line)
	require.Error(t, vm.Interrupt(), "this one ends when it is spoken to")
	<-vm.Exited()
	<-vm.Console.Drained()
	require.Equal(t, []string{"[    0.0] Linux version 6.1", "reboot: Power down"}, vm.Console.Lines())
	require.Empty(t, vm.Exit())
	require.False(t, vm.Crashed())
	vm.Close()
	vm.Close()
	requireEmpty(t, dir)
}

func TestDeepTempFolderLeavesRoomForTheSockets(t *testing.T) {
	tempEmpty(t, strings.Repeat("d", 100))
	vm, err := fake(t, "ends")
	require.NoError(t, err)
	require.Error(t, vm.Interrupt())
	<-vm.Exited()
}

func TestCrashOfTheEmulatorIsToldFromAnEnd(t *testing.T) {
	vm, err := fake(t, "crashes")
	require.NoError(t, err)
	require.Error(t, vm.Interrupt())
	require.True(t, vm.Crashed())
	require.Contains(t, vm.Exit(), "signal: terminated")
}

func TestClosingEndsARunningMachine(t *testing.T) {
	vm, err := fake(t, "runs")
	require.NoError(t, err)
	vm.Close()
	<-vm.Exited()
	require.False(t, vm.Crashed(), "killed by us")
	_, err = bufio.NewReader(vm.port).ReadByte()
	require.Error(t, err)
}

func TestInterruptReachesTheGuestAgainAndAgain(t *testing.T) {
	vm, err := fake(t, "runs")
	require.NoError(t, err)
	require.NoError(t, vm.Interrupt())
	require.NoError(t, vm.Interrupt(), "the handshake may happen once only")
	require.ErrorContains(t, vm.monitor.command("no-such"), "no-such: not now")
	require.NoError(t, vm.Interrupt(), "a refused command breaks nothing")
	vm.Close()
	require.Equal(t, 3, strings.Count(strings.Join(vm.Console.Lines(), "\n"), "NMI received"))
	require.Error(t, vm.Interrupt())
}
