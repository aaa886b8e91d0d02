// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kbuild

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/chroot"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
)

// TestMain lets the test binary be the helper that enters a lane's root.
func TestMain(m *testing.M) {
	if chroot.IsHelper() {
		fmt.Fprintln(os.Stderr, chroot.Helper())
		os.Exit(2)
	}
	os.Exit(m.Run())
}

func newCache(t *testing.T) *cache.Cache {
	t.Helper()
	t.Setenv("KERNLINK_CACHE", t.TempDir())
	c, err := cache.Open(nil)
	require.NoError(t, err)
	return c
}

// folder writes files into a folder of its own.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mymodule")
	require.NoError(t, os.Mkdir(dir, 0o755))
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
	return dir
}

func put(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

func TestFoldersAreTheOneGivenOrThoseInIt(t *testing.T) {
	dir := folder(t, map[string]string{
		"a/Makefile":      "obj-m += a.o\n",
		"b/Kbuild":        "obj-m := b.o\n",
		"b/Makefile":      "all:\n\tmake -C ...\n",
		"c/Makefile":      "all:\n\techo no module\n",
		"d/e/Makefile":    "obj-m += too_deep.o\n",
		"obj-m":           "",
		"f/Makefile/text": "obj-m is a folder here",
	})
	got, err := Folders(dir)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}, got)
	got, err = Folders(filepath.Join(dir, "b"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "b")}, got)
	_, err = Folders(filepath.Join(dir, "c"))
	require.EqualError(t, err, "-modules: neither "+dir+"/c nor a folder in it has a Kbuild or Makefile with obj-m")
	_, err = Folders(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "-modules: ")
}

func TestSourcesAreWhatABuildDidNotMake(t *testing.T) {
	dir := folder(t, map[string]string{
		"Makefile": "obj-m += x.o", "x.c": "", "x.h": "", "sub/y.c": "", "gen.sh": "",
		"x.o": "", "x.ko": "", "x.mod": "", "x.mod.c": "", ".x.o.cmd": "", "Module.symvers": "", "modules.order": "",
		"built-in.a": "", "x_test.go": "", ".git/config": "", ".tmp_versions/x.mod": "", "sub/y.o": "",
	})
	put(t, filepath.Join(dir, "../shared.h"), "")
	require.NoError(t, os.Symlink("../shared.h", filepath.Join(dir, "shared.h")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling.h")))
	got, err := sources(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"Makefile", "gen.sh", "shared.h", "sub/y.c", "x.c", "x.h"}, got)
}

func key(t *testing.T, l *lane.Lane, dir string) string {
	t.Helper()
	files, err := sources(dir)
	require.NoError(t, err)
	key, err := contentKey(l, dir, files)
	require.NoError(t, err)
	require.Regexp(t, `^modules/mymodule-[0-9a-f]{16}$`, key)
	return key
}

func TestKeyTellsContentKernelAndCompilerApart(t *testing.T) {
	dir := folder(t, map[string]string{"Makefile": "obj-m += x.o", "x.c": "int a;", "gen.sh": ""})
	l := lane.Lane{Release: "6.1.0", Root: "/roots/one", Build: "/lib/modules/6.1.0/build"}
	first := key(t, &l, dir)

	put(t, filepath.Join(dir, "x.ko"), "left by a build by hand")
	put(t, filepath.Join(dir, ".x.o.cmd"), "")
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "x.c"), later, later))
	require.Equal(t, first, key(t, &l, dir), "neither artefacts nor times count")

	seen := map[string]bool{first: true}
	fresh := func(what string, l lane.Lane) {
		t.Helper()
		k := key(t, &l, dir)
		require.False(t, seen[k], what)
		seen[k] = true
	}
	other := l
	other.Release = "6.1.1"
	fresh("another kernel", other)
	other = l
	other.Root = "/roots/two"
	fresh("another compiler", other)
	put(t, filepath.Join(dir, "x.c"), "int b;")
	fresh("another content", l)
	require.NoError(t, os.Rename(filepath.Join(dir, "x.c"), filepath.Join(dir, "y.c")))
	fresh("another name", l)
	require.NoError(t, os.Chmod(filepath.Join(dir, "gen.sh"), 0o755))
	fresh("another mode", l)
	put(t, filepath.Join(dir, "z.h"), "")
	fresh("one more file", l)
}

