// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

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
	_, err = h.Meminfo()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
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

// forbid has the calling thread, and it alone, told that a system call is none.
func forbid(call uint32) error {
	const load, jumpIfEqual, give = 0x20, 0x15, 0x06 // BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ, BPF_RET
	const allow, errno = 0x7fff0000, 0x00050000      // SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the number of the call
		{Code: jumpIfEqual, Jf: 1, K: call},
		{Code: give, K: errno | uint32(unix.ENOSYS)},
		{Code: give, K: allow},
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}

// What is missing is passed over as far as something is left.
func TestAHardenedHandleNeedsOpenat2AndNothingElse(t *testing.T) {
	kerneltest.Require(t, kerneltest.Capability("CAP_SYS_ADMIN"))
	for _, tt := range []struct {
		missing []uint32
		way     int
		want    error
	}{
		{[]uint32{unix.SYS_FSOPEN}, 1, nil},
		{[]uint32{unix.SYS_FSMOUNT}, 1, nil},
		{[]uint32{unix.SYS_FSOPEN, unix.SYS_OPEN_TREE}, 2, nil},
		{[]uint32{unix.SYS_OPENAT2}, 0, kernlink.ErrNotSupported},
	} {
		type result struct {
			way  int
			err  error
			only error
		}
		told := make(chan result)
		ownThread(func() {
			for _, call := range tt.missing {
				if err := forbid(call); err != nil {
					told <- result{err: err}
					return
				}
			}
			r := result{}
			h, err := procfs.Open(&procfs.Options{Hardened: true})
			if r.err = err; err == nil {
				r.way = procfs.WayOf(h)
				h.Close()
			}
			_, r.only = procfs.Open(&procfs.Options{ProcessesOnly: true})
			told <- r
		})
		r := <-told
		require.ErrorIs(t, r.only, kernlink.ErrNotSupported)
		require.Equal(t, tt.way, r.way)
		if tt.want == nil {
			require.NoError(t, r.err)
			require.ErrorContains(t, r.only, "fsopen(2)")
			continue
		}
		require.ErrorIs(t, r.err, tt.want)
		require.ErrorContains(t, r.err, "openat2(2)")
	}
}
