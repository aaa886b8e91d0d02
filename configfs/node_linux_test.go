// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

func TestWhatCannotBeANameIsRefusedBeforeTheKernelSeesIt(t *testing.T) {
	f := fixture(t)
	d := f.mustMake(t, "disks/a")
	for _, name := range []string{"", ".", "..", "a/b", "/", "a\x00b"} {
		_, err := f.Subsystem(name)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		_, err = d.Create(name)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		_, err = d.Child(name)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		require.ErrorIs(t, d.Link(name, d), fs.ErrInvalid, "%q", name)
		require.ErrorIs(t, d.Unlink(name), fs.ErrInvalid, "%q", name)
	}
	for _, name := range []string{"", ".", "..", "disks/", "/disks", "disks/../disks", "disks//a", "a\x00"} {
		_, err := f.Node(name)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		_, err = f.Export(name)
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		_, err = f.Plan(Item{Path: name})
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
		_, err = attr.Get[int](d.Attr(name))
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
	}
}

func TestANodeIsTheItemAndNotItsName(t *testing.T) {
	f := fixture(t)
	group, err := f.Subsystem("disks")
	require.NoError(t, err)
	defer group.Close()
	old, err := group.Create("a")
	require.NoError(t, err)
	require.Equal(t, []string{"a", "disks/a", f.Root() + "/disks/a"}, []string{old.Name(), old.Path(), old.String()})
	_, err = group.Create("a")
	require.ErrorIs(t, err, fs.ErrExist)

	other, err := group.Child("a")
	require.NoError(t, err)
	require.NoError(t, other.Remove())
	again, err := group.Create("a")
	require.NoError(t, err)
	defer again.Close()

	require.True(t, old.Gone())
	_, err = attr.Get[int](old.Attr("size"))
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = old.Create("b")
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = old.Child("parts")
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, again.Link("l", old), kernlink.ErrGone)
	require.ErrorIs(t, old.Unlink("l"), kernlink.ErrGone)
	_, err = old.Holders()
	require.ErrorIs(t, err, kernlink.ErrGone)
	for _, err := range old.Children() {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
	require.ErrorIs(t, old.Remove(), kernlink.ErrGone, "the other one stays")
	require.False(t, again.Gone())
	require.ErrorIs(t, old.Remove(), fs.ErrClosed, "a handle on what is gone was closed")
}

func TestCloseDetachAndRemoveAreThree(t *testing.T) {
	f := fixture(t)
	make := func(name string) *Node {
		n, err := f.create("disks/" + name)
		require.NoError(t, err)
		return n
	}
	closed := make("closed")
	require.NoError(t, closed.Close())
	require.ErrorIs(t, closed.Close(), fs.ErrClosed)
	require.ErrorIs(t, closed.Remove(), fs.ErrClosed)
	require.ErrorIs(t, closed.RemoveAll(), fs.ErrClosed)

	detached := make("detached")
	detached.Detach()
	require.NoError(t, detached.Remove())
	require.ErrorIs(t, detached.Close(), fs.ErrClosed)
	everything := make("everything")
	everything.Detach()
	require.NoError(t, everything.RemoveAll())
	require.ErrorIs(t, everything.Close(), fs.ErrClosed)

	removed := make("removed")
	require.NoError(t, removed.Remove())
	require.ErrorIs(t, removed.Remove(), fs.ErrClosed)

	var left []string
	group, err := f.Subsystem("disks")
	require.NoError(t, err)
	defer group.Close()
	for n, err := range group.Children() {
		require.NoError(t, err)
		left = append(left, n.Name())
	}
	require.Equal(t, []string{"closed", "detached", "everything"}, left)
}

func TestABorrowedNodeIsClosedByItsLoop(t *testing.T) {
	f := fixture(t)
	f.mustMake(t, "disks/a")
	group, err := f.Subsystem("disks")
	require.NoError(t, err)
	defer group.Close()
	var kept, lent *Node
	for n, err := range group.Children() {
		require.NoError(t, err)
		lent = n
		kept, err = n.Open()
		require.NoError(t, err)
	}
	defer kept.Close()
	_, err = lent.Child("parts")
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = lent.Open()
	require.ErrorIs(t, err, fs.ErrClosed)
	n, err := attr.Get[int](kept.Attr("size"))
	require.NoError(t, err)
	require.Equal(t, 256000, n)
}

func TestLinksAreReadAsPathsBelowTheRoot(t *testing.T) {
	f := fixture(t)
	a, b := f.mustMake(t, "disks/a"), f.mustMake(t, "disks/b")
	require.NoError(t, a.Link("peer", b))
	text, err := os.Readlink(filepath.Join(f.Root(), "disks/a/peer"))
	require.NoError(t, err)
	require.Equal(t, "../../disks/b", text, "the kernel's form")
	require.ErrorIs(t, a.Link("peer", b), fs.ErrExist)
	require.NoError(t, os.Symlink(f.Root()+"/disks/b", filepath.Join(f.Root(), "disks/a/whole")))
	var links []Link
	for l, err := range a.Links() {
		require.NoError(t, err)
		links = append(links, l)
	}
	require.Equal(t, []Link{{"peer", "disks/b"}, {"whole", "disks/b"}}, links)
	holders, err := b.Holders()
	require.NoError(t, err)
	require.Equal(t, []string{"disks/a/peer", "disks/a/whole"}, holders)

	_, err = f.Node("disks/a/peer")
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = f.Node("disks/a/peer/parts")
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = a.Child("peer")
	require.ErrorIs(t, err, fs.ErrInvalid)

	require.ErrorIs(t, a.Unlink("size"), kernlink.ErrNotSupported)
	require.ErrorIs(t, a.Unlink("none"), fs.ErrNotExist)
	require.NoError(t, a.Unlink("peer"))
	require.ErrorIs(t, a.Unlink("peer"), fs.ErrNotExist)
	require.NotErrorIs(t, a.Unlink("peer"), kernlink.ErrGone)

	other := fixture(t)
	require.ErrorIs(t, a.Link("x", other.mustMake(t, "disks/x")), fs.ErrInvalid)
}