// A kernel of one's own is built again and again under one release.
func TestKeyTellsBuildsOfAnOwnKernelApart(t *testing.T) {
	dir, build := folder(t, map[string]string{"Makefile": "obj-m += x.o"}), t.TempDir()
	l := &lane.Lane{Release: "6.18.0", Build: build}
	put(t, filepath.Join(build, "Module.symvers"), "0x1 symbol")
	first := key(t, l, dir)
	require.Equal(t, first, key(t, l, dir))
	put(t, filepath.Join(build, "Module.symvers"), "0x12 symbol")
	require.NotEqual(t, first, key(t, l, dir))
}

func TestWarningsAreTheLinesThatWarn(t *testing.T) {
	b := Built{Log: "  CC [M]  /kbuild/x.o\n" +
		"/kbuild/x.c:3:6: warning: unused variable 'a' [-Wunused-variable]\r\n" +
		"WARNING: modpost: missing MODULE_DESCRIPTION() in /kbuild/x.o\n" +
		"Skipping BTF generation for /kbuild/x.ko due to unavailability of vmlinux\n" +
		"make: Leaving directory '/usr/src/warnings'\n"}
	require.Equal(t, []string{
		"/kbuild/x.c:3:6: warning: unused variable 'a' [-Wunused-variable]",
		"WARNING: modpost: missing MODULE_DESCRIPTION() in /kbuild/x.o",
	}, b.Warnings())
	require.Empty(t, Built{}.Warnings())
}

func TestKernelWithoutHeadersSaysWhatToDo(t *testing.T) {
	_, err := Build(t.Context(), nil, nil, &lane.Lane{Release: "6.1.0"}, t.TempDir())
	require.EqualError(t, err, "modules cannot be built for 6.1.0: give its headers with -kdir (make KDIR=)")
}

// On the host's compiler a build folder is a Makefile that gets M=.
func hostLane(t *testing.T, recipe string) *lane.Lane {
	t.Helper()
	build := t.TempDir()
	put(t, filepath.Join(build, "Makefile"), "modules:\n\t"+recipe+"\n")
	return &lane.Lane{Release: "6.18.0", Build: build}
}

func TestBuildHappensOnceAndInACopy(t *testing.T) {
	c := newCache(t)
	dir := folder(t, map[string]string{"Makefile": "obj-m += x.o sub/y.o", "sub/gen.sh": "#!/bin/sh\necho generated\n", "x.o": "old"})
	require.NoError(t, os.Chmod(filepath.Join(dir, "sub/gen.sh"), 0o755))
	l := hostLane(t, "test ! -e $(M)/x.o && $(M)/sub/gen.sh >$(M)/x.ko && cp $(M)/x.ko $(M)/sub/y.ko && echo x.c:1: warning: odd")
	built, err := Build(t.Context(), c, nil, l, dir)
	require.NoError(t, err)
	require.Equal(t, dir, built.Dir)
	require.Len(t, built.Modules, 2)
	require.Equal(t, "y.ko", filepath.Base(built.Modules[0]))
	text, err := os.ReadFile(built.Modules[1])
	require.NoError(t, err)
	require.Equal(t, "generated\n", string(text))
	require.Contains(t, built.Warnings(), "x.c:1: warning: odd")
	require.NoFileExists(t, filepath.Join(dir, "x.ko"))

	put(t, filepath.Join(l.Build, "Makefile"), "modules:\n\tfalse\n")
	again, err := Build(t.Context(), c, nil, l, dir)
	require.NoError(t, err, "nothing is built again")
	require.Equal(t, built, again, "with the warnings of then")
}

func TestFailedBuildShowsWhatItPrintedAndIsNotKept(t *testing.T) {
	c := newCache(t)
	dir := folder(t, map[string]string{"Makefile": "obj-m += x.o"})
	l := hostLane(t, "echo x.c:7: error: no such thing >&2; exit 3")
	for range 2 {
		_, err := Build(t.Context(), c, nil, l, dir)
		require.Regexp(t, `^building .*/mymodule for 6\.18\.0: exit status 2\n(?s).*x\.c:7: error: no such thing`, err)
	}
	entries, err := filepath.Glob(filepath.Join(c.Dir(), "*", "*mymodule*"))
	require.NoError(t, err)
	for _, e := range entries {
		require.Equal(t, "lock", filepath.Base(filepath.Dir(e)), e)
	}
	_, err = Build(t.Context(), c, nil, hostLane(t, "true"), dir)
	require.ErrorContains(t, err, "made no .ko file: its Makefile needs an obj-m line")
}

func TestCancelledBuildSaysThatItWasCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	_, err := Build(ctx, newCache(t), nil, hostLane(t, "true"), folder(t, map[string]string{"Makefile": "obj-m += x.o"}))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, strings.Contains(err.Error(), "signal: killed"), err)
}
