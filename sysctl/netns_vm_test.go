// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysctl"
)

func openAt(dir int, name string, flags int) (int, error) {
	return unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0)
}

func readFD(fd int) (string, error) {
	buf := make([]byte, 64)
	n, err := unix.Pread(fd, buf, 0)
	return string(buf[:max(n, 0)]), err
}

// What the kernel does, by its system calls alone. The namespace of the thread
// that looks up the component below net decides, and nothing later.
func TestWhoLooksUpBelowNetDecidesWhoseKeyItIs(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	const forward = "ip_forward"
	ns := newNetNS(t)
	var net, ipv4, file int
	ns.do(t, func() (err error) {
		if net, err = openAt(unix.AT_FDCWD, "/proc/sys/net", unix.O_PATH); err != nil {
			return err
		}
		if ipv4, err = openAt(net, "ipv4", unix.O_PATH); err != nil {
			return err
		}
		if file, err = openAt(ipv4, forward, unix.O_RDWR); err != nil {
			return err
		}
		_, err = unix.Pwrite(file, []byte("1\n"), 0)
		return err
	})
	for _, fd := range []int{net, ipv4, file} {
		defer unix.Close(fd)
	}
	for _, c := range []struct {
		what string
		dir  int
		path string
		want string
	}{
		{"by the path", unix.AT_FDCWD, "/proc/sys/net/ipv4/" + forward, "0\n"},
		{"from the folder net, opened there", net, "ipv4/" + forward, "0\n"},
		{"from the folder below net, opened there", ipv4, forward, "1\n"},
	} {
		fd, err := openAt(c.dir, c.path, unix.O_RDONLY)
		require.NoError(t, err, c.what)
		text, err := readFD(fd)
		require.NoError(t, unix.Close(fd))
		require.NoError(t, err, c.what)
		require.Equal(t, c.want, text, c.what)
	}
	text, err := readFD(file)
	require.NoError(t, err)
	require.Equal(t, "1\n", text, "opened there, read here")
}

// addLink adds an interface, to tell a namespace by.
func addLink(t testing.TB, ns netNS, name string) {
	ns.do(t, func() error { run(t, "ip", "link", "add", name, "type", "dummy"); return nil })
}

func TestKeysAreThoseOfTheNetworkNamespaceThatWasAskedFor(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("ip"))
	kerneltest.Load(t, "dummy", "numdummies=0")
	ns := newNetNS(t)
	addLink(t, ns, "in.ns")
	here, there := open(t, nil), open(t, &sysctl.Options{NetNS: ns.path()})
	once := there.Key("net", "ipv4", "ip_forward")
	kept := attr.Of[int](once)
	defer kept.Close()
	require.NoError(t, attr.Set(once, 1))
	for range 2 {
		n, err := attr.Get[int](once)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = kept.Get()
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	require.NoError(t, kept.Set(1))
	n, err := attr.Get[int](here.Key("net", "ipv4", "ip_forward"))
	require.NoError(t, err)
	require.Zero(t, n)

	conf, err := there.Dir("net", "ipv4", "conf", "in.ns")
	require.NoError(t, err)
	defer conf.Close()
	require.False(t, conf.Gone())
	n, err = attr.Get[int](conf.File("forwarding"))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = here.Dir("net", "ipv4", "conf", "in.ns")
	require.ErrorIs(t, err, fs.ErrNotExist)
	ns.do(t, func() error { run(t, "ip", "link", "del", "in.ns"); return nil })
	require.True(t, conf.Gone())
	_, err = attr.Get[int](conf.File("forwarding"))
	require.ErrorIs(t, err, kernlink.ErrGone)

	others, err := attr.Get[string](there.Key("kernel", "ostype"))
	require.NoError(t, err)
	require.Equal(t, "Linux", others, "keys that no network namespace has")
}

