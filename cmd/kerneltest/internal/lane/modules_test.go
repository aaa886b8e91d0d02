// SPDX-License-Identifier: Apache-2.0

//go:build linux

package lane

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A part of the index of Debian's 6.1 cloud kernel.
const dep = `kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio_pci_legacy_dev.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_pci_legacy_dev.ko:
kernel/drivers/char/virtio_console.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/sound/core/snd-timer.ko.xz:
`

func tree(t *testing.T) *Tree {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "modules.dep"), dep)
	put(t, filepath.Join(dir, "modules.builtin"), "kernel/fs/ext4/ext4.ko\nkernel/lib/crc-t10dif.ko\n")
	tree, err := (&Lane{Modules: dir, Release: "6.1"}).ReadTree()
	require.NoError(t, err)
	return tree
}

func TestModulesAreFoundByAnySpellingOfTheirNames(t *testing.T) {
	tree := tree(t)
	for _, name := range []string{"virtio", "snd-timer", "snd_timer", "snd-timer.ko", "ext4", "crc_t10dif", "crc-t10dif"} {
		require.True(t, tree.Has(name), name)
	}
	for _, name := range []string{"", "virt", "no_such"} {
		require.False(t, tree.Has(name), name)
	}
}

func TestClosureIsInAnOrderThatLoads(t *testing.T) {
	tree := tree(t)
	files, err := tree.Closure([]string{"virtio_pci", "virtio_console", "ext4", "virtio-pci"})
	require.NoError(t, err)
	require.Len(t, files, 5)
	loaded := map[string]bool{}
	for _, file := range files {
		for _, need := range tree.deps[file] {
			require.True(t, loaded[need], "%s before %s", file, need)
		}
		require.False(t, loaded[file], "%s twice", file)
		loaded[file] = true
	}
	_, err = tree.Closure([]string{"virtio", "no_such"})
	require.EqualError(t, err, "the kernel 6.1 has no module no_such")
	require.Equal(t, "kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko\nkernel/drivers/virtio/virtio_ring.ko: \n",
		tree.Index([]string{"kernel/drivers/virtio/virtio.ko", "kernel/drivers/virtio/virtio_ring.ko"}))
}

func TestKernelWithoutModulesHasAnEmptyTree(t *testing.T) {
	tree, err := (&Lane{Release: "6.1"}).ReadTree()
	require.NoError(t, err)
	require.False(t, tree.Has("virtio"))
	files, err := tree.Closure(nil)
	require.NoError(t, err)
	require.Empty(t, files)
}
