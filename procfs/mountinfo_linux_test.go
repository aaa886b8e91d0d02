// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/procfs"
)

// listed is what findmnt says of a mount.
type listed struct {
	ID     int    `json:"id"`
	Parent int    `json:"parent"`
	Device string `json:"maj:min"`
	Root   string `json:"fsroot"`
	Target string `json:"target"`
	Type   string `json:"fstype"`
	Source string `json:"source"`
}

// The paths in the text have escapes, and findmnt's and ours have none.
func TestTheMountsAreThoseThatFindmntShows(t *testing.T) {
	if os.Getenv(elsewhere) != "" { // in a mount namespace of its own
		dir := os.Getenv(elsewhere)
		require.NoError(t, unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		odd := filepath.Join(dir, "a b\tc\nd\\e#f")
		require.NoError(t, os.Mkdir(odd, 0o755))
		require.NoError(t, unix.Mount("a source", odd, "tmpfs", unix.MS_NOSUID, "size=64k"))
		require.NoError(t, os.Mkdir(odd+"/sub", 0o755))
		bound := filepath.Join(dir, "bound")
		require.NoError(t, os.Mkdir(bound, 0o755))
		require.NoError(t, unix.Mount(odd+"/sub", bound, "", unix.MS_BIND, ""))
		require.NoError(t, unix.Mount("", bound, "", unix.MS_SHARED, ""))

		self, err := open(t).Self()
		require.NoError(t, err)
		defer self.Close()
		var all []listed
		seen := map[string]procfs.MountInfo{}
		for m, err := range self.Mounts() {
			require.NoError(t, err)
			all = append(all, listed{
				m.ID, m.ParentID, fmt.Sprintf("%d:%d", m.Major, m.Minor), m.Root.String(), m.Target.String(), m.Type.String(), m.Source.String(),
			})
			m.Root, m.Options, m.Source = slices.Clone(m.Root), slices.Clone(m.Options), slices.Clone(m.Source)
			seen[m.Target.String()] = m
		}
		require.Contains(t, seen, odd)
		require.Equal(t, "a source", seen[odd].Source.String())
		require.Contains(t, seen[odd].Options.String(), "nosuid")
		require.Zero(t, seen[odd].Shared)
		require.Equal(t, "/sub", seen[bound].Root.String())
		require.NotZero(t, seen[bound].Shared)

		findmnt, err := exec.LookPath("findmnt")
		require.NoError(t, err)
		out, err := exec.Command(findmnt, "--kernel", "--list", "--json", "--nofsroot", "--output", "ID,PARENT,MAJ:MIN,FSROOT,TARGET,FSTYPE,SOURCE").Output()
		require.NoError(t, err)
		var shown struct{ Filesystems []listed }
		require.NoError(t, json.Unmarshal(out, &shown))
		byID := func(a, b listed) int { return a.ID - b.ID }
		slices.SortFunc(all, byID)
		slices.SortFunc(shown.Filesystems, byID)
		require.Equal(t, shown.Filesystems, all)
		return
	}
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	if _, err := exec.LookPath("findmnt"); err != nil {
		t.Skip(err)
	}
	cmd := other(t, t.TempDir(), &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS})
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS")
}
