// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

// trigger writes to the module fault.
func trigger(t testing.TB, word string) {
	t.Helper()
	f, err := os.OpenFile("/sys/module/fault/parameters/trigger", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteString(word)
	require.NoError(t, err)
}

// waitingContext calls back when somebody begins to wait for its end.
type waitingContext struct {
	context.Context
	waits func()
}

func (c waitingContext) Done() <-chan struct{} {
	c.waits()
	return c.Context.Done()
}

// endingContext ends as soon as somebody waits for that, however slow the
// machine is.
func endingContext(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return waitingContext{ctx, cancel}
}

func TestRemoveOfAModuleInUseEndsWithTheContext(t *testing.T) {
	m := insert(t, module(t, "fault"), nil)
	trigger(t, "hold")
	defer trigger(t, "release")

	err := m.Remove(endingContext(t))
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, syscall.EAGAIN)
	busy, ok := errors.AsType[*kmod.BusyError](err)
	require.True(t, ok)
	require.Equal(t, 1, busy.RefCount)
	require.Empty(t, busy.Holders)
	require.EqualError(t, err, "kmod: remove fault: in use (1 reference): context canceled"+
		" (something has it open: a file, a mount, a socket or an interface)")

	s, err := m.Status()
	require.NoError(t, err)
	require.Equal(t, 1, s.RefCount)
	require.Equal(t, kmod.Live, s.State)
}

func TestRemoveWaitsUntilTheModuleIsFree(t *testing.T) {
	m, err := kmod.Insert(context.Background(), module(t, "fault"), nil)
	require.NoError(t, err)
	trigger(t, "hold")
	var once sync.Once
	waited := false
	ctx := waitingContext{context.Background(), func() {
		once.Do(func() { waited = true; trigger(t, "release") })
	}}
	require.NoError(t, m.Remove(ctx))
	require.True(t, waited)
	requireNotLoaded(t, "fault")
}

func TestRemoveNamesTheModulesThatHoldAnother(t *testing.T) {
	stp := kerneltest.Load(t, "stp", nil)
	if stp == nil {
		return // built into this kernel
	}
	err := kmod.Remove(endingContext(t), "llc")
	busy, ok := errors.AsType[*kmod.BusyError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, []string{"stp"}, busy.Holders)
	require.ErrorContains(t, err, "remove stp first")
}

func TestRemoveWithAnEndedContextTriesNothing(t *testing.T) {
	m := insert(t, module(t, "echo"), nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, m.Remove(ctx), context.Canceled)
	_, err := m.Status()
	require.NoError(t, err)
}

func TestAHandleOfAnUnloadedModuleIsGone(t *testing.T) {
	m, err := kmod.Insert(context.Background(), module(t, "echo"), nil)
	require.NoError(t, err)
	require.NoError(t, kmod.Remove(context.Background(), "echo"))
	_, err = m.Status()
	require.ErrorIs(t, err, kernlink.ErrGone)
	err = m.Remove(context.Background())
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Empty(t, m.RemoveLog())
}

func TestRemoveOfWhatIsNotLoaded(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	ctx := context.Background()
	err := kmod.Remove(ctx, "no-such-module")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, "remove no_such_module")

	require.ErrorContains(t, kmod.Remove(ctx, "printk"), "built into the kernel")
	for _, name := range []string{"", "..", "a/b", "echo.ko", "a\x00b"} {
		require.ErrorIs(t, kmod.Remove(ctx, name), syscall.EINVAL, "%q", name)
		_, err := kmod.Find(name)
		require.ErrorIs(t, err, syscall.EINVAL, "%q", name)
	}
}

func TestLoadedListsAModuleWithWhatTheKernelKnowsOfIt(t *testing.T) {
	insert(t, module(t, "echo"), nil)
	var found kmod.Status
	for s, err := range kmod.Loaded() {
		require.NoError(t, err)
		if s.Name == "echo" {
			found = s
		}
	}
	require.Equal(t, kmod.Live, found.State)
	require.Equal(t, 0, found.RefCount)
	require.Equal(t, "OE", found.Taints)
	require.NotZero(t, found.Size)
	require.NotZero(t, found.Address)

	m, err := kmod.Find("echo")
	require.NoError(t, err)
	s, err := m.Status()
	require.NoError(t, err)
	require.Equal(t, found, s)
	require.Empty(t, m.Log())
}
