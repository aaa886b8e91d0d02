// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/internal/sys"
)

func newCache(t *testing.T) *cache.Cache {
	t.Helper()
	t.Setenv("KERNLINK_CACHE", t.TempDir())
	c, err := cache.Open(nil)
	require.NoError(t, err)
	return c
}

// made are the entries of a folder of the cache.
func made(t *testing.T, c *cache.Cache, kind string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.Dir(), kind, "*"))
	require.NoError(t, err)
	return files
}

func lane(packages ...string) Root {
	return Root{Name: "lane-test", Suites: []string{"test"}, Packages: packages}
}

func TestRootHoldsThePackagesAndWhatTheyDependOn(t *testing.T) {
	a, c := newArchive(t), newCache(t)
	a.add(t, "kernel", "1", "tools (>= 2)", map[string]string{"boot/vmlinuz": "image", "usr/share/doc/kernel/copyright": "long"})
	a.add(t, "tools", "2", "", map[string]string{"usr/bin/make": "make", "usr/share/man/man1/make.1": "long"})
	a.add(t, "unrelated", "1", "", map[string]string{"usr/bin/other": ""})
	dir, err := lane("kernel").from(t.Context(), a.apt(t), c, nil)
	require.NoError(t, err)
	for file, want := range map[string]string{"boot/vmlinuz": "image", "usr/bin/make": "make"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
	require.NoFileExists(t, filepath.Join(dir, "usr/bin/other"))
	require.NoDirExists(t, filepath.Join(dir, "usr/share/doc/kernel"))
	require.NoDirExists(t, filepath.Join(dir, "usr/share/man/man1"))
	require.Empty(t, made(t, c, "tmp"))
}

func TestRootIsUnpackedOncePerVersion(t *testing.T) {
	a, c := newArchive(t), newCache(t)
	a.add(t, "kernel", "1", "", map[string]string{"boot/vmlinuz": "one"})
	first, err := lane("kernel").from(t.Context(), a.apt(t), c, nil)
	require.NoError(t, err)
	unfetchable := a.apt(t)
	require.NoError(t, os.RemoveAll(filepath.Join(a.dir, "pool")))
	again, err := lane("kernel").from(t.Context(), unfetchable, c, nil)
	require.NoError(t, err, "nothing is fetched again")
	require.Equal(t, first, again)

	a.add(t, "kernel", "2", "", map[string]string{"boot/vmlinuz": "two"})
	second, err := lane("kernel").from(t.Context(), a.apt(t), c, nil)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	text, err := os.ReadFile(filepath.Join(second, "boot/vmlinuz"))
	require.NoError(t, err)
	require.Equal(t, "two", string(text))
	require.FileExists(t, filepath.Join(first, "boot/vmlinuz"), "another run may be using it")
}

func TestPreparedRootNeedsNoArchive(t *testing.T) {
	c := newCache(t)
	if err := requireApt(); err != nil {
		t.Skip(err)
	}
	t.Setenv("KERNLINK_MIRROR", "file:/nonexistent/debian")
	r := lane("kernel")
	dir, err := c.Make(t.Context(), "roots/"+r.key()+".0", func(string) error { return nil })
	require.NoError(t, err)
	link := filepath.Join(c.Dir(), "roots", r.key())
	require.NoError(t, point(link, dir))
	require.NoError(t, point(link, dir), "again, over the link that is there")
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(dir, old, old))
	got, err := r.Ensure(t.Context(), c, nil, false)
	require.NoError(t, err)
	require.Equal(t, dir, got)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Greater(t, info.ModTime(), old, "marked as in use")

	_, err = r.Ensure(t.Context(), c, nil, true)
	require.ErrorContains(t, err, "cannot be reached", "an update asks the archive")
	require.DirExists(t, dir)

	require.NoError(t, os.Remove(dir))
	_, err = r.Ensure(t.Context(), c, nil, false)
	require.ErrorContains(t, err, "cannot be reached", "a root that was pruned is made again")
}

