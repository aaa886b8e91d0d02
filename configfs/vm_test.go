// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

//kerneltest:need modules=../kmod/reference/configfs_ex,../kmod/reference/gpio_pwm kmods=configfs

func TestMain(m *testing.M) {
	kerneltest.Main(m, "Example_pwm", "ExampleFS_Plan", "ExamplePlan_Apply", "ExampleFS_Export")
}

const mountPoint = "/sys/kernel/config"

// open opens configfs with a module of its loaded. Both are gone when the test
// ends: configfs itself is a module.
func open(t testing.TB, module string, params any) *configfs.FS {
	t.Helper()
	kerneltest.Load(t, module, params)
	return mount(t)
}

func mount(t testing.TB) *configfs.FS {
	t.Helper()
	f, err := configfs.Open(&configfs.Options{Mount: true})
	require.NoError(t, err)
	t.Cleanup(func() {
		f.Close()
		require.NoError(t, unix.Unmount(mountPoint, 0))
	})
	return f
}

// ex is configfs with configfs_ex, and its subsystem.
func ex(t testing.TB, params string) (*configfs.FS, *configfs.Node) {
	t.Helper()
	f := open(t, "configfs_ex", params)
	return f, subsystem(t, f, "configfs_ex")
}

func subsystem(t testing.TB, f *configfs.FS, name string) *configfs.Node {
	t.Helper()
	n, err := f.Subsystem(name)
	require.NoError(t, err)
	t.Cleanup(func() { n.Close() })
	return n
}

// create makes an item that is removed, with all that holds it, when the test
// ends.
func create(t testing.TB, in *configfs.Node, name string) *configfs.Node {
	t.Helper()
	n, err := in.Create(name)
	require.NoError(t, err)
	t.Cleanup(func() {
		if again, err := in.Child(name); err == nil {
			if err := again.RemoveAll(); err != nil {
				t.Errorf("%v stays: %v", n, err)
				again.Close()
			}
		}
		n.Close()
	})
	return n
}

func child(t testing.TB, n *configfs.Node, name string) *configfs.Node {
	t.Helper()
	c, err := n.Child(name)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func get(t testing.TB, f attr.File) string {
	t.Helper()
	s, err := attr.Get[string](f)
	require.NoError(t, err)
	return s
}

func raw(t testing.TB, f attr.File) string {
	t.Helper()
	b, err := f.Read()
	require.NoError(t, err)
	return string(b)
}

// nodes is how many nodes and leaves of configfs_ex are in memory.
func nodes(t testing.TB) int {
	t.Helper()
	m, err := kmod.Find("configfs_ex")
	require.NoError(t, err)
	n, err := attr.Get[int](m.Param("nodes"))
	require.NoError(t, err)
	return n
}

func TestWithoutTheModuleOrTheMountTheCommandIsNamed(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	_, err := kmod.Find("configfs")
	builtin := err != nil && hasConfigfs(t)
	if !builtin {
		for _, o := range []*configfs.Options{nil, {Mount: true}} {
			_, err := configfs.Open(o)
			require.ErrorIs(t, err, kernlink.ErrNotSupported)
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.ErrorContains(t, err, "modprobe configfs && mount -t configfs none /sys/kernel/config")
		}
	}
	kerneltest.Load(t, "configfs_ex", nil)
	_, err = configfs.Open(nil)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "mount -t configfs none /sys/kernel/config")
	require.NotContains(t, err.Error(), "modprobe")

	f := mount(t)
	again, err := configfs.Open(&configfs.Options{Mount: true})
	require.NoError(t, err, "it is mounted already")
	require.NoError(t, again.Close())
	_, err = f.Subsystem("nullb")
	require.ErrorContains(t, err, "modprobe null_blk")
	var all []string
	for name, err := range f.Subsystems() {
		require.NoError(t, err)
		all = append(all, name)
	}
	require.Contains(t, all, "configfs_ex")
}

func hasConfigfs(t *testing.T) bool {
	text, err := os.ReadFile("/proc/filesystems")
	require.NoError(t, err)
	return strings.Contains(string(text), "\tconfigfs\n")
}

func TestWhatAnItemComesWithAndWhatIsMadeInIt(t *testing.T) {
	_, group := ex(t, "sets=3")
	a := create(t, group, "a")
	require.Equal(t, "configfs_ex/a", a.Path())
	require.Equal(t, mountPoint+"/configfs_ex/a", a.ConfigPath())
	create(t, a, "b")
	leaf := create(t, child(t, a, "set1"), "leaf")
	var below, attrs []string
	for n, err := range a.Children() {
		require.NoError(t, err)
		below = append(below, n.Name())
	}
	require.Equal(t, []string{"b", "set0", "set1", "set2"}, below)
	for f, err := range leaf.Attrs() {
		require.NoError(t, err)
		attrs = append(attrs, f.Path())
	}
	require.Equal(t, []string{mountPoint + "/configfs_ex/a/set1/leaf/text"}, attrs)
	require.Equal(t, 3, nodes(t))
	require.NoError(t, leaf.Remove())
	require.Equal(t, 2, nodes(t))
}

