// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// calls are all that reads a file of a process.
var calls = map[string]func(p *procfs.Process) error{
	"Stat":                func(p *procfs.Process) error { _, err := p.Stat(); return err },
	"ReadStatInto":        func(p *procfs.Process) error { return p.ReadStatInto(new(procfs.Stat)) },
	"Status":              func(p *procfs.Process) error { _, err := p.Status(); return err },
	"ReadStatusInto":      func(p *procfs.Process) error { return p.ReadStatusInto(new(procfs.Status)) },
	"Statm":               func(p *procfs.Process) error { _, err := p.Statm(); return err },
	"ReadStatmInto":       func(p *procfs.Process) error { return p.ReadStatmInto(new(procfs.Statm)) },
	"IO":                  func(p *procfs.Process) error { _, err := p.IO(); return err },
	"ReadIOInto":          func(p *procfs.Process) error { return p.ReadIOInto(new(procfs.IO)) },
	"Limits":              func(p *procfs.Process) error { _, err := p.Limits(); return err },
	"Comm":                func(p *procfs.Process) error { _, err := p.Comm(); return err },
	"Cmdline":             func(p *procfs.Process) error { _, err := p.Cmdline(); return err },
	"ReadCmdlineInto":     func(p *procfs.Process) error { return p.ReadCmdlineInto(new([]procfs.Text)) },
	"Maps":                func(p *procfs.Process) error { return last(p.Maps()) },
	"FDs":                 func(p *procfs.Process) error { return last(p.FDs()) },
	"SmapsRollup":         func(p *procfs.Process) error { _, err := p.SmapsRollup(); return err },
	"Schedstat":           func(p *procfs.Process) error { _, err := p.Schedstat(); return err },
	"Cgroups":             func(p *procfs.Process) error { _, err := p.Cgroups(); return err },
	"Environ":             func(p *procfs.Process) error { _, err := p.Environ(); return err },
	"WChan":               func(p *procfs.Process) error { _, err := p.WChan(); return err },
	"Sched":               func(p *procfs.Process) error { _, err := p.Sched(); return err },
	"Namespaces":          func(p *procfs.Process) error { _, err := p.Namespaces(); return err },
	"Namespace":           func(p *procfs.Process) error { _, err := p.Namespace("user"); return err },
	"Threads":             func(p *procfs.Process) error { return last(p.Threads()) },
	"Thread":              func(p *procfs.Process) error { return thread(p) },
	"Mounts":              func(p *procfs.Process) error { return last(p.Mounts()) },
	"ReadSmapsRollupInto": func(p *procfs.Process) error { return p.ReadSmapsRollupInto(new(procfs.SmapsRollup)) },
	"ReadSchedstatInto":   func(p *procfs.Process) error { return p.ReadSchedstatInto(new(procfs.Schedstat)) },
	"ReadCgroupsInto":     func(p *procfs.Process) error { return p.ReadCgroupsInto(new([]procfs.Cgroup)) },
	"Open":                reopen,
}

func reopen(p *procfs.Process) error {
	q, err := p.Open()
	if err == nil {
		err = q.Close()
	}
	return err
}

// thread opens the first thread of a process.
func thread(p *procfs.Process) error {
	q, err := p.Thread(p.PID())
	if err == nil {
		_, err = q.Stat()
		q.Close()
	}
	return err
}

// callsOnTheLiving are those that a zombie has nothing for.
var callsOnTheLiving = map[string]func(p *procfs.Process) error{
	"FDInfo": func(p *procfs.Process) error { _, err := p.FDInfo(0); return err },
	"FindMap": func(p *procfs.Process) error {
		for m, err := range p.Maps() {
			if err == nil {
				_, err = p.FindMap(m.Start)
			}
			return err
		}
		_, err := p.FindMap(0)
		return err
	},
	"OpenNamespace": func(p *procfs.Process) error {
		fd, err := p.OpenNamespace("net")
		if err == nil {
			syscall.Close(fd)
		}
		return err
	},
}

func everyCall() map[string]func(p *procfs.Process) error {
	all := maps.Clone(calls)
	maps.Copy(all, callsOnTheLiving)
	return all
}

func last[T any](seq func(func(T, error) bool)) (err error) {
	seq(func(_ T, e error) bool { err = e; return true })
	return err
}

func TestEveryCallOnAReapedProcessIsGone(t *testing.T) {
	for name, call := range everyCall() {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			used, fresh := handle(t, c), handle(t, c)
			require.NoError(t, call(used))
			c.reap()
			for _, p := range []*procfs.Process{used, fresh} {
				require.True(t, p.Gone())
				err := call(p)
				require.ErrorIs(t, err, kernlink.ErrGone)
				require.ErrorIs(t, err, syscall.ESRCH)
				require.Equal(t, 1, strings.Count(err.Error(), "procfs:"))
			}
		})
	}
}

