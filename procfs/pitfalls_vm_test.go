// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/procfs"
)

// mountHidden mounts a procfs with hidepid, at a place whose name mountinfo
// writes with escapes.
func mountHidden(t *testing.T, mode string) string {
	t.Helper()
	root := t.TempDir() + "/hide pid\\" + mode
	for dir := root; dir != "/tmp"; dir = dir[:strings.LastIndexByte(dir, '/')] {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.Chmod(dir, 0o755)) // for another user to pass through
	}
	require.NoError(t, unix.Mount("proc", root, "proc", 0, "hidepid="+mode))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(root, 0)) })
	return root
}

var nobody = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}

// seen is what a scan finds out of each process.
func seen(t *testing.T, f *procfs.FS) (own, others int) {
	t.Helper()
	var st procfs.Stat
	for p, err := range f.Processes() {
		require.NoError(t, err, "nothing of one process ends the scan")
		err = p.ReadStatInto(&st)
		switch {
		case p.PID() == os.Getpid():
			require.NoError(t, err)
			own++
		case err != nil:
			require.ErrorIs(t, err, kernlink.ErrRestricted)
			require.NotErrorIs(t, err, kernlink.ErrGone)
			require.ErrorContains(t, err, "hidepid=")
			others++
		}
	}
	return own, others
}

func TestAScanPassesTheProcessesThatItMayNotRead(t *testing.T) {
	if root := os.Getenv(elsewhere); root != "" {
		f, err := procfs.OpenAt(root, nil)
		require.NoError(t, err)
		defer f.Close()
		own, others := seen(t, f)
		require.Equal(t, 1, own)
		if strings.HasSuffix(root, "1") {
			require.Greater(t, others, 2, "they are there, and say nothing")
		} else {
			require.Zero(t, others)
		}
		_, err = f.Process(1)
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorContains(t, err, "hidepid=")
		return
	}
	kerneltest.Require(t, kerneltest.VM)
	for _, mode := range []string{"1", "2"} {
		cmd := other(t, mountHidden(t, mode), nobody)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "hidepid=%s: %s", mode, out)
		require.Contains(t, string(out), "--- PASS")
	}
}

// Whoever gives up his rights has a handle that sees nothing any more, of a
// process that lives.
func TestAHandleOfAProcessThatIsHiddenNowIsNotGone(t *testing.T) {
	if root := os.Getenv(elsewhere); root != "" {
		f, err := procfs.OpenAt(root, nil)
		require.NoError(t, err)
		defer f.Close()
		p, err := f.Process(1)
		require.NoError(t, err)
		defer p.Close()
		require.NoError(t, syscall.Setgroups(nil))
		require.NoError(t, syscall.Setresgid(65534, 65534, 65534)) // group 0 is not hidden from
		require.NoError(t, syscall.Setresuid(65534, 65534, 65534))
		require.False(t, p.Gone())
		_, err = p.Stat()
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, "hidepid=")
		return
	}
	kerneltest.Require(t, kerneltest.VM)
	cmd := other(t, mountHidden(t, "2"), nil)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS")
}

// A loop over the files or the memory of a process says that it was cut off.
func TestALoopInWhichTheProcessIsReapedSaysSo(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	loops := map[string]func(p *procfs.Process, first func()) error{
		"FDs": func(p *procfs.Process, first func()) error {
			for fd, err := range p.FDs() {
				if err != nil {
					return err
				}
				if fd.Number == 0 {
					first()
				}
			}
			return nil
		},
		"Maps": func(p *procfs.Process, first func()) error {
			for _, err := range p.Maps() {
				if err != nil {
					return err
				}
				first()
				first = func() {}
			}
			return nil
		},
	}
	for name, loop := range loops {
		c := start(t)
		p := handle(t, c)
		err := loop(p, c.reap)
		require.ErrorIs(t, err, kernlink.ErrGone, name)
		require.ErrorContains(t, err, fmt.Sprint("/proc/", p.PID()))
	}
}
