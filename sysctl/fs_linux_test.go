// SPDX-License-Identifier: Apache-2.0

package sysctl

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

func TestKeysAreFoundByTheirComponentsAndByTheirNames(t *testing.T) {
	f, root := fixture(t, map[string]string{"net/ipv4/conf/eth0.100/forwarding": "1\n", "vm/swappiness": "60\n"})
	require.Equal(t, root, f.Root())
	for _, key := range []attr.File{
		f.Key("net", "ipv4", "conf", "eth0.100", "forwarding"), f.Dotted("net.ipv4.conf.eth0/100.forwarding"),
		f.Dotted("net/ipv4/conf/eth0.100/forwarding"), f.Attr("/net/ipv4/conf/eth0.100/forwarding"),
	} {
		on, err := attr.Get[bool](key)
		require.NoError(t, err)
		require.True(t, on)
	}
	var both struct {
		Forwarding bool `attr:"net.ipv4.conf.eth0/100.forwarding"`
		Swappiness int  `attr:"vm.swappiness"`
		None       *int `attr:"vm.none"`
	}
	require.NoError(t, attr.Load(f, &both))
	require.True(t, both.Forwarding)
	require.Equal(t, 60, both.Swappiness)
	require.Nil(t, both.None)
}

func TestWhatIsNoKeyIsRefusedWhenItIsUsed(t *testing.T) {
	f, _ := fixture(t, map[string]string{"vm/swappiness": "60\n"})
	for _, key := range []attr.File{
		f.Key(), f.Key(""), f.Key("vm", ".."), f.Key("vm/swappiness"), f.Key("vm", "swap\x00"), f.Key("vm", "", "swappiness"),
		f.Dotted(""), f.Dotted("vm..swappiness"), f.Dotted("../vm"),
	} {
		_, err := attr.Get[int](key)
		require.ErrorIs(t, err, fs.ErrInvalid, key.Path())
		require.ErrorIs(t, attr.Set(key, 1), fs.ErrInvalid, key.Path())
	}
	for _, components := range [][]string{nil, {".."}, {"vm/x"}} {
		_, err := f.Dir(components...)
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
	for _, err := range f.All("..") {
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
	_, err := f.Dir("vm", "swappiness")
	require.ErrorIs(t, err, syscall.ENOTDIR)
}

// found are the names of what All yields, and its errors.
func found(f *FS, components ...string) (names []string, errs []error) {
	for key, err := range f.All(components...) {
		if err != nil {
			errs = append(errs, err)
			names = append(names, "error")
			continue
		}
		names = append(names, key.Name)
	}
	return names, errs
}

func TestAllGoesThroughEveryFolder(t *testing.T) {
	f, _ := fixture(t, map[string]string{
		"vm/swappiness": "", "net/ipv4/conf/eth0.100/x": "", "net/ipv4/b": "", "net/core/a": "", "top": "",
	})
	names, errs := found(f)
	require.Empty(t, errs)
	require.Equal(t, []string{"net.core.a", "net.ipv4.b", "net.ipv4.conf.eth0/100.x", "top", "vm.swappiness"}, names)
	names, errs = found(f, "net", "ipv4")
	require.Empty(t, errs)
	require.Equal(t, []string{"net.ipv4.b", "net.ipv4.conf.eth0/100.x"}, names)
	_, errs = found(f, "none")
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], fs.ErrNotExist)
	for key, err := range f.All() {
		require.NoError(t, err)
		require.Equal(t, "net.core.a", key.Name)
		require.Equal(t, "a", key.File.Name())
		break
	}
}

// One folder that cannot be listed keeps nothing else from being found.
func TestAFolderThatCannotBeListedIsAnErrorBetweenKeys(t *testing.T) {
	f, root := fixture(t, map[string]string{"a/x": "", "b/x": "", "c/x": ""})
	require.NoError(t, os.Remove(filepath.Join(root, "b/x")))
	var names []string
	for key, err := range f.All() {
		if err != nil {
			names = append(names, "error")
			continue
		}
		if names = append(names, key.Name); key.Name == "a.x" {
			// A file in place of the folder that was listed a moment ago.
			require.NoError(t, os.Remove(filepath.Join(root, "b")))
			require.NoError(t, os.WriteFile(filepath.Join(root, "b"), nil, 0o644))
		}
	}
	require.Equal(t, []string{"a.x", "error", "c.x"}, names)
}

func TestWhatWentMeanwhileIsNoErrorOfALoop(t *testing.T) {
	f, root := fixture(t, map[string]string{"a/x": "", "b/x": "", "c/x": ""})
	var names []string
	for key, err := range f.All() {
		require.NoError(t, err)
		if names = append(names, key.Name); key.Name == "a.x" {
			require.NoError(t, os.RemoveAll(filepath.Join(root, "b")))
		}
	}
	require.Equal(t, []string{"a.x", "c.x"}, names)
}

func TestNothingOpensAfterClose(t *testing.T) {
	f, _ := fixture(t, map[string]string{"vm/swappiness": "60\n"})
	key := f.Key("vm", "swappiness")
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	_, err := attr.Get[int](key)
	require.ErrorIs(t, err, fs.ErrClosed)
	_, errs := found(f)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], fs.ErrClosed)
	results, err := f.Apply(t.Context(), parse(t, "vm.swappiness = 1", "vm.* = 2", "-vm.* = 2"))
	require.ErrorIs(t, err, fs.ErrClosed)
	require.Len(t, results, 2)
}

func TestWhatIsNotThereIsNotOpened(t *testing.T) {
	_, err := OpenAt(filepath.Join(t.TempDir(), "none"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = OpenAt(t.TempDir(), &Options{NetNS: "/none"})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "/none")
	e := notMounted("/proc/sys", syscall.ENOENT)
	require.ErrorIs(t, e, kernlink.ErrNotSupported)
	require.ErrorIs(t, e, fs.ErrNotExist)

	f, _ := fixture(t, nil)
	require.ErrorIs(t, f.check(), errors.ErrUnsupported, "an ordinary folder is no /proc/sys")
	ctl, err := Open(nil)
	require.NoError(t, err)
	require.Equal(t, "/proc/sys", ctl.Root())
	require.NoError(t, ctl.Close())
}
