// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

// ownThread starts f on a thread of its own, which f may change: it ends with
// f. It is never the first one, which cannot end and stands for the process in
// /proc/self. f must not end the test.
func ownThread(f func()) {
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with this
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		defer runtime.UnlockOSThread()
		done := make(chan struct{})
		go func() { // while the first one is held, it is another that runs this
			defer close(done)
			runtime.LockOSThread()
			f()
		}()
		<-done
	}()
}

// onNewMounts runs f on a thread whose mounts nobody else sees. f must not end
// the test.
func onNewMounts(t *testing.T, f func() error) {
	t.Helper()
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	done := make(chan error)
	ownThread(func() {
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil {
			err = f()
		}
		done <- err
	})
	require.NoError(t, <-done)
}

// What is mounted over a file is another file. A policy that forbids it has
// neither read nor write it.
func TestAGuardedFolderIsNotFooledByAMount(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"value": "true", "dir/value": "true", "dir/sub/value": "true", "fake": "false", "free": "true"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	require.NoError(t, os.Symlink("free", filepath.Join(root, "link")))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(root, "outside")))
	covered := []string{"value", "dir/value", "dir/sub/value"}
	var plain []string
	refused := map[string]error{}
	written := map[string]error{}
	var folder, goneFolder, kept error
	free := map[string]string{}
	onNewMounts(t, func() error {
		d, err := attr.OpenDir(root, &attr.Policy{Beneath: true})
		if err != nil {
			return err
		}
		defer d.Close()
		before := attr.Of[string](d.File("value"))
		defer before.Close()
		_, kept = before.Get()
		for _, name := range []string{"value", "dir/value"} {
			if err := unix.Mount(root+"/fake", filepath.Join(root, name), "", unix.MS_BIND, ""); err != nil {
				return err
			}
		}
		if err := unix.Mount("none", root+"/dir/sub", "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := os.WriteFile(root+"/dir/sub/value", []byte("false"), 0o644); err != nil {
			return err
		}
		open, err := attr.OpenDir(root, nil)
		if err != nil {
			return err
		}
		defer open.Close()
		for _, name := range covered {
			text, err := attr.Get[string](open.File(name))
			if err != nil {
				return err
			}
			plain = append(plain, text)
			_, refused[name] = attr.Get[string](d.File(name))
			written[name] = attr.Set(d.File(name), "mine")
		}
		for _, name := range []string{"free", "link"} {
			free[name], err = attr.Get[string](d.File(name))
			if err != nil {
				return err
			}
		}
		_, refused["outside"] = d.File("outside").Read()
		_, refused["none"] = d.File("none").Read()
		_, folder = d.OpenDir("dir/sub")
		sub, err := d.OpenDir("dir")
		if err != nil {
			return err
		}
		defer sub.Close()
		if sub.Gone() || d.Gone() {
			return errors.New("they are there")
		}
		_, goneFolder = sub.File("none").Read()
		return nil
	})
	require.NoError(t, kept)
	require.Equal(t, []string{"false", "false", "false"}, plain, "others are fooled")
	for _, name := range append(covered, "outside") {
		require.ErrorIs(t, refused[name], syscall.EXDEV, name)
		require.NotErrorIs(t, refused[name], kernlink.ErrGone, name)
		require.ErrorContains(t, refused[name], "mounted over it", name)
	}
	for _, name := range covered {
		require.ErrorIs(t, written[name], syscall.EXDEV, name)
	}
	require.ErrorIs(t, folder, syscall.EXDEV)
	for _, err := range []error{refused["none"], goneFolder} {
		require.ErrorIs(t, err, os.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
	require.Equal(t, map[string]string{"free": "true", "link": "true"}, free)
}

func TestAGuardedFolderLeadsOverNoMagicLink(t *testing.T) {
	d, err := attr.OpenDir("/proc/self", &attr.Policy{Beneath: true})
	require.NoError(t, err)
	defer d.Close()
	for _, name := range []string{"exe", "root/etc/passwd", "cwd/dir.go"} {
		_, err = d.File(name).Read()
		require.ErrorIs(t, err, syscall.ELOOP, name)
		require.ErrorContains(t, err, "outside", name)
	}
	text, err := d.File("comm").Read()
	require.NoError(t, err)
	require.NotEmpty(t, text)
}
