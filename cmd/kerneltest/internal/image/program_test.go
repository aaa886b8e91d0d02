// SPDX-License-Identifier: Apache-2.0

//go:build linux

package image

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDynamicProgramNeedsItsLoaderAndLibraries(t *testing.T) {
	ls, err := exec.LookPath("ls")
	require.NoError(t, err)
	dynamic, err := isDynamic(ls)
	require.NoError(t, err)
	if !dynamic {
		t.Skip("ls is a static program here")
	}
	libs, err := Needs(ls)
	require.NoError(t, err)
	has := func(part string) bool {
		return slices.ContainsFunc(libs, func(lib string) bool { return strings.Contains(lib, part) })
	}
	require.True(t, has("libc."), libs)
	require.True(t, has("/ld-"), libs)
	for _, lib := range libs {
		require.FileExists(t, lib)
		require.True(t, filepath.IsAbs(lib))
	}
}

func TestStaticProgramAndScriptsNeedNothing(t *testing.T) {
	dir := t.TempDir()
	source, static := filepath.Join(dir, "main.go"), filepath.Join(dir, "static")
	require.NoError(t, os.WriteFile(source, []byte("package main\nfunc main() {}\n"), 0o644))
	build := exec.Command("go", "build", "-o", static, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	files := map[string]string{"script": "#!/bin/sh\nexec true with more than a header of text\n", "short": "#!/bin/sh\n", "empty": ""}
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	for _, name := range []string{"static", "script", "short", "empty"} {
		libs, err := Needs(filepath.Join(dir, name))
		require.NoError(t, err, name)
		require.Empty(t, libs, name)
	}
	_, err = Needs(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestToolComesWithItsLibraries(t *testing.T) {
	ls, err := exec.LookPath("ls")
	require.NoError(t, err)
	var buf bytes.Buffer
	img := New(&buf)
	require.NoError(t, img.Tool("ls", ""))
	require.True(t, img.Has(ls))
	libs, err := Needs(ls)
	require.NoError(t, err)
	for _, lib := range libs {
		require.True(t, img.Has(lib), lib)
	}
	require.NoError(t, img.Close())
	for _, e := range read(t, buf.Bytes()) {
		if strings.HasSuffix(e.name, "/ls") {
			require.Equal(t, 0o100755, e.mode)
			require.Equal(t, "\x7fELF", e.data[:4])
		}
	}
}

func TestMissingToolSaysWhatToDo(t *testing.T) {
	require.ErrorContains(t, New(io.Discard).Tool("no-such-tool", ""), "install it on this machine")
}

func TestPackageFolderBringsItsFilesAndTestdata(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"x_test.go":             "package x",
		"golden.txt":            "seen",
		"sub/y.go":              "package sub",
		"testdata/deep/f":       "deep",
		"testdata/large":        strings.Repeat("x", maxPlainFile+1),
		"built.bin":             strings.Repeat("x", maxPlainFile+1),
		"testdata/empty/.stays": "",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	require.NoError(t, os.Symlink("deep/f", filepath.Join(dir, "testdata/link")))
	img := New(io.Discard)
	require.NoError(t, img.PackageDir(dir))
	for _, name := range []string{"x_test.go", "golden.txt", "testdata/deep/f", "testdata/large", "testdata/link", "testdata/empty/.stays"} {
		require.True(t, img.Has(filepath.Join(dir, name)), name)
	}
	for _, name := range []string{"sub", "sub/y.go", "built.bin"} {
		require.False(t, img.Has(filepath.Join(dir, name)), name)
	}
	require.NoError(t, img.Close())
}

func TestTreeThatIsMissingAddsNothingAndOneThatBreaksIsTold(t *testing.T) {
	img := New(io.Discard)
	require.NoError(t, img.Tree(filepath.Join(t.TempDir(), "none")))
	require.NoError(t, img.PackageDir(t.TempDir()), "no testdata")

	broken := New(io.Discard)
	broken.File("/f", "/nonexistent") // as a file that vanishes during the walk
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o644))
	require.ErrorIs(t, broken.Tree(dir), os.ErrNotExist)
}
