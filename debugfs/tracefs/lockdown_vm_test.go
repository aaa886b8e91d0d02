// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/kerneltest"
)

// Lockdown lasts until the machine stops, so a test cannot raise it: the others
// would be locked down too. It takes a boot of its own,
//
//	kerneltest -append lockdown=confidentiality -run Lockdown ./debugfs/tracefs -args -lockdown confidentiality
//
// and in every other boot the same test sees that all works. With the flag
// -lockdown raise the test itself raises it, after it has opened what there is.
var lockdown = flag.String("lockdown", "none", "what the kernel was booted with: none, integrity or confidentiality; raise to raise it")

func TestLockdownIsNamedAndIntegrityLeavesAllAsItIs(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	if *lockdown == "raise" {
		raise(t)
		return
	}
	require.Equal(t, *lockdown, feature.Lockdown("/"), "of the kernel")
	f, err := tracefs.Open(nil)
	if *lockdown == "confidentiality" {
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorContains(t, err, "locked down (confidentiality)")
		return
	}
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() }) // after the instance
	i := create(t, f, "lockdown")
	p := add(t, f, tracefs.KProbe{Name: "locked", Symbol: "vfs_rmdir"})
	require.NoError(t, p.In(i).Enable())
	os.Remove("/no/such/folder")
	require.NoError(t, os.Mkdir("/tmp/locked", 0o700))
	require.NoError(t, os.Remove("/tmp/locked"))
	require.NoError(t, p.In(i).Disable())
	n := 0
	for r, err := range pipe(t, i).Pending() {
		require.NoError(t, err)
		require.Equal(t, "locked", r.Event)
		n++
	}
	require.Equal(t, 1, n)
}

// raise locks the kernel down under handles that are open: what is opened from
// then on is refused, file by file.
func raise(t *testing.T) {
	f, err := tracefs.Open(nil)
	require.NoError(t, err)
	defer f.Close()
	m := marker(t, f.Instance)
	require.NoError(t, os.WriteFile("/sys/kernel/security/lockdown", []byte("confidentiality"), 0))
	_, err = m.WriteString("a file that is open stays open")
	require.NoError(t, err)
	_, pipe := f.Pipe()
	_, raw := f.Raw(0, nil)
	_, mark := f.Marker()
	_, get := attr.Get[bool](f.File("tracing_on"))
	_, probe := f.AddProbe(tracefs.KProbe{Name: "late", Symbol: "vfs_rmdir"})
	for what, err := range map[string]error{
		"pipe": pipe, "raw": raw, "marker": mark, "get": get, "probe": probe,
		"enable": f.Event("sched", "sched_switch").Enable(),
		"filter": f.Event("sched", "sched_switch").SetFilter("prev_pid == 1"),
	} {
		require.ErrorIs(t, err, kernlink.ErrRestricted, what)
		require.ErrorContains(t, err, "locked down (confidentiality)", what)
	}
}
