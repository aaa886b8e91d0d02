// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kmod"
)

const trailer = "some signature~Module signature appended~\n"

// modules are files that differ in whatever an Info can hold.
func moduleFiles(t *testing.T) map[string]string {
	t.Helper()
	signed := append(fakeModule("name=signed", "license=GPL", "alias=a", "alias=b", "depends=x,y", "parm=p:text", "parmtype=p:int"), trailer...)
	files := map[string][]byte{
		"signed":   signed,
		"unsigned": fakeModule("name=unsigned", "author=A", "intree=Y", "parm=q:other"),
		"empty":    fakeModule("name=empty"),
		// The signature is further from the headers than one read goes.
		"far": append(fakeModule("name=far"), strings.Repeat("x", 100_000)+trailer...),
	}
	for name, pack := range packers {
		if name != "plain" {
			files[name] = pack(t, signed)
		}
	}
	paths, dir := map[string]string{}, t.TempDir()
	for name, b := range files {
		paths[name] = filepath.Join(dir, name+".ko")
		require.NoError(t, os.WriteFile(paths[name], b, 0o600))
	}
	return paths
}

func TestAnInfoThatIsUsedAgainHasNothingOfTheFileBefore(t *testing.T) {
	paths := moduleFiles(t)
	var info kmod.Info
	for before := range paths {
		for name, path := range paths {
			require.NoError(t, kmod.ReadInfoInto(paths[before], &info))
			require.NoError(t, kmod.ReadInfoInto(path, &info))
			want, err := kmod.ReadInfo(path)
			require.NoError(t, err)
			require.Equal(t, name != "unsigned" && name != "empty", want.Signed, name)
			require.Equal(t, infoLines(want), infoLines(&info), "%s after %s", name, before)
			require.Equal(t, want.Signed, info.Signed, "%s after %s", name, before)
		}
	}
}

func TestStringsOfAnInfoThatIsUsedAgainStay(t *testing.T) {
	paths := moduleFiles(t)
	var info kmod.Info
	require.NoError(t, kmod.ReadInfoInto(paths["signed"], &info))
	name, alias := info.Name, info.Aliases[1]
	require.NoError(t, kmod.ReadInfoInto(paths["unsigned"], &info))
	require.Equal(t, "signed b", name+" "+alias)
}

func TestAnInfoIsOfUseAfterAFileThatWasNone(t *testing.T) {
	paths := moduleFiles(t)
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("#!/bin/sh\n"), 0o600))
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	var info kmod.Info
	for path, want := range map[string]error{
		text: kmod.ErrFormat, pipe: syscall.ESPIPE, t.TempDir(): syscall.EISDIR,
		"/nonexistent": fs.ErrNotExist, "nul\x00in it": syscall.EINVAL, "": fs.ErrNotExist,
	} {
		require.ErrorIs(t, kmod.ReadInfoInto(path, &info), want, "%q", path)
		require.NoError(t, kmod.ReadInfoInto(paths["signed"], &info))
		require.Equal(t, "signed", info.Name)
	}
}

func TestATreeIsReadWithOneAllocationAFile(t *testing.T) {
	paths := moduleFiles(t)
	var info kmod.Info
	both := func() {
		for _, name := range [...]string{"signed", "unsigned"} {
			if err := kmod.ReadInfoInto(paths[name], &info); err != nil {
				panic(err)
			}
		}
	}
	both()
	require.LessOrEqual(t, testing.AllocsPerRun(100, both), 2.0)
}

// The header, the section headers with the names and what is behind them, the
// section.
func TestAFileIsThreeReads(t *testing.T) {
	paths := moduleFiles(t)
	runtime.LockOSThread() // the counter is a thread's
	defer runtime.UnlockOSThread()
	var info kmod.Info
	own := -readCalls(t) + readCalls(t)
	for _, name := range []string{"signed", "unsigned"} {
		require.NoError(t, kmod.ReadInfoInto(paths[name], &info))
		before := readCalls(t)
		require.NoError(t, kmod.ReadInfoInto(paths[name], &info))
		require.Equal(t, 3, readCalls(t)-before-own, name)
	}
}

// readCalls is how many reads the kernel has counted for this thread.
func readCalls(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/io")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(b), "syscr: ")
	calls, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(calls)
	require.NoError(t, err)
	return n
}
