// SPDX-License-Identifier: Apache-2.0

//go:build linux

package dyndbg_test

import (
	"flag"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs/dyndbg"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/kerneltest"
)

var lockdown = flag.String("lockdown", "none", "what the kernel was booted with: none, integrity or confidentiality")

// The way through /proc stays open under lockdown, and without debugfs. It is
// to be run as those of package debugfs,
//
//	kerneltest -append lockdown=integrity -run Lockdown ./debugfs/... -args -lockdown integrity
func TestLockdownLeavesTheControlFileInProc(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	require.Equal(t, *lockdown, feature.Lockdown("/"), "of the kernel")
	c, err := dyndbg.Open(nil)
	require.NoError(t, err)
	defer c.Close()
	q := dyndbg.Query{File: "init/main.c", Function: "run_init_process"}
	n, err := c.Enable(q, dyndbg.ThreadID)
	require.NoError(t, err)
	require.Positive(t, n)
	n, err = c.Disable(q, dyndbg.ThreadID)
	require.NoError(t, err)
	require.Positive(t, n)
}

// The file in debugfs is the same list, and closed by lockdown.
func TestLockdownClosesTheControlFileInDebugfs(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	proc, err := dyndbg.Open(nil)
	require.NoError(t, err)
	defer proc.Close()
	debug, err := dyndbg.OpenAt("/sys/kernel/debug/dynamic_debug", nil)
	require.NoError(t, err)
	defer debug.Close()
	q := dyndbg.Query{File: "init/main.c"}
	n, err := debug.Enable(q, dyndbg.ThreadID)
	if *lockdown != "none" {
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorIs(t, err, syscall.EPERM)
		require.Contains(t, err.Error(), "the kernel is locked down ("+*lockdown+")")
		for _, err := range debug.Sites() {
			require.ErrorIs(t, err, kernlink.ErrRestricted)
		}
		return
	}
	require.NoError(t, err)
	require.Positive(t, n)
	same, err := proc.Disable(q, dyndbg.ThreadID)
	require.NoError(t, err)
	require.Equal(t, n, same)
}