func TestInterruptedUnpackingLeavesNothing(t *testing.T) {
	a, c := newArchive(t), newCache(t)
	a.add(t, "kernel", "1", "", map[string]string{"boot/vmlinuz": "image"})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped by hand")
	r := lane("kernel")
	r.Finish = func(ctx context.Context, dir string) error {
		require.FileExists(t, filepath.Join(dir, "boot/vmlinuz"))
		cancel(stopped)
		return context.Cause(ctx)
	}
	_, err := r.from(ctx, a.apt(t), c, nil)
	require.ErrorIs(t, err, stopped)
	require.Empty(t, made(t, c, "roots"))
	require.Empty(t, made(t, c, "tmp"))
	_, err = r.from(ctx, a.apt(t), c, nil)
	require.ErrorIs(t, err, stopped, "apt-get does not run on")
	require.ErrorIs(t, extract(ctx, filepath.Join(a.dir, "pool/kernel_1_all.deb"), t.TempDir()), stopped)
	r.Finish = nil
	_, err = r.from(t.Context(), a.apt(t), c, nil)
	require.NoError(t, err)
}

func TestBrokenPackagesAreTold(t *testing.T) {
	a, c := newArchive(t), newCache(t)
	a.add(t, "kernel", "1", "", map[string]string{"boot/vmlinuz": "image"})
	a.add(t, "impossible", "1", "no-such-package", nil)
	put(t, filepath.Join(a.dir, "pool/kernel_1_all.deb"), "changed on its way")
	_, err := lane("kernel").from(t.Context(), a.apt(t), c, nil)
	require.ErrorContains(t, err, "kernel_1_all.deb")
	_, err = lane("impossible").from(t.Context(), a.apt(t), c, nil)
	require.Error(t, err)
	_, err = lane("absent").from(t.Context(), a.apt(t), c, nil)
	require.ErrorContains(t, err, "Unable to locate package absent")
	require.Empty(t, made(t, c, "roots"))
	require.Empty(t, made(t, c, "tmp"))
	require.ErrorContains(t, extract(t.Context(), filepath.Join(a.dir, "pool/kernel_1_all.deb"), t.TempDir()), "kernel_1_all.deb")
}

// The signature stands between the network and what a guest and a compiler
// are made of.
func TestArchiveWithoutDebiansSignatureIsRefused(t *testing.T) {
	a, c := newArchive(t), newCache(t)
	a.add(t, "kernel", "1", "", map[string]string{"boot/vmlinuz": "image"})
	t.Setenv("KERNLINK_MIRROR", "file:"+a.dir)
	_, err := lane("kernel").Ensure(t.Context(), c, nil, false)
	require.Regexp(t, "preparing lane-test: the package archive cannot be reached or read: .*not signed", err)
	require.Empty(t, made(t, c, "roots"))
	require.Empty(t, made(t, c, "tmp"))
}

func TestNoNetworkFailsFastAndSaysWhatToDo(t *testing.T) {
	if err := requireApt(); err != nil {
		t.Skip(err)
	}
	c := newCache(t)
	t.Setenv("KERNLINK_MIRROR", "http://127.0.0.1:9/debian")
	began := time.Now()
	_, err := Root{Name: "lane-6.1", Suites: []string{"bookworm", "bookworm-security"}}.Ensure(t.Context(), c, nil, false)
	require.Less(t, time.Since(began), 15*time.Second)
	require.Regexp(t, "(?s)^preparing lane-6.1: the package archive cannot be reached or read: .*127.0.0.1.*: check the network, or give a kernel of your own with -kernel", err)
	require.Empty(t, made(t, c, "roots"))
	require.Empty(t, made(t, c, "tmp"))
}

