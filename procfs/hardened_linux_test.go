// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/procfs"
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

// scene is where an attack takes place: on the files of one process, where
// there is another one to be taken for it.
type scene struct {
	victim, other int
	dir           string // of the attacker
}

func (s scene) of(name string) string { return fmt.Sprintf("/proc/%d/%s", s.victim, name) }

// attack is something mounted, and who is fooled by it.
type attack struct {
	name  string
	mount func(s scene) error
	// use finds out, or changes, something by way of an FS; what it says is
	// the truth or not.
	use   func(f *procfs.FS, s scene) (bool, error)
	whole bool // it covers /proc itself
}

func bind(source, target string) error { return unix.Mount(source, target, "", unix.MS_BIND, "") }

func (s scene) fakeFile(text string) (string, error) {
	name := filepath.Join(s.dir, "fake")
	return name, os.WriteFile(name, []byte(text), 0o666)
}

const fakeStat = "%d (liar) S 1 88 88 0 -1 4194304 100 0 0 0 7 2 0 0 20 0 1 0 1091299 3133440 394 18446744073709551615"

// fakeProc fills a folder with what looks like processes.
func fakeProc(dir string, s scene) error {
	for _, pid := range []int{s.victim, os.Getpid()} {
		own := filepath.Join(dir, strconv.Itoa(pid))
		if err := os.Mkdir(own, 0o755); err != nil {
			return err
		}
		for name, text := range map[string]string{"stat": fmt.Sprintf(fakeStat, pid), "comm": "liar\n", "oom_score_adj": "0\n"} {
			if err := os.WriteFile(filepath.Join(own, name), []byte(text), 0o666); err != nil {
				return err
			}
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sys"), 0o755); err != nil {
		return err
	}
	return os.Symlink(strconv.Itoa(os.Getpid()), filepath.Join(dir, "self"))
}

// nameIsTrue reads the name of the victim, a process of cat.
func nameIsTrue(f *procfs.FS, s scene) (bool, error) {
	p, err := f.Process(s.victim)
	if err != nil {
		return false, err
	}
	defer p.Close()
	name, err := p.Comm()
	if err != nil {
		return false, err
	}
	st, err := p.Stat()
	return name == "cat" && st.Comm.String() == "cat", err
}

// selfIsTrue asks who we are.
func selfIsTrue(f *procfs.FS, _ scene) (bool, error) {
	p, err := f.Self()
	if err != nil {
		return false, err
	}
	defer p.Close()
	st, err := p.Stat()
	return st.PID == os.Getpid() && st.Comm.String() != "liar", err
}

// writeIsTrue changes a value of the victim and looks, by another way, whose it
// was.
func writeIsTrue(f *procfs.FS, s scene) (bool, error) {
	p, err := f.Process(s.victim)
	if err != nil {
		return false, err
	}
	defer p.Close()
	if err := attr.Set(p.Entry("oom_score_adj"), 777); err != nil {
		return false, err
	}
	own, err := procfs.Open(&procfs.Options{Hardened: true})
	if err != nil {
		return false, err
	}
	defer own.Close()
	entry := own.Entry(strconv.Itoa(s.victim) + "/oom_score_adj")
	now, err := attr.Get[int](entry)
	if err == nil && now == 777 {
		err = attr.Set(entry, 0)
	}
	return now == 777, err
}

func entryIs(name, want string) func(*procfs.FS, scene) (bool, error) {
	return func(f *procfs.FS, _ scene) (bool, error) {
		text, err := attr.Get[string](f.Entry(name))
		return text == want, err
	}
}

var attacks = []attack{
	{"a tmpfs over /proc", func(s scene) error {
		if err := unix.Mount("none", "/proc", "tmpfs", 0, ""); err != nil {
			return err
		}
		return fakeProc("/proc", s)
	}, nameIsTrue, true},
	{"an ordinary folder over /proc", func(s scene) error {
		if err := fakeProc(s.dir, s); err != nil {
			return err
		}
		return bind(s.dir, "/proc")
	}, selfIsTrue, true},
	{"a part of a procfs over /proc", func(s scene) error { return bind("/proc/sys", "/proc") },
		entryIs("kernel/ostype", ""), true},
	{"a tmpfs over the folder of a process", func(s scene) error {
		if err := unix.Mount("none", s.of(""), "tmpfs", 0, ""); err != nil {
			return err
		}
		for name, text := range map[string]string{"stat": fmt.Sprintf(fakeStat, s.victim), "comm": "liar\n"} {
			if err := os.WriteFile(s.of(name), []byte(text), 0o644); err != nil {
				return err
			}
		}
		return nil
	}, nameIsTrue, false},
	{"a folder with links in it over that of a process", func(s scene) error {
		for _, name := range []string{"stat", "comm", "oom_score_adj"} {
			if err := os.Symlink(fmt.Sprintf("../%d/%s", s.other, name), filepath.Join(s.dir, name)); err != nil {
				return err
			}
		}
		return bind(s.dir, s.of(""))
	}, writeIsTrue, false},
	{"the folder of another process over that of a process", func(s scene) error {
		return bind(fmt.Sprintf("/proc/%d", s.other), s.of(""))
	}, writeIsTrue, false},
	{"a file over the stat of a process", func(s scene) error {
		fake, err := s.fakeFile(fmt.Sprintf(fakeStat, s.victim))
		if err != nil {
			return err
		}
		return bind(fake, s.of("stat"))
	}, nameIsTrue, false},
	{"the same file of another process over that of a process", func(s scene) error {
		return bind(fmt.Sprintf("/proc/%d/oom_score_adj", s.other), s.of("oom_score_adj"))
	}, writeIsTrue, false},
	// CVE-2025-52881: the file that takes anything is as real as the one that
	// it stands over.
	{"sched over attr/current", func(s scene) error {
		if _, err := os.Stat("/proc/self/sched"); err != nil {
			return bind("/proc/self/clear_refs", fmt.Sprintf("/proc/%d/attr/current", os.Getpid()))
		}
		return bind("/proc/self/sched", fmt.Sprintf("/proc/%d/attr/current", os.Getpid()))
	}, func(f *procfs.FS, _ scene) (bool, error) {
		self, err := f.Self()
		if err != nil {
			return false, err
		}
		defer self.Close()
		// The kernel takes no such label; sched takes anything.
		err = self.Entry("attr/current").Write([]byte("no module knows \x01 this"))
		if err == nil || errors.Is(err, syscall.EXDEV) {
			return false, err
		}
		return true, nil
	}, false},
	{"a file over a sysctl", func(s scene) error {
		fake, err := s.fakeFile("Minix\n")
		if err != nil {
			return err
		}
		return bind(fake, "/proc/sys/kernel/ostype")
	}, entryIs("sys/kernel/ostype", "Linux"), false},
	{"a tmpfs over /proc/sys", func(s scene) error {
		if err := unix.Mount("none", "/proc/sys", "tmpfs", 0, ""); err != nil {
			return err
		}
		if err := os.Mkdir("/proc/sys/kernel", 0o755); err != nil {
			return err
		}
		return os.WriteFile("/proc/sys/kernel/ostype", []byte("Minix\n"), 0o644)
	}, entryIs("sys/kernel/ostype", "Linux"), false},
	{"a link over /proc/self", func(s scene) error {
		link := filepath.Join(s.dir, "self")
		if err := os.Symlink(strconv.Itoa(s.other), link); err != nil {
			return err
		}
		tree, err := unix.OpenTree(unix.AT_FDCWD, link, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_SYMLINK_NOFOLLOW)
		if err != nil {
			return err
		}
		defer unix.Close(tree)
		return unix.MoveMount(tree, "", unix.AT_FDCWD, "/proc/self", unix.MOVE_MOUNT_F_EMPTY_PATH)
	}, selfIsTrue, false},
}

// A plain handle is fooled, so each attack is one. A hardened one finds the
// truth or fails, whichever way it has.
func TestNoMountFoolsAHardenedHandle(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			s := scene{victim: start(t).Process.Pid, other: start(t).Process.Pid, dir: t.TempDir()}
			if !strings.Contains(a.name, "attr/current") {
				// Without a security module nothing is there to be redirected.
			} else if _, err := os.Stat("/proc/self/attr/current"); err != nil {
				t.Skip("a kernel without CONFIG_SECURITY")
			}
			var fooled bool
			var plain error
			truth, failed := make([]bool, len(procfs.Ways)), make([]error, len(procfs.Ways))
			opened := make([]bool, len(procfs.Ways))
			onNewMounts(t, func() error {
				if err := a.mount(s); err != nil {
					return err
				}
				f, err := procfs.OpenAt("/proc", nil)
				if err != nil {
					return err
				}
				defer f.Close()
				var honest bool
				honest, plain = a.use(f, s)
				fooled = !honest
				for w := range procfs.Ways {
					h, err := procfs.OpenFrom(w)
					if err != nil {
						failed[w] = err
						continue
					}
					defer h.Close()
					if opened[w] = procfs.WayOf(h) == w; !opened[w] {
						continue
					}
					truth[w], failed[w] = a.use(h, s)
				}
				return nil
			})
			require.NoError(t, plain)
			if a.name != "a part of a procfs over /proc" { // there it is another file under the same name
				require.True(t, fooled, "a plain handle is not fooled, so this is no attack")
			}
			if a.name == "a part of a procfs over /proc" {
				require.True(t, opened[0])
				require.ErrorIs(t, failed[0], fs.ErrNotExist)
			} else {
				require.NoError(t, failed[0], procfs.Ways[0])
				require.True(t, truth[0], procfs.Ways[0])
			}
			if a.whole {
				for _, w := range []int{1, 2} {
					require.False(t, opened[w], procfs.Ways[w])
					require.ErrorIs(t, failed[w], kernlink.ErrNotSupported, procfs.Ways[w])
				}
				return
			}
			require.NoError(t, failed[1], procfs.Ways[1])
			require.True(t, truth[1], procfs.Ways[1])
			require.ErrorIs(t, failed[2], syscall.EXDEV, procfs.Ways[2])
			require.ErrorContains(t, failed[2], "mounted over")
			require.NotErrorIs(t, failed[2], kernlink.ErrGone)
		})
	}
}

