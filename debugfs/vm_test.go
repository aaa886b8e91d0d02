// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debugfs_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=../kmod/reference

func TestMain(m *testing.M) { kerneltest.Main(m, "Example") }

// open opens the debugfs of the guest.
func open(t *testing.T) *debugfs.FS {
	t.Helper()
	kerneltest.Require(t, kerneltest.VM)
	f, err := debugfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// load loads the module debugfs_ex and opens debugfs.
func load(t *testing.T) *debugfs.FS {
	t.Helper()
	f := open(t)
	kerneltest.Load(t, "debugfs_ex", nil)
	return f
}

// vanished is what reading says of a file that was removed meanwhile: at the
// moment of its end an open may still find the name, and not the file.
func vanished(err error) bool {
	return errors.Is(err, kernlink.ErrGone) || errors.Is(err, fs.ErrNotExist)
}
