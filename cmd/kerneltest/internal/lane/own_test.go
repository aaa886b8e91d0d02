// SPDX-License-Identifier: Apache-2.0

//go:build linux

package lane

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func put(t *testing.T, file, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
	return file
}

// bzImage is the beginning of a kernel image that says its version.
func bzImage(version string) string {
	image := make([]byte, 0x400)
	copy(image[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(image[0x20e:], 0x100)
	return string(append(image[:0x300], version+"\x00 and what follows"...))
}

const ownRelease = "9.8.7-kernlink-test"

func TestOwnKernelIsKnownByItsImage(t *testing.T) {
	dir := t.TempDir()
	image := put(t, filepath.Join(dir, "boot/vmlinuz"), bzImage(ownRelease+" (me@here) #1 SMP"))
	config := put(t, filepath.Join(dir, "boot/config-"+ownRelease), "CONFIG_X=y")
	t.Chdir(dir)
	put(t, filepath.Join(dir, ".config"), "of something else")
	l, err := Own(image, "")
	require.NoError(t, err)
	require.Equal(t, &Lane{Name: "own", Kernel: image, Release: ownRelease, Config: config}, l)

	require.NoError(t, os.Remove(config))
	l, err = Own(image, "")
	require.NoError(t, err)
	require.Empty(t, l.Config, "what lies in the working folder belongs to something else")
}

func TestOwnKernelsFilesAreFoundBesideIt(t *testing.T) {
	dir := t.TempDir()
	image := put(t, filepath.Join(dir, "boot/vmlinuz"), bzImage(ownRelease))
	modules := filepath.Join(dir, "lib/modules", ownRelease)
	put(t, filepath.Join(modules, "modules.dep"), "")
	build := filepath.Join(dir, "usr/src/headers")
	config := put(t, filepath.Join(build, ".config"), "")
	require.NoError(t, os.Symlink(build, filepath.Join(modules, "build")))
	l, err := Own(image, "")
	require.NoError(t, err)
	require.Equal(t, modules, l.Modules)
	require.Equal(t, build, l.Build)
	require.Equal(t, config, l.Config)
}

func TestHeadersMustBeTheKernelsOwn(t *testing.T) {
	dir := t.TempDir()
	image := put(t, filepath.Join(dir, "vmlinuz"), bzImage(ownRelease))
	build := filepath.Join(dir, "build")
	release := put(t, filepath.Join(build, "include/config/kernel.release"), ownRelease+"\n")
	t.Chdir(dir)
	l, err := Own(image, "build")
	require.NoError(t, err)
	require.Equal(t, build, l.Build, "absolute: make changes its folder")

	put(t, release, "9.8.8\n")
	_, err = Own(image, build)
	require.EqualError(t, err, "-kdir (make KDIR=) is for 9.8.8 and the kernel is "+ownRelease+": modules built there would not load")
	// Debian's headers: the version there, the release only in the header.
	put(t, filepath.Join(build, "include/generated/utsrelease.h"), "#define UTS_RELEASE \""+ownRelease+"\"\n")
	_, err = Own(image, build)
	require.NoError(t, err)
	_, err = Own(image, dir)
	require.ErrorContains(t, err, "it must be a kernel's prepared build or header folder")
}

func TestWhatIsNoKernelImageIsRefused(t *testing.T) {
	dir := t.TempDir()
	noOffset := []byte(bzImage("x"))
	noOffset[0x20e], noOffset[0x20f] = 0, 0
	beyond := []byte(bzImage("x"))
	beyond[0x20f] = 0xff
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "no x86 kernel image"},
		"short":          {"MZ" + strings.Repeat("x", 100), "no x86 kernel image"},
		"an ELF file":    {"\x7fELF" + strings.Repeat("\x00", 4096), "no x86 kernel image"},
		"no offset":      {string(noOffset), "does not say which version"},
		"beyond the end": {string(beyond), "does not say which version"},
		"empty version":  {bzImage(""), "does not say which version"},
	} {
		_, err := Own(put(t, filepath.Join(dir, name), c.text), "")
		require.ErrorContains(t, err, c.want, name)
		require.ErrorContains(t, err, "-kernel (make KERNEL=): ", name)
	}
	_, err := Own(filepath.Join(dir, "none"), "")
	require.ErrorIs(t, err, os.ErrNotExist)
}