// each is a hardened handle in each of its ways.
func each(t *testing.T, f func(t *testing.T, h *procfs.FS)) {
	t.Helper()
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	for w, name := range procfs.Ways {
		t.Run(name, func(t *testing.T) {
			h, err := procfs.OpenFrom(w)
			require.NoError(t, err)
			require.Equal(t, w, procfs.WayOf(h))
			t.Cleanup(func() { h.Close() })
			f(t, h)
		})
	}
}

// What is hardened does the same as what is not.
func TestAHardenedHandleDoesWhatOthersDo(t *testing.T) {
	each(t, func(t *testing.T, h *procfs.FS) {
		require.Equal(t, "/proc", h.Path())
		c := start(t)
		p, err := h.Process(c.Process.Pid)
		require.NoError(t, err)
		defer p.Close()
		for name, call := range calls {
			require.NoError(t, call(p), name)
		}
		var plain, hardened []string
		for fd, err := range handle(t, c).FDs() {
			require.NoError(t, err)
			plain = append(plain, fmt.Sprint(fd.Number, fd.Target))
		}
		for fd, err := range p.FDs() {
			require.NoError(t, err)
			hardened = append(hardened, fmt.Sprint(fd.Number, fd.Target))
		}
		require.Equal(t, plain, hardened)
		self, err := h.Self()
		require.NoError(t, err)
		defer self.Close()
		require.Equal(t, os.Getpid(), self.PID())
		n := 0
		var st procfs.Stat
		for q, err := range h.Processes() {
			require.NoError(t, err)
			if q.PID() != c.Process.Pid {
				continue
			}
			n++
			require.NoError(t, q.ReadStatInto(&st))
			owned, err := q.Open()
			require.NoError(t, err)
			require.NoError(t, owned.Close())
		}
		require.Equal(t, 1, n)
		require.NoError(t, attr.Set(p.Entry("oom_score_adj"), 5))
		up, err := attr.Get[string](h.Entry("uptime"))
		require.NoError(t, err)
		require.NotEmpty(t, up)

		_, err = p.Entry("exe").Read()
		require.ErrorIs(t, err, syscall.ELOOP)
		_, err = self.Entry("root/etc/passwd").Read()
		require.ErrorIs(t, err, syscall.ELOOP)
		_, err = h.Process(1 << 30)
		require.ErrorIs(t, err, kernlink.ErrGone)

		require.NoError(t, h.Close())
		require.NoError(t, p.Signal(0), "processes stay good after Close")
		require.NoError(t, p.ReadStatInto(&st))
		require.NoError(t, p.Signal(syscall.SIGTERM))
		require.NoError(t, p.Wait(t.Context()))
		st, err = p.Stat()
		require.NoError(t, err)
		require.Equal(t, procfs.Zombie, st.State)
		require.False(t, p.Gone())
		require.Error(t, c.Wait())
		require.True(t, p.Gone())
		for name, call := range calls {
			require.ErrorIs(t, call(p), kernlink.ErrGone, name)
		}
		_, err = p.Entry("schedstat").Read()
		require.ErrorIs(t, err, kernlink.ErrGone)
	})
}

