// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/image"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
}

func TestMemoryGrowsWithTheImage(t *testing.T) {
	o := &options{}
	require.Equal(t, 512, o.memoryFor(0))
	require.Equal(t, 512, o.memoryFor(30<<20))
	require.Equal(t, 704, o.memoryFor(100<<20))
	require.Zero(t, o.memoryFor(333<<20)%64)
	require.Greater(t, (&options{race: true}).memoryFor(100<<20), o.memoryFor(100<<20))
	require.Equal(t, 300, (&options{memory: 300}).memoryFor(100<<20), "the user's wish stands")
}

func TestNeedsOfPackagesAndCommandLineAreOneList(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a_test.go"), "package a\n//kerneltest:need tools=ss,ip modules=./m/\n")
	o := &options{tools: list{"ip"}, modules: list{filepath.Join(dir, "m") + "/."}}
	n, err := o.merged([]pkg{{Dir: dir, TestGoFiles: []string{"a_test.go"}}, {Dir: dir, TestGoFiles: []string{"a_test.go"}}})
	require.NoError(t, err)
	require.Equal(t, list{"ip", "ss"}, n.tools)
	require.Equal(t, list{filepath.Join(dir, "m")}, n.modules)
	require.Equal(t, list{"ip"}, o.tools, "the command line is not written to")
}

func tree(t *testing.T, dep string) *lane.Tree {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "modules.dep"), dep)
	write(t, filepath.Join(dir, "modules.builtin"), "kernel/x/builtin.ko\n")
	for _, file := range []string{"virtio.ko", "virtio_pci.ko", "virtio_console.ko", "dummy.ko"} {
		write(t, filepath.Join(dir, file), file)
	}
	tree, err := (&lane.Lane{Modules: dir, Release: "6.1"}).ReadTree()
	require.NoError(t, err)
	return tree
}

func TestTransportModulesComeInLoadOrderAndOthersAreOnlyThere(t *testing.T) {
	img := image.New(&bytes.Buffer{})
	first, err := addKernelModules(img, tree(t, "virtio_console.ko: virtio.ko\nvirtio.ko:\nvirtio_pci.ko: virtio.ko\ndummy.ko:\n"), []string{"dummy", "builtin"})
	require.NoError(t, err)
	require.Equal(t, []string{"/lib/modules/6.1/virtio.ko", "/lib/modules/6.1/virtio_pci.ko", "/lib/modules/6.1/virtio_console.ko"}, first)
	for _, file := range append(first, "/lib/modules/6.1/dummy.ko", "/lib/modules/6.1/modules.dep", "/lib/modules/6.1/modules.builtin") {
		require.True(t, img.Has(file), file)
	}
	require.NoError(t, img.Close())

	_, err = addKernelModules(image.New(&bytes.Buffer{}), tree(t, "dummy.ko:\n"), []string{"no_such"})
	require.EqualError(t, err, "-kmods: the kernel 6.1 has no module no_such")
	first, err = addKernelModules(image.New(&bytes.Buffer{}), tree(t, "dummy.ko:\n"), nil)
	require.NoError(t, err)
	require.Empty(t, first, "a kernel that has the port built in")
}

// A lane whose modules the test builds itself: M= with one recipe.
func builder(t *testing.T) (*bench, *lane.Lane) {
	t.Helper()
	t.Setenv("KERNLINK_CACHE", t.TempDir())
	c, err := cache.Open(nil)
	require.NoError(t, err)
	build := t.TempDir()
	write(t, filepath.Join(build, "Makefile"), "modules:\n\tfor f in $(M)/*.c; do cp $$f $${f%.c}.ko; done\n")
	return &bench{o: &options{}, cache: c}, &lane.Lane{Release: "6.1", Build: build}
}

func TestModulesOfAllFoldersAreAddedAndCounted(t *testing.T) {
	b, l := builder(t)
	dir := t.TempDir()
	for _, name := range []string{"one", "two"} {
		write(t, filepath.Join(dir, name, "Makefile"), "obj-m += x.o\n")
		write(t, filepath.Join(dir, name, name+".c"), "x")
	}
	img := image.New(&bytes.Buffer{})
	n, err := b.addBuiltModules(t.Context(), img, guestFiles{lane: l, needs: needs{modules: list{dir, filepath.Join(dir, "one")}}})
	require.NoError(t, err, "a folder that is named twice is no conflict")
	require.Equal(t, 2, n)
	require.True(t, img.Has("/kerneltest/modules/one.ko"))
	require.True(t, img.Has("/kerneltest/modules/two.ko"))
	require.NoError(t, img.Close())

	write(t, filepath.Join(dir, "two", "one.c"), "another")
	_, err = b.addBuiltModules(t.Context(), image.New(&bytes.Buffer{}), guestFiles{lane: l, needs: needs{modules: list{dir}}})
	require.EqualError(t, err, "-modules: "+dir+"/one and "+dir+"/two both make one.ko")
}

func TestHostFilesAndFoldersAreAdded(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d/e/f"), "x")
	t.Chdir(dir)
	img := image.New(&bytes.Buffer{})
	require.NoError(t, addHostFile(img, "d"))
	require.True(t, img.Has(filepath.Join(dir, "d/e/f")))
	require.ErrorContains(t, addHostFile(img, "none"), "-files: ")
}

func TestDescriptionNamesWhatARunStandsOn(t *testing.T) {
	b := &bench{qemu: &lane.QEMU{Version: "10.0.2"}}
	l := &lane.Lane{Release: "6.1.0-56-cloud-amd64"}
	require.Equal(t, "kernel 6.1.0-56-cloud-amd64 · QEMU 10.0.2, emulated · booted in 3.9 s", b.describe(l, 3900*time.Millisecond, false))
	b.modules = 1
	require.Equal(t, "kernel 6.1.0-56-cloud-amd64 · 1 module · QEMU 10.0.2, KVM · booted in 0.4 s", b.describe(l, 400*time.Millisecond, true))
	b.modules = 3
	require.Contains(t, b.describe(l, time.Second, false), " · 3 modules · ")
}
