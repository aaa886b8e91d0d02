// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/modparam"
)

// refused inserts a module that the kernel does not take, and returns the
// error with the kernel's own part of it.
func refused(t *testing.T, path string, params any, opts *kmod.InsertOptions) (*kmod.LogError, error) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	_, err = kmod.InsertFile(context.Background(), f, params, opts)
	require.Error(t, err)
	t.Log(err)
	l, ok := errors.AsType[*kmod.LogError](err)
	require.True(t, ok, "no LogError in %v", err)
	return l, err
}

func requireNotLoaded(t *testing.T, name string) {
	t.Helper()
	_, err := kmod.Find(name)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestEchoPrintsNoMoreThanItWasGiven(t *testing.T) {
	path := module(t, "echo")
	for _, c := range []struct {
		params string
		want   []string
	}{
		{"", []string{"#: cnt: 0"}},
		{"args=a,b", []string{"#: cnt: 0"}},
		{"cnt=1 args=a,b", []string{"#: cnt: 1", " a; "}},
		{`cnt=2 args="a a,b"`, []string{"#: cnt: 2", " a a; ", " b; "}},
		{"cnt=3 args=a,b", []string{"#: cnt: 3", " a; ", " b; ", "#: cnt is not 0..2, printed 2"}},
		{"cnt=-1 args=a", []string{"#: cnt: -1", "#: cnt is not 0..1, printed 0"}},
		{"cnt=2147483647", []string{"#: cnt: 2147483647", "#: cnt is not 0..0, printed 0"}},
	} {
		t.Run(c.params, func(t *testing.T) {
			m, err := kmod.Insert(context.Background(), path, c.params)
			require.NoError(t, err)
			remove(t, m)
			require.Equal(t, append(c.want, "#: Module init"), said(m.Log()))
			require.Equal(t, []string{"#: Module exit"}, said(m.RemoveLog()))
		})
	}
}

func TestInsertUnpacksEveryFormatByItsMagic(t *testing.T) {
	b, err := os.ReadFile(module(t, "echo"))
	require.NoError(t, err)
	for name, pack := range packers {
		t.Run(name, func(t *testing.T) {
			m := insert(t, write(t, "any.name", pack(t, b)), map[string]any{"cnt": 1, "args": []string{"packed"}})
			require.Equal(t, "echo", m.Name())
			require.Equal(t, []string{"#: cnt: 1", " packed; ", "#: Module init"}, said(m.Log()))
		})
	}
}

func TestInsertTwiceIsLoadedAlready(t *testing.T) {
	path := module(t, "echo")
	insert(t, path, nil)
	_, err := refused(t, path, nil, nil)
	require.ErrorIs(t, err, kmod.ErrLoaded)
	require.ErrorIs(t, err, syscall.EEXIST)
	require.ErrorIs(t, err, fs.ErrExist)
	require.ErrorContains(t, err, "its state is Live")
}

func TestInsertRefusesAParameterThatTheKernelWouldIgnore(t *testing.T) {
	path := module(t, "echo")
	_, err := kmod.Insert(context.Background(), path, "cmt=2")
	require.ErrorContains(t, err, "did you mean cnt?")
	unknown, ok := errors.AsType[*modparam.UnknownError](err)
	require.True(t, ok)
	require.ElementsMatch(t, []string{"cnt", "args"}, unknown.Known)
	requireNotLoaded(t, "echo")

	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	m, err := kmod.InsertFile(context.Background(), f, "cmt=2", &kmod.InsertOptions{AllowUnknown: true})
	require.NoError(t, err)
	remove(t, m)
	require.Contains(t, all(m.Log()), "unknown parameter 'cmt' ignored")
}

func TestInsertRefusesAValueThatTheTypeDoesNotTake(t *testing.T) {
	_, err := kmod.Insert(context.Background(), module(t, "echo"), "cnt=99999999999")
	require.ErrorIs(t, err, syscall.ERANGE)
	requireNotLoaded(t, "echo")
}

// What only the module knows, the kernel says.
func TestInsertGivesTheKernelsReasonForAValue(t *testing.T) {
	path := module(t, "params")
	for _, c := range []struct {
		params string
		errno  syscall.Errno
		line   string
	}{
		{"level=13", syscall.EINVAL, "params: `13' invalid for parameter `level'"},
		{"level=1000", syscall.ERANGE, "params: `1000' invalid for parameter `level'"},
		{"string=0123456789abcdef", syscall.ENOSPC, "string: string doesn't fit in 15 chars."},
		{"ints=1,2,3,4,5", syscall.EINVAL, "ints: can only take 4 arguments"},
	} {
		t.Run(c.params, func(t *testing.T) {
			l, err := refused(t, path, c.params, nil)
			require.ErrorIs(t, err, c.errno)
			require.ErrorContains(t, err, c.line)
			require.Contains(t, all(l.Records), c.line)
			requireNotLoaded(t, "params")
		})
	}
}

func TestInsertOfNoModuleIsRefusedWithoutTheKernel(t *testing.T) {
	b, err := os.ReadFile(module(t, "echo"))
	require.NoError(t, err)
	for name, b := range map[string][]byte{"garbage": []byte("garbage"), "truncated": b[:len(b)/2], "empty": nil} {
		_, err := kmod.Insert(context.Background(), write(t, "echo.ko", b), nil)
		require.ErrorIs(t, err, kmod.ErrFormat, name)
	}
	_, err = kmod.Insert(context.Background(), "/nonexistent/echo.ko", nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = kmod.Insert(context.Background(), t.TempDir(), nil)
	require.ErrorIs(t, err, syscall.EISDIR)
}

func TestInsertOfAModuleForAnotherMachineIsABadFormat(t *testing.T) {
	b, err := os.ReadFile(module(t, "echo"))
	require.NoError(t, err)
	b[18], b[19] = 2, 0 // e_machine: SPARC
	_, err = refused(t, write(t, "echo.ko", b), nil, nil)
	require.ErrorIs(t, err, kmod.ErrFormat)
	require.ErrorIs(t, err, syscall.ENOEXEC)
}

func TestInsertOfAModuleForAnotherKernelNamesBoth(t *testing.T) {
	path := module(t, "echo")
	info, err := kmod.ReadInfo(path)
	require.NoError(t, err)
	_, err = refused(t, patched(t, path, " SMP ", " UMP "), nil, nil)
	require.ErrorIs(t, err, kmod.ErrVermagic)
	require.ErrorContains(t, err, "built for another kernel: ")
	require.ErrorContains(t, err, "echo: version magic '"+
		strings.Replace(info.Vermagic, " SMP ", " UMP ", 1)+"' should be '"+info.Vermagic+"'")
}

func TestInsertOfAnUnknownSymbolNamesIt(t *testing.T) {
	l, err := refused(t, patched(t, module(t, "echo"), "\x00_printk\x00", "\x00_prinxk\x00"), nil, nil)
	require.ErrorIs(t, err, kmod.ErrUnknownSymbol)
	require.NotErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, l, "unknown symbol: ")
	require.ErrorContains(t, l, "echo: Unknown symbol _prinxk (err -2)")
}

func TestInsertWithoutItsDependenciesNamesThem(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("stp"))
	path := kerneltest.ModulePath("stp")
	if path == "" {
		return // built into this kernel
	}
	_, err := refused(t, path, nil, nil)
	require.ErrorIs(t, err, kmod.ErrUnknownSymbol)
	require.ErrorContains(t, err, "load llc first")
}