// What the machine hooked into apt works on its own folders, not on these.
func TestMachinesHooksDoNotRun(t *testing.T) {
	a := newArchive(t)
	a.add(t, "kernel", "1", "", map[string]string{"boot/vmlinuz": "image"})
	ran := filepath.Join(t.TempDir(), "ran")
	hooks := filepath.Join(t.TempDir(), "hooks")
	put(t, hooks, `APT::Update::Pre-Invoke { "touch `+ran+`"; };
APT::Update::Post-Invoke { "touch `+ran+`"; };
APT::Update::Post-Invoke-Success { "touch `+ran+`"; };
DPkg::Post-Invoke { "touch `+ran+`"; };
`)
	t.Setenv("APT_CONFIG", hooks)
	apt := a.apt(t)
	require.NoError(t, apt.update(t.Context()))
	debs, err := apt.fetch(t.Context(), []string{"kernel"})
	require.NoError(t, err)
	require.Len(t, debs, 1)
	require.NoFileExists(t, ran)
}

func TestMergedRootPutsFilesBehindItsLinks(t *testing.T) {
	a, c := newArchive(t), newCache(t)
	a.add(t, "tools", "1", "", map[string]string{"bin/sh": "sh", "usr/lib/x": "x", "lib/y": "y"})
	r := lane("tools")
	r.Merged = true
	dir, err := r.from(t.Context(), a.apt(t), c, nil)
	require.NoError(t, err)
	for _, file := range []string{"usr/bin/sh", "bin/sh", "lib/x", "usr/lib/y"} {
		require.FileExists(t, filepath.Join(dir, file))
	}
	target, err := os.Readlink(filepath.Join(dir, "bin"))
	require.NoError(t, err)
	require.Equal(t, "usr/bin", target)
}

// A folder that other users may read is no place for old programs that make
// their caller root.
func TestUnpackedProgramsAreNotSetuid(t *testing.T) {
	newArchive(t) // skips where there is no dpkg-deb
	root := t.TempDir()
	put(t, filepath.Join(root, "bin/mount"), "x")
	require.NoError(t, os.Chmod(filepath.Join(root, "bin/mount"), 0o755|os.ModeSetuid))
	put(t, filepath.Join(root, "DEBIAN/control"), "Package: mount\nVersion: 1\nArchitecture: all\nMaintainer: n <n@example.org>\nDescription: x\n")
	deb := filepath.Join(t.TempDir(), "mount.deb")
	out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", root, deb).CombinedOutput()
	require.NoError(t, err, string(out))
	dir := t.TempDir()
	require.NoError(t, extract(t.Context(), deb, dir))
	info, err := os.Stat(filepath.Join(dir, "bin/mount"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode())
}

// Of two programs with a pipe between them, one that ends early must not keep
// the other waiting.
func TestUnpackingThatCannotBeginOrGoOnEnds(t *testing.T) {
	a := newArchive(t)
	a.add(t, "large", "1", "", map[string]string{"large": string(make([]byte, 4<<20))})
	deb := filepath.Join(a.dir, "pool/large_1_all.deb")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("hung"))
	defer cancel()
	require.ErrorContains(t, extract(ctx, deb, "/nonexistent"), "unpacking large_1_all.deb")

	dir := t.TempDir()
	if err := sys.Mount("none", dir, "tmpfs", "size=1m"); err != nil {
		t.Skipf("a disk that is full needs root: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	require.ErrorContains(t, extract(ctx, deb, dir), "unpacking large_1_all.deb")
}

func TestRootKeyTellsWhatIsAskedFor(t *testing.T) {
	base := lane("a", "b")
	keys := map[string]bool{base.key(): true}
	for _, change := range []func(*Root){
		func(r *Root) { r.Packages = []string{"a"} },
		func(r *Root) { r.Suites = []string{"other"} },
		func(r *Root) { r.Prefer = "test" },
		func(r *Root) { r.Merged = true },
		func(r *Root) { r.Name = "lane-other" },
	} {
		r := lane("a", "b")
		change(&r)
		require.False(t, keys[r.key()], r)
		keys[r.key()] = true
	}
	require.Equal(t, base.key(), lane("a", "b").key())
}
