// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

//kerneltest:need modules=gpio_pwm

// mkdir makes items, which are removed in reverse when the test ends.
func mkdir(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		require.NoError(t, os.Mkdir(path, 0o755), path)
		t.Cleanup(func() {
			if err := unix.Rmdir(path); err != nil && err != unix.ENOENT {
				t.Error(path, err)
			}
		})
	}
}

// What the manual of the module says to try.
func TestConfigfsExByHand(t *testing.T) {
	kerneltest.Load(t, "configfs_ex", nil)
	ex := openConfig(t).Root() + "/configfs_ex/"
	mkdir(t, ex+"a", ex+"a/b", ex+"a/set0/leaf", ex+"c")
	require.Equal(t, "4\n", cat(t, "/sys/module/configfs_ex/parameters/nodes"))
	echo(t, "45", ex+"a/number")
	echo(t, "1", ex+"a/enable")
	require.ErrorIs(t, put(ex+"a/number", "46"), syscall.EBUSY)
	require.ErrorIs(t, put(ex+"a/picky", "46"), syscall.EINVAL)
	require.ErrorIs(t, put(ex+"a/guarded", "46"), syscall.EACCES)
	require.Equal(t, "45\n", cat(t, ex+"a/number"))
	echo(t, "0", ex+"a/enable")
	echo(t, "46", ex+"a/number")

	require.NoError(t, os.Symlink(ex+"c", ex+"a/to_c"))
	require.Equal(t, "1\n", cat(t, ex+"a/readonly"))
	require.ErrorIs(t, unix.Rmdir(ex+"c"), syscall.EBUSY)
	require.ErrorIs(t, os.Symlink(ex+"a/set0/leaf", ex+"a/x"), syscall.EINVAL)
	require.ErrorIs(t, os.Symlink(ex+"a", ex+"a/x"), syscall.EINVAL)
	require.NoError(t, os.Remove(ex+"a/to_c"))
	require.Equal(t, "0\n", cat(t, ex+"a/readonly"))
	require.NoError(t, unix.Rmdir(ex+"c"))
	require.ErrorIs(t, unix.Rmdir(ex+"a"), syscall.ENOTEMPTY)
	require.ErrorIs(t, unix.Rmdir(ex+"a/set0"), syscall.EPERM)
	require.ErrorIs(t, unix.Mkdir(ex+"a/set0/leaf/x", 0o755), syscall.EPERM)
	require.ErrorIs(t, unix.Mkdir(ex+"-x", 0o755), syscall.EINVAL)
}

func TestConfigfsExHasAttributesOfEveryKind(t *testing.T) {
	kerneltest.Load(t, "configfs_ex", nil)
	ex := openConfig(t).Root() + "/configfs_ex/"
	mkdir(t, ex+"a")
	for _, c := range []struct {
		name, text string
		want       error
		after      string
	}{
		{"text", "a\n", nil, "a\n"},
		{"text", strings.Repeat("x", 4095), nil, strings.Repeat("x", 4095)},
		{"number", "x", syscall.EINVAL, "0\n"},
		{"enable", "2", syscall.EINVAL, "0\n"},
		{"udc", "dummy\n", nil, "dummy\n"},
		{"udc", "other\n", syscall.EBUSY, "dummy\n"},
		{"udc", strings.Repeat("x", 64), syscall.EINVAL, "dummy\n"},
		{"udc", "\n", nil, "\n"},
		{"udc", "other", nil, "other\n"},
		{"pinned", "1", nil, "1\n"},
		{"pinned", "1", nil, "1\n"},
		{"pinned", "0", nil, "0\n"},
		{"errno", "134", syscall.EINVAL, "0\n"},
		{"errno", "-1", syscall.EINVAL, "0\n"},
		{"trouble", "x", nil, "fine\n"},
		{"stubborn", "7", syscall.EINVAL, "7\n"},
	} {
		require.ErrorIs(t, put(ex+"a/"+c.name, c.text), c.want, "%s %.20q", c.name, c.text)
		require.Equal(t, c.after, cat(t, ex+"a/"+c.name), "%s %.20q", c.name, c.text)
	}
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOENT, 133} {
		echo(t, strconv.Itoa(int(errno)), ex+"a/errno")
		require.ErrorIs(t, catError(t, ex+"a/trouble"), errno)
		require.ErrorIs(t, put(ex+"a/trouble", "x"), errno)
	}
	require.ErrorIs(t, put(ex+"a/readonly", "1"), fs.ErrPermission)
	require.ErrorIs(t, catError(t, ex+"a/writeonly"), fs.ErrPermission)
	echo(t, "anything", ex+"a/writeonly")
}