func TestInsertFileLeavesTheFileAsItWas(t *testing.T) {
	f, err := os.Open(module(t, "echo"))
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Seek(100, io.SeekStart)
	require.NoError(t, err)
	for range 2 {
		m, err := kmod.InsertFile(context.Background(), f, nil, nil)
		require.NoError(t, err)
		remove(t, m)
	}
	at, err := f.Seek(0, io.SeekCurrent)
	require.NoError(t, err)
	require.EqualValues(t, 100, at)
}

func TestInsertFileOpenForWritingSaysSo(t *testing.T) {
	f, err := os.OpenFile(patched(t, module(t, "echo"), "GPL", "GPL"), os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = kmod.InsertFile(context.Background(), f, nil, nil)
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, syscall.ETXTBSY)
	require.ErrorContains(t, err, "open it for reading only")
}

func TestInsertFileBoundsWhatItUnpacks(t *testing.T) {
	b, err := os.ReadFile(module(t, "echo"))
	require.NoError(t, err)
	f, err := os.Open(write(t, "echo.ko", packers["gzip"](t, b)))
	require.NoError(t, err)
	defer f.Close()
	_, err = kmod.InsertFile(context.Background(), f, nil, &kmod.InsertOptions{MaxSize: 1000})
	require.ErrorIs(t, err, syscall.EFBIG)
	require.ErrorContains(t, err, "more than 1000 bytes uncompressed")
}

func TestInsertFileOfAClosedFileIsClosed(t *testing.T) {
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = kmod.InsertFile(context.Background(), f, nil, nil)
	require.ErrorIs(t, err, fs.ErrClosed)
}

func TestInsertLooksAtTheContextFirst(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := kmod.Insert(ctx, "/nonexistent", nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, fs.ErrNotExist)
}

// On any machine, whatever it can do.
func TestInsertSaysWhyThisMachineDoesNotTakeAModule(t *testing.T) {
	_, err := kmod.Insert(context.Background(), write(t, "x.ko", fakeModule("name=kernlink_fake")), nil)
	_, listErr := kmod.Find("kernlink_fake")
	switch {
	case errors.Is(listErr, kernlink.ErrNotSupported):
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorContains(t, err, "CONFIG_MODULES")
	case os.Geteuid() != 0:
		require.ErrorIs(t, err, kernlink.ErrRestricted)
	default: // refused for what it is, or for lack of the capability
		_, ok := errors.AsType[*kmod.LogError](err)
		require.True(t, ok, "%v", err)
	}
}