func TestEveryCallOnABorrowedProcessThatEndedIsGone(t *testing.T) {
	for name, call := range everyCall() {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			for p, err := range open(t).Processes() {
				require.NoError(t, err)
				if p.PID() != c.Process.Pid {
					continue
				}
				require.NoError(t, call(p))
				c.reap()
				err := call(p)
				require.ErrorIs(t, err, kernlink.ErrGone)
				require.ErrorIs(t, err, fs.ErrNotExist, "it is looked up by its number")
				return
			}
			t.Fatal("not seen")
		})
	}
}

// A zombie has no memory and no files, and is there.
func TestAZombieIsNotGone(t *testing.T) {
	c := start(t)
	used := handle(t, c)
	for _, call := range calls {
		require.NoError(t, call(used))
	}
	c.zombie()
	fresh := handle(t, c)
	for _, p := range []*procfs.Process{used, fresh} {
		require.False(t, p.Gone())
		for name, call := range calls {
			require.NoError(t, call(p), name)
		}
		args, err := p.Cmdline()
		require.NoError(t, err)
		require.Nil(t, args)
		texts := []procfs.Text{procfs.Text("of the one before")}
		require.NoError(t, p.ReadCmdlineInto(&texts))
		require.Empty(t, texts)
		s, err := p.Status()
		require.NoError(t, err)
		require.False(t, s.Has(procfs.StatusVmRSS))
		for range p.Maps() {
			t.Fatal("a zombie with memory")
		}
		for range p.Mounts() {
			t.Fatal("a zombie with mounts")
		}
		r, err := p.SmapsRollup()
		require.NoError(t, err)
		require.Zero(t, r)
		env, err := p.Environ()
		require.NoError(t, err)
		require.Nil(t, env)
		all, err := p.Namespaces()
		require.NoError(t, err)
		require.Contains(t, all, "user")
		require.NotContains(t, all, "net")
		threads := 0
		for q, err := range p.Threads() {
			require.NoError(t, err)
			require.Equal(t, p.PID(), q.PID())
			threads++
		}
		require.Equal(t, 1, threads)
		for name, call := range callsOnTheLiving {
			err := call(p)
			require.ErrorIs(t, err, fs.ErrNotExist, name)
			require.NotErrorIs(t, err, kernlink.ErrGone, name)
		}
	}
}

func TestAKernelThreadHasNoMemoryAndNoArguments(t *testing.T) {
	p, err := open(t).Process(2)
	if errors.Is(err, kernlink.ErrGone) {
		t.Skip("a PID namespace without kernel threads")
	}
	require.NoError(t, err)
	defer p.Close()
	st, err := p.Stat()
	require.NoError(t, err)
	if st.Comm.String() != "kthreadd" {
		t.Skip("number 2 is no kernel thread")
	}
	require.True(t, st.KThread())
	args, err := p.Cmdline()
	require.NoError(t, err)
	require.Nil(t, args)
	for _, err := range p.Maps() {
		require.NoError(t, err)
		t.Fatal("a kernel thread with memory")
	}
	s, err := p.Status()
	require.NoError(t, err)
	require.False(t, s.Has(procfs.StatusVmSize))
}

// Run as another user, the test binary looks at its parent, which is root's.
const elsewhere = "PROCFS_TEST_ELSEWHERE"

func TestWhatIsForbiddenIsSoForOneFileOnly(t *testing.T) {
	if os.Getenv(elsewhere) != "" {
		f := open(t)
		p, err := f.Process(os.Getppid())
		require.NoError(t, err)
		defer p.Close()
		for _, name := range []string{
			"IO", "ReadIOInto", "FDs", "Maps", "SmapsRollup", "Environ", "Namespaces", "FDInfo", "FindMap", "OpenNamespace",
		} {
			err := everyCall()[name](p)
			require.ErrorIs(t, err, kernlink.ErrRestricted, name)
			require.ErrorIs(t, err, fs.ErrPermission)
			require.Contains(t, err.Error(), "CAP_SYS_PTRACE")
		}
		_, err = p.Entry("environ").Read()
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorIs(t, attr.Set(p.Entry("oom_score_adj"), 1), kernlink.ErrRestricted)
		_, err = p.Entry("schedstat").Read()
		require.NoError(t, err)
		_, err = p.Stack()
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorContains(t, err, "CAP_SYS_ADMIN")
		for _, name := range []string{
			"Stat", "Status", "Statm", "Limits", "Comm", "Cmdline", "ReadCmdlineInto", "Schedstat", "Cgroups", "WChan", "Sched",
			"Threads", "Thread", "Mounts",
		} {
			require.NoError(t, calls[name](p), name)
		}
		err = p.Signal(0)
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.Contains(t, err.Error(), "CAP_KILL")
		n := 0
		for _, err := range f.Processes() {
			require.NoError(t, err)
			n++
		}
		require.Greater(t, n, 1)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), elsewhere+"=1")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS")
}
