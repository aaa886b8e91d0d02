// SPDX-License-Identifier: Apache-2.0

//go:build linux

package probe_test

import (
	"flag"
	"os"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/probe"
)

// Lockdown lasts until the machine stops, so a test cannot raise it: the others
// would be locked down too. It takes a boot of its own,
//
//	kerneltest -append lockdown=integrity -run Lockdown ./probe -args -lockdown integrity
//
// and in every other boot the same tests see that nobody speaks of it.
var lockdown = flag.String("lockdown", "none", "what the kernel was booted with: none, integrity or confidentiality")

// closed has the channels that are restricted in each state.
var closed = map[string][]string{
	"none":            nil,
	"integrity":       {"debugfs", "relay"},
	"confidentiality": {"debugfs", "tracefs", "relay"},
}

func TestLockdownIsNamedAndWhatItLeavesIsUsable(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	require.Equal(t, *lockdown, feature.Lockdown("/"), "of the kernel")
	requireLockdown(t, *lockdown+")")
}

// Where securityfs is not mounted, what the kernel refuses shows it.
func TestLockdownThatCannotBeSeenIsFelt(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	const point = "/sys/kernel/security"
	require.NoError(t, syscall.Unmount(point, 0))
	t.Cleanup(func() { require.NoError(t, syscall.Mount("none", point, "securityfs", 0, "")) })
	requireLockdown(t, "how far cannot be seen")
}

func requireLockdown(t *testing.T, state string) {
	t.Helper()
	for r := range probe.All(nil) {
		switch {
		case slices.Contains(closed[*lockdown], r.Channel):
			require.Equal(t, probe.Restricted, r.State, r)
			require.Contains(t, r.Reason, "locked down ("+state, r)
			require.Contains(t, r.Fix, "boot without lockdown=")
			require.ErrorIs(t, r.Failure(), kernlink.ErrRestricted)
		case r.Channel == "kmod" && *lockdown != "none":
			require.Equal(t, probe.Usable, r.State, r)
			require.Contains(t, r.Reason, "signed modules only: the kernel is locked down ("+state, r)
		default:
			require.NotContains(t, []probe.State{probe.Restricted, probe.Unknown}, r.State, r)
			require.NotContains(t, r.Reason, "locked down", r)
		}
	}
}

// Those who open a file of debugfs meet what the result says.
func TestTheKernelRefusesWhatLockdownCloses(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	f, err := os.Open("/sys/kernel/debug/fault_around_bytes")
	if *lockdown == "none" {
		require.NoError(t, err)
		require.NoError(t, f.Close())
		return
	}
	require.ErrorIs(t, err, syscall.EPERM)
}