// Who looks stays where it was, whatever the goroutine: many at once, on
// threads that the runtime gives to whom it likes.
func TestNoThreadIsLeftInAnotherNamespace(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	ns := newNetNS(t)
	there := open(t, &sysctl.Options{NetNS: ns.path()})
	here := open(t, nil)
	require.NoError(t, attr.Set(there.Key("net", "ipv4", "ip_forward"), 1))
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 50 {
				n, err := attr.Get[int](there.Key("net", "ipv4", "ip_forward"))
				if err != nil || n != 1 {
					t.Error(n, err)
				}
				n, err = attr.Get[int](here.Key("net", "ipv4", "ip_forward"))
				if err != nil || n != 0 {
					t.Error(n, err)
				}
			}
		})
	}
	work.Wait()
	own, err := os.Readlink("/proc/self/ns/net")
	require.NoError(t, err)
	tasks, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	for _, task := range tasks {
		other, err := os.Readlink("/proc/self/task/" + task.Name() + "/ns/net")
		if err == nil { // else it ended
			require.Equal(t, own, other)
		}
	}
}

// The file of an FS whose namespace nobody else holds.
func TestAnFSKeepsItsNamespaceAlive(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	name := filepath.Join(t.TempDir(), "name")
	ns, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, ns.Close())
	require.NoError(t, onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		return unix.Mount("/proc/thread-self/ns/net", name, "", unix.MS_BIND, "") // as ip netns add does
	}))
	f, err := sysctl.Open(&sysctl.Options{NetNS: name})
	require.NoError(t, err)
	require.NoError(t, unix.Unmount(name, unix.MNT_DETACH)) // as ip netns del does
	key := f.Key("net", "ipv4", "ip_forward")
	require.NoError(t, attr.Set(key, 1))
	kept := attr.Of[int](key)
	defer kept.Close()
	_, err = kept.Get()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = attr.Get[int](key)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	n, err := kept.Get()
	require.NoError(t, err, "what is open stays good")
	require.Equal(t, 1, n)
}

func TestWhatIsNoNetworkNamespaceIsRefused(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	for path, want := range map[string]error{
		"/proc/self/ns/uts":    fs.ErrInvalid,
		"/proc/self/status":    syscall.EINVAL,
		"/run/netns/none":      fs.ErrNotExist,
		"/proc/self/fd/100000": fs.ErrNotExist,
	} {
		_, err := sysctl.Open(&sysctl.Options{NetNS: path})
		require.ErrorIs(t, err, want, path)
		require.NotErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorContains(t, err, path)
	}
}

// Without the capability, nothing is looked up elsewhere than was asked for.
func TestANamespaceThatMayNotBeEnteredIsRestricted(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	ns := newNetNS(t)
	before := open(t, &sysctl.Options{NetNS: ns.path()})
	require.NoError(t, onThread(func() error {
		const nobody, same = 65534, ^uintptr(0)
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, nobody, same); errno != 0 {
			return errno
		}
		_, err := sysctl.Open(&sysctl.Options{NetNS: "/proc/self/ns/net"})
		_, once := attr.Get[int](before.Key("net", "ipv4", "ip_forward"))
		for _, err := range []error{err, once} {
			if !isRestricted(err) {
				t.Errorf("%v", err)
			}
		}
		for _, err := range before.All("net") {
			if !isRestricted(err) {
				t.Errorf("%v", err)
			}
		}
		return nil
	}))
}

func isRestricted(err error) bool {
	return err != nil && strings.Contains(err.Error(), "CAP_SYS_ADMIN") &&
		errors.Is(err, kernlink.ErrRestricted) && errors.Is(err, syscall.EPERM)
}

// A watch of a key of another namespace waits there, and nowhere else.
func TestAWatchIsInTheNamespaceThatWasAskedFor(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	there := open(t, &sysctl.Options{NetNS: newNetNS(t).path()})
	ttl := attr.Of[int](there.Key("net", "ipv4", "ip_default_ttl"))
	defer ttl.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	turns := 0
	for n, err := range ttl.Watch(ctx, &attr.WatchOptions{Interval: 1}) {
		require.NoError(t, err)
		if turns++; n == 66 {
			break
		}
		require.NoError(t, ttl.Set(n+1))
	}
	require.Equal(t, 3, turns)
}

func TestANamespaceIsFoundByAProcess(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	f := open(t, &sysctl.Options{NetNS: "/proc/" + strconv.Itoa(os.Getpid()) + "/ns/net"})
	require.Equal(t, values(t, open(t, nil), "net", "ipv4", "conf"), values(t, f, "net", "ipv4", "conf"))
}
