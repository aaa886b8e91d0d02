// SPDX-License-Identifier: Apache-2.0

//go:build linux

package cache

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is swept must be nobody else's: a home folder may have a folder tmp.
func TestAFolderThatHoldsOtherThingsIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "tmp", "letters")
	require.NoError(t, os.MkdirAll(kept, 0o755))
	t.Setenv("KERNLINK_CACHE", dir)
	_, err := Open(nil)
	require.ErrorContains(t, err, "holds other things: set KERNLINK_CACHE to a folder that is empty")
	require.DirExists(t, kept)
	require.NoFileExists(t, filepath.Join(dir, tagFile))
}

func TestACacheFolderIsMarkedAndFoundAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "cache")
	t.Setenv("KERNLINK_CACHE", dir)
	for range 2 {
		_, err := Open(nil)
		require.NoError(t, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, tagFile))
	require.NoError(t, err)
	require.Regexp(t, `^Signature: 8a477f597d28d172789f06886806bc55\n`, string(text))
}
