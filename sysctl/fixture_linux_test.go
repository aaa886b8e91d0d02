// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixture is an ordinary folder with keys and their text.
func fixture(t testing.TB, files map[string]string) (*FS, string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	f, err := OpenAt(root, nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f, root
}