func TestWhoHoldsAnItemIsNamed(t *testing.T) {
	f := fixture(t)
	a, b := f.mustMake(t, "disks/a"), f.mustMake(t, "disks/b")
	part := f.mustMake(t, "disks/b/parts/1")
	require.NoError(t, a.Link("peer", b))
	require.NoError(t, a.Link("part", part))

	err := b.Remove()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, syscall.EBUSY)
	busy, ok := errors.AsType[*BusyError](err)
	require.True(t, ok)
	require.Equal(t, []string{"disks/a/part", "disks/a/peer"}, busy.Links)
	require.ErrorContains(t, err, "disks/b: in use: device or resource busy: linked to by disks/a/part, disks/a/peer")
	require.False(t, b.Gone(), "and the handle is open still")

	err = a.Remove()
	require.ErrorIs(t, err, syscall.ENOTEMPTY)
	require.ErrorIs(t, err, kernlink.ErrBusy)
	busy, ok = errors.AsType[*BusyError](err)
	require.True(t, ok)
	require.Equal(t, []string{"disks/a/part", "disks/a/parts", "disks/a/peer"}, busy.Inside)

	parts, err := a.Child("parts")
	require.NoError(t, err)
	defer parts.Close()
	require.ErrorIs(t, parts.Remove(), kernlink.ErrNotSupported)
	group, err := f.Subsystem("disks")
	require.NoError(t, err)
	defer group.Close()
	err = group.Remove()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "goes with its module")
}

func TestRemoveAllRemovesInTheRightOrderAndNoMore(t *testing.T) {
	f := fixture(t)
	a, b := f.mustMake(t, "disks/a"), f.mustMake(t, "disks/b")
	p1, p2 := f.mustMake(t, "disks/b/parts/1"), f.mustMake(t, "disks/b/parts/2")
	require.NoError(t, a.Link("peer", b))
	require.NoError(t, a.Link("part", p1))
	require.NoError(t, b.Link("own", a))
	require.NoError(t, p1.Link("within", p2))
	require.NoError(t, attr.Set(b.Attr("power"), "1"))
	require.NoError(t, b.RemoveAll(Attr{"power", false}))
	require.Equal(t, []string{
		"disks/a/", "disks/a/label=", "disks/a/memory_backed=N", "disks/a/mode=[none] fast",
		"disks/a/parts/", "disks/a/power=0", "disks/a/size=256000",
	}, f.tree(t)[1:])
	require.ErrorIs(t, b.Close(), fs.ErrClosed)
	require.True(t, p1.Gone())
}

func TestRemoveAllSaysWhatIsLeft(t *testing.T) {
	f := fixture(t)
	b := f.mustMake(t, "disks/b")
	f.mustMake(t, "disks/b/parts/1")
	// What no configfs has, and no rmdir removes.
	require.NoError(t, os.Mkdir(filepath.Join(f.Root(), "disks/b/parts/1/x"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(f.Root(), "disks/b/parts/1/x/y"), 0o555))
	require.NoError(t, syscall.Mkfifo(filepath.Join(f.Root(), "disks/b/parts/1/x/y/fifo"), 0o600))

	err := b.RemoveAll(Attr{"no_such", 1})
	require.ErrorIs(t, err, fs.ErrNotExist, "it is not switched off, so nothing is removed")
	_, ok := errors.AsType[*RemoveError](err)
	require.False(t, ok)

	err = b.RemoveAll()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	left, ok := errors.AsType[*RemoveError](err)
	require.True(t, ok)
	require.Empty(t, left.Removed)
	require.Len(t, left.Left, 4)
	require.ErrorContains(t, left.Left[0], "disks/b/parts/1/x/y")
	require.ErrorContains(t, left.Left[3], "disks/b: ")
	require.ErrorContains(t, err, "0 removed, 4 left: ")
	require.False(t, b.Gone())
}

func TestASubsystemThatIsNotThereNamesItsModule(t *testing.T) {
	f := fixture(t)
	for name, want := range map[string]string{
		"nullb": "modprobe null_blk", "usb_gadget": "modprobe libcomposite", "mine": "modprobe mine",
	} {
		_, err := f.Subsystem(name)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, want)
		_, err = f.Plan(Item{Path: name + "/x"})
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, want)
	}
	var all []string
	for name, err := range f.Subsystems() {
		require.NoError(t, err)
		all = append(all, name)
	}
	require.Equal(t, []string{"disks"}, all)
}

func TestWhereNoConfigfsIsMountedTheCommandIsNamed(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		_, err := openUsual(dir, nil)
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorIs(t, err, errors.ErrUnsupported)
		require.ErrorContains(t, err, "mount -t configfs none /sys/kernel/config")
	}
	_, err := OpenAt(filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	f := fixture(t)
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	for _, do := range []func() error{
		func() error { _, err := f.Subsystem("disks"); return err },
		func() error { _, err := f.Plan(Item{Path: "disks/a"}); return err },
		func() error { _, err := f.Export("disks"); return err },
		func() error {
			for _, err := range f.Subsystems() {
				return err
			}
			return nil
		},
	} {
		require.ErrorIs(t, do(), fs.ErrClosed)
	}
}