func TestConfigfsExHasAsManyDefaultGroupsAsItIsTold(t *testing.T) {
	for _, sets := range []string{"0", "8"} {
		t.Run(sets, func(t *testing.T) {
			kerneltest.Load(t, "configfs_ex", "sets="+sets)
			ex := openConfig(t).Root() + "/configfs_ex/"
			mkdir(t, ex+"a")
			all, err := os.ReadDir(ex + "a")
			require.NoError(t, err)
			n := 0
			for _, e := range all {
				if e.IsDir() {
					n++
				}
			}
			require.Equal(t, sets, strconv.Itoa(n))
		})
	}
	_, err := kmod.Insert(t.Context(), kerneltest.ModulePath("configfs_ex"), "sets=9")
	require.Error(t, err)
}

// The article's session, as a shell has it.
func TestGpioPwmByHand(t *testing.T) {
	kerneltest.Load(t, "gpio_pwm", nil)
	pins := openConfig(t).Root() + "/gpio_pwm/"
	mkdir(t, pins+"123")
	const dev = "/sys/class/pwm/gpio_pwm:123/"
	require.ErrorIs(t, put(dev+"run", "1"), syscall.ENXIO)
	echo(t, "1", dev+"export")
	require.ErrorIs(t, put(dev+"export", "1"), syscall.EBUSY)
	echo(t, "10000000", dev+"period_ns")
	echo(t, "5000000", dev+"duty_ns")
	require.ErrorIs(t, put(dev+"period_ns", "1000000"), syscall.EINVAL)
	echo(t, "1", dev+"run")
	for edges := 0; edges < 20; {
		_, err := fmt.Sscan(cat(t, dev+"edges"), &edges)
		require.NoError(t, err)
	}
	echo(t, "0", dev+"run")
	require.Equal(t, "0\n", cat(t, dev+"level"))
	echo(t, "1", dev+"unexport")
	require.Equal(t, "0\n", cat(t, dev+"duty_ns"))
	require.ErrorIs(t, unix.Mkdir(pins+"123", 0o755), syscall.EEXIST)
	for _, name := range []string{"1024", "007", "x", "-1"} {
		require.ErrorIs(t, unix.Mkdir(pins+name, 0o755), syscall.EINVAL, name)
	}
	require.NoError(t, unix.Rmdir(pins+"123"))
	_, err := os.Stat(dev)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// An item holds its module, so a storm takes its items with it, and only one
// makes some: the unload waits for a moment without any.
func TestConfigfsExUnloadsInAStorm(t *testing.T) {
	kerneltest.Load(t, "configfs", nil)
	ex := openConfig(t).Root() + "/configfs_ex/"
	uses := func(a string) []func(i int) error {
		return []func(i int) error{
			func(i int) error { return put(a+"/number", fmt.Sprint(i)) },
			func(i int) error { return put(a+"/blob", strings.Repeat("x", i%16384+1)) },
			func(int) error { return read(a + "/blob") },
			func(int) error { return item(a+"/set1/x", func() error { return read(a + "/set1/x/text") }) },
			func(int) error { return item(a+"/b", func() error { return link(a+"/b", a+"/l") }) },
		}
	}
	use := func(a string) func(i int) error {
		all := uses(a)
		return func(i int) error { return item(a, func() error { return all[i%len(all)](i) }) }
	}
	storm(t, "configfs_ex", "sets=2", 8, use(ex+"a"),
		func(int) error { return read(ex + "a/text") },
		func(int) error { _, err := os.ReadDir(ex); return err },
	)
}

func TestGpioPwmUnloadsInAStorm(t *testing.T) {
	kerneltest.Load(t, "configfs", nil)
	pins := openConfig(t).Root() + "/gpio_pwm/"
	run := func(pin int) func(int) error {
		path, dev := pins+strconv.Itoa(pin), fmt.Sprintf("/sys/class/pwm/gpio_pwm:%d/", pin)
		return func(i int) error {
			return item(path, func() error {
				for _, c := range []struct{ name, text string }{
					{"export", "1"}, {"period_ns", "1000000"}, {"duty_ns", fmt.Sprint(i % 1000 * 1000)}, {"run", "1"},
				} {
					if err := put(dev+c.name, c.text); err != nil {
						return err
					}
				}
				return read(dev + "edges")
			})
		}
	}
	storm(t, "gpio_pwm", nil, 8, run(1),
		func(int) error { return read("/sys/class/pwm/gpio_pwm:1/level") },
		func(int) error { return put("/sys/class/pwm/gpio_pwm:1/unexport", "1") },
	)
}

// item makes an item, uses it, and removes it.
func item(path string, use func() error) error {
	if err := unix.Mkdir(path, 0o755); err != nil {
		return err
	}
	err := use()
	if removed := unix.Rmdir(path); err == nil {
		err = removed
	}
	return err
}

func link(target, path string) error {
	if err := unix.Symlink(target, path); err != nil {
		return err
	}
	return unix.Unlink(path)
}
