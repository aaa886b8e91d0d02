// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

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