// What is mounted later covers nothing for a handle from before.
func TestAHardenedProcessIsNotCoveredLater(t *testing.T) {
	victim := start(t).Process.Pid
	for w, name := range procfs.Ways {
		var before, after string
		var failed error
		onNewMounts(t, func() error {
			h, err := procfs.OpenFrom(w)
			if err != nil {
				return err
			}
			defer h.Close()
			p, err := h.Process(victim)
			if err != nil {
				return err
			}
			defer p.Close()
			if before, err = p.Comm(); err != nil {
				return err
			}
			fake := filepath.Join(t.TempDir(), "comm")
			if err := os.WriteFile(fake, []byte("liar\n"), 0o644); err != nil {
				return err
			}
			if err := bind(fake, fmt.Sprintf("/proc/%d/comm", victim)); err != nil {
				return err
			}
			after, failed = p.Comm()
			return nil
		})
		require.Equal(t, "cat", before, name)
		if w == len(procfs.Ways)-1 {
			require.ErrorIs(t, failed, syscall.EXDEV, name)
			continue
		}
		require.NoError(t, failed, name)
		require.Equal(t, "cat", after, name)
	}
}

func TestAHardenedHandleMayHaveProcessesOnly(t *testing.T) {
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	h, err := procfs.Open(&procfs.Options{ProcessesOnly: true})
	require.NoError(t, err)
	defer h.Close()
	require.Zero(t, procfs.WayOf(h))
	self, err := h.Self()
	require.NoError(t, err)
	defer self.Close()
	require.NoError(t, self.Signal(0))
	for _, name := range []string{"uptime", "sys/kernel/ostype", "kcore"} {
		_, err = h.Entry(name).Read()
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
	_, err = procfs.OpenAt("/proc", &procfs.Options{ProcessesOnly: true})
	require.ErrorIs(t, err, fs.ErrInvalid)
}

func TestAHardenedHandleTakesNoOrdinaryFolder(t *testing.T) {
	hardened := &procfs.Options{Hardened: true}
	_, err := procfs.OpenAt(t.TempDir(), hardened)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	_, err = procfs.OpenAt("/proc/sys", hardened)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	_, err = procfs.OpenAt("/no/such/place", hardened)
	require.ErrorIs(t, err, fs.ErrNotExist)
	f, err := procfs.OpenAt("/proc", hardened)
	require.NoError(t, err)
	defer f.Close()
	require.NotZero(t, procfs.WayOf(f), "it is the one that was named")
	self, err := f.Self()
	require.NoError(t, err)
	require.NoError(t, self.Close())
}

// Without rights there is one way left.
func TestAnybodyCanHaveAHardenedHandle(t *testing.T) {
	if os.Getenv(elsewhere) != "" {
		h, err := procfs.Open(&procfs.Options{Hardened: true})
		require.NoError(t, err)
		defer h.Close()
		require.Equal(t, len(procfs.Ways)-1, procfs.WayOf(h))
		self, err := h.Self()
		require.NoError(t, err)
		defer self.Close()
		require.Equal(t, os.Getpid(), self.PID())
		_, err = procfs.Open(&procfs.Options{ProcessesOnly: true})
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorContains(t, err, "CAP_SYS_ADMIN")
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	out, err := other(t, "here", nobody).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS")
}

// A procfs of another PID namespace is as real, and its numbers mean others.
func TestAnotherNamespacesProcfsIsNotTakenForOnesOwn(t *testing.T) {
	if dir := os.Getenv(elsewhere); dir != "" { // number 1 of a namespace
		require.NoError(t, unix.Mount("proc", dir, "proc", 0, ""))
		fmt.Println("ready")
		_, err := io.Copy(io.Discard, os.Stdin)
		require.NoError(t, err)
		return
	}
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	dir := t.TempDir()
	cmd := other(t, dir, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID})
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		stdin.Close()
		require.NoError(t, cmd.Wait())
		require.NoError(t, unix.Unmount(dir, 0))
	}()
	for lines := bufio.NewScanner(stdout); ; {
		require.True(t, lines.Scan())
		if lines.Text() == "ready" {
			break
		}
	}
	args, errs := make([][]string, len(procfs.Ways)), make([]error, len(procfs.Ways))
	onNewMounts(t, func() error {
		if err := bind(dir, "/proc"); err != nil {
			return err
		}
		for w := range procfs.Ways {
			h, err := procfs.OpenFrom(w)
			if err != nil {
				errs[w] = err
				continue
			}
			defer h.Close()
			p, err := h.Process(os.Getpid())
			if err != nil {
				return err
			}
			defer p.Close()
			args[w], errs[w] = p.Cmdline()
		}
		return nil
	})
	require.NoError(t, errs[0])
	require.Equal(t, os.Args, args[0])
	for _, w := range []int{1, 2} {
		require.ErrorIs(t, errs[w], kernlink.ErrNotSupported, procfs.Ways[w])
		require.ErrorContains(t, errs[w], "PID namespace")
	}
}

func TestAHardenedHandleKnowsOfHidepid(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	root := mountHidden(t, "2")
	f, err := procfs.OpenAt(root, &procfs.Options{Hardened: true})
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Process(1 << 30)
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorContains(t, err, "hidepid=", "it is found by the number of the device")
}