// errnos are what the kernel says where nothing can be made, and what becomes
// of them.
func TestWhatCannotBeMadeSaysWhy(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	leaf := create(t, child(t, a, "set0"), "leaf")

	_, err := group.Create("a")
	require.ErrorIs(t, err, unix.EEXIST)
	_, err = a.Create("set0")
	require.ErrorIs(t, err, unix.EEXIST)
	_, err = group.Create("-bad")
	require.ErrorIs(t, err, unix.EINVAL)
	require.ErrorContains(t, err, "log may say why")
	_, err = leaf.Create("x")
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorIs(t, err, unix.EPERM)
	require.ErrorContains(t, err, "nothing can be made there")
	_, err = group.Create(strings.Repeat("n", 256))
	require.ErrorIs(t, err, unix.ENAMETOOLONG)
	_, err = a.Child("none")
	require.ErrorIs(t, err, unix.ENOENT)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	_, err = a.Child("text")
	require.ErrorIs(t, err, unix.ENOTDIR)
}

func TestLinksOfARealConfigfs(t *testing.T) {
	f, group := ex(t, "")
	a, b := create(t, group, "a"), create(t, group, "b")
	c := create(t, b, "c")
	set, leaf := child(t, a, "set0"), create(t, child(t, a, "set0"), "leaf")

	require.NoError(t, a.Link("peer", b))
	require.NoError(t, a.Link("below", c))
	text, err := os.Readlink(a.ConfigPath() + "/below")
	require.NoError(t, err)
	require.Equal(t, "../../configfs_ex/b/c", text, "the kernel rewrites it")
	var links []configfs.Link
	for l, err := range a.Links() {
		require.NoError(t, err)
		links = append(links, l)
	}
	require.Equal(t, []configfs.Link{{"below", "configfs_ex/b/c"}, {"peer", "configfs_ex/b"}}, links)
	require.Equal(t, "2", get(t, a.Attr("readonly")), "the driver knows of them")

	require.ErrorIs(t, a.Link("peer", c), unix.EEXIST)
	for _, wrong := range []*configfs.Node{leaf, group, set, a} {
		err := a.Link("x", wrong)
		require.ErrorIs(t, err, unix.EINVAL, wrong.Path())
		require.ErrorContains(t, err, "another kind")
	}
	for _, none := range []*configfs.Node{set, leaf, group} {
		err := none.Link("x", a)
		require.ErrorIs(t, err, kernlink.ErrNotSupported, none.Path())
		require.ErrorIs(t, err, unix.EPERM)
	}
	// What the kernel says to a path that leads elsewhere, or from nowhere.
	require.ErrorIs(t, unix.Symlink("/tmp", a.ConfigPath()+"/x"), unix.EPERM)
	require.ErrorIs(t, unix.Symlink("../b", a.ConfigPath()+"/x"), unix.ENOENT, "it is relative to nothing but the process")
	require.ErrorIs(t, unix.Symlink(mountPoint+"/configfs_ex/none", a.ConfigPath()+"/x"), unix.ENOENT)

	require.ErrorIs(t, a.Unlink("text"), kernlink.ErrNotSupported)
	require.ErrorIs(t, unix.Unlink(a.ConfigPath()+"/text"), unix.EPERM)
	require.NoError(t, a.Unlink("below"))
	other := child(t, b, "c")
	require.NoError(t, c.Remove())
	require.ErrorIs(t, a.Link("x", c), fs.ErrClosed)
	require.ErrorIs(t, a.Link("x", other), kernlink.ErrGone)
	holders, err := b.Holders()
	require.NoError(t, err)
	require.Equal(t, []string{"configfs_ex/a/peer"}, holders)
	_, err = f.Node("configfs_ex/a/peer/text")
	require.Error(t, err)
}

// rmdir has four ways to say no.
func TestWhatCannotBeRemovedSaysWhoHoldsIt(t *testing.T) {
	_, group := ex(t, "")
	a, b := create(t, group, "a"), create(t, group, "b")
	set := child(t, a, "set0")

	err := group.Remove()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorIs(t, err, unix.EPERM)
	require.ErrorContains(t, err, "goes with its module")
	err = set.Remove()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "default group")

	require.NoError(t, a.Link("peer", b))
	err = b.Remove()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, unix.EBUSY)
	busy, ok := errors.AsType[*configfs.BusyError](err)
	require.True(t, ok)
	require.Equal(t, []string{"configfs_ex/a/peer"}, busy.Links)
	require.ErrorContains(t, err, "linked to by configfs_ex/a/peer")

	leaf := create(t, set, "leaf")
	err = a.Remove()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, unix.ENOTEMPTY)
	busy, ok = errors.AsType[*configfs.BusyError](err)
	require.True(t, ok)
	require.Equal(t, []string{"configfs_ex/a/peer", "configfs_ex/a/set0/leaf"}, busy.Inside)
	require.NoError(t, leaf.Remove())
	require.NoError(t, a.Unlink("peer"))

	// The kernel itself depends on it.
	require.NoError(t, attr.Set(b.Attr("pinned"), 1))
	err = b.Remove()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, unix.EBUSY)
	require.ErrorContains(t, err, "the kernel itself depends on it")
	busy, ok = errors.AsType[*configfs.BusyError](err)
	require.True(t, ok)
	require.Empty(t, busy.Links)
	require.NoError(t, attr.Set(b.Attr("pinned"), 0))
	require.NoError(t, b.Remove())
	require.NoError(t, a.Remove(), "its default group goes with it")
	require.Zero(t, nodes(t))
}

