// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// disks stands for a driver: each item of its subsystem has a size and a
// power, and a default group in which there may be more.
func disks(path string) map[string]string {
	parts := strings.Split(path, "/")
	switch {
	case parts[0] != "disks" || len(parts) > 4:
		return nil
	case len(parts) == 3 && parts[2] == "parts":
		return nil
	case len(parts) == 4:
		return map[string]string{"start": "0\n"}
	}
	return map[string]string{
		"size": "256000\n", "memory_backed": "N\n", "power": "0\n", "mode": "[none] fast\n", "label": "\n", "parts/": "",
	}
}

// fixture is a configfs in an ordinary folder, with the subsystem disks.
func fixture(t testing.TB) *FS {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "disks"), 0o755))
	f, err := OpenAt(root, &Options{Attributes: disks})
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// make makes an item and keeps it open until the test ends.
func (f *FS) mustMake(t testing.TB, path string) *Node {
	t.Helper()
	n, err := f.create(path)
	require.NoError(t, err)
	t.Cleanup(func() { n.Close() })
	return n
}

// tree is what is below the root: folders with "/", links with where they lead,
// attributes with their texts.
func (f *FS) tree(t testing.TB) []string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(f.Root(), func(name string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(f.Root(), name)
		switch {
		case err != nil || rel == ".":
		case d.IsDir():
			rel += "/"
		case d.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(name)
			require.NoError(t, err)
			rel += " -> " + target
		default:
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			rel += "=" + strings.TrimSuffix(string(text), "\n")
		}
		all = append(all, rel)
		return err
	}))
	return all[1:]
}