// os.RemoveAll takes the children away and then stumbles over the link.
func TestRemoveAllOfWhatIsLinkedAndFull(t *testing.T) {
	_, group := ex(t, "sets=2")
	a, b := create(t, group, "a"), create(t, group, "b")
	c := create(t, b, "c")
	d := create(t, c, "d")
	create(t, child(t, d, "set1"), "leaf")
	require.NoError(t, a.Link("to_b", b))
	require.NoError(t, a.Link("to_d", d))
	require.NoError(t, d.Link("to_c", c))
	require.NoError(t, b.Link("to_a", a))
	require.NoError(t, attr.Set(d.Attr("pinned"), 1))

	err := b.RemoveAll(configfs.Attr{Name: "enable", Value: false})
	require.ErrorIs(t, err, kernlink.ErrBusy)
	left, ok := errors.AsType[*configfs.RemoveError](err)
	require.True(t, ok)
	require.Equal(t, []string{
		"configfs_ex/a/to_b", "configfs_ex/a/to_d", "configfs_ex/b/c/d/to_c", "configfs_ex/b/to_a",
		"configfs_ex/b/c/d/set1/leaf",
	}, left.Removed)
	require.Len(t, left.Left, 3)
	for i, at := range []string{"configfs_ex/b/c/d: ", "configfs_ex/b/c: ", "configfs_ex/b: "} {
		require.ErrorContains(t, left.Left[i], mountPoint+"/"+at)
	}
	require.ErrorContains(t, left.Left[0], "the kernel itself depends on it")

	require.NoError(t, b.RemoveAll(configfs.Attr{Name: "c/d/pinned", Value: false}))
	require.Equal(t, 1, nodes(t))
	require.False(t, a.Gone())
}

func TestAnItemThatWasRemovedIsGoneAlthoughAnotherCame(t *testing.T) {
	_, group := ex(t, "")
	old := create(t, group, "a")
	value := attr.Of[int](old.Attr("number"))
	defer value.Close()
	_, err := value.Get()
	require.NoError(t, err)
	other := child(t, group, "a")
	require.NoError(t, other.Remove())
	again := create(t, group, "a")

	require.True(t, old.Gone())
	for _, do := range []func() error{
		func() error { _, err := value.Get(); return err },
		func() error { return value.Set(1) },
		func() error { _, err := old.Create("b"); return err },
		func() error { _, err := old.Child("set0"); return err },
		func() error { _, err := old.Binary("blob").Read(); return err },
		func() error { return old.Binary("blob").Write([]byte("x")) },
		func() error { return old.Link("l", again) },
		func() error { return again.Link("l", old) },
		func() error { return old.Unlink("l") },
		func() error { return old.Remove() }, // at last, since it closes the handle
	} {
		require.ErrorIs(t, do(), kernlink.ErrGone)
	}
	require.False(t, again.Gone(), "and was not removed in place of the other")
}

// An item holds its module, and a handle does not.
func TestAHandleKeepsNeitherItemNorModule(t *testing.T) {
	f := open(t, "configfs", nil) // an open handle does hold the mount
	var kept []*configfs.Node
	var value *attr.Value[string]
	t.Run("while it is loaded", func(t *testing.T) {
		kerneltest.Load(t, "configfs_ex", nil)
		group := subsystem(t, f, "configfs_ex")
		a, err := group.Create("a")
		require.NoError(t, err)
		again, err := f.Node("configfs_ex/a")
		require.NoError(t, err)
		kept = append(kept, again)
		value = attr.Of[string](again.Attr("text"))
		require.NoError(t, value.Set("x"))
		s, err := value.Get()
		require.NoError(t, err)
		require.Equal(t, "x", s)
		m, err := kmod.Find("configfs_ex")
		require.NoError(t, err)
		status, err := m.Status()
		require.NoError(t, err)
		require.Equal(t, 2, status.RefCount, "the item's and the subsystem's for it, and none of the value's")
		fd, err := a.Attr("text").Open()
		require.NoError(t, err)
		status, err = m.Status()
		require.NoError(t, err)
		require.Equal(t, 3, status.RefCount, "what is open does hold it")
		require.NoError(t, unix.Close(fd))
		require.NoError(t, a.Remove())
	})
	defer value.Close()
	_, err := value.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	for _, n := range kept {
		require.True(t, n.Gone())
		require.NoError(t, n.Close())
	}
	_, err = kmod.Find("configfs_ex")
	require.ErrorIs(t, err, fs.ErrNotExist)
}
