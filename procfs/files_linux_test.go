// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// asleep waits until the child sleeps in the read of its standard input.
func (c *child) asleep() {
	c.t.Helper()
	p := handle(c.t, c)
	for c.t.Context().Err() == nil {
		st, err := p.Stat()
		require.NoError(c.t, err)
		if st.State == procfs.Sleeping {
			return
		}
		runtime.Gosched()
	}
}

// sums adds up what smaps says of each mapping.
func sums(t *testing.T, pid int) (all map[string]uint64, mappings int) {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps")
	require.NoError(t, err)
	all = map[string]uint64{}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		n, err := strconv.ParseUint(fields[1], 10, 64)
		require.NoError(t, err)
		all[strings.TrimSuffix(fields[0], ":")] += n << 10
		if fields[0] == "Rss:" {
			mappings++
		}
	}
	return all, mappings
}

func TestTheRollupIsWhatTheMappingsAddUpTo(t *testing.T) {
	c := start(t)
	c.asleep()
	p := handle(t, c)
	r, err := p.SmapsRollup()
	require.NoError(t, err)
	want, mappings := sums(t, p.PID())
	require.NotZero(t, r.Rss)
	require.Equal(t, want["Rss"], r.Rss)
	require.Equal(t, want["Anonymous"], r.Anonymous)
	require.Equal(t, want["Shared_Clean"]+want["Shared_Dirty"], r.SharedClean+r.SharedDirty)
	require.Equal(t, want["Private_Clean"]+want["Private_Dirty"], r.PrivateClean+r.PrivateDirty)
	require.Equal(t, want["Swap"], r.Swap)
	require.InDelta(t, want["Pss"], r.Pss, float64(mappings)*1024, "each line of smaps is cut to whole KiB")
	require.Equal(t, want["Pss_Dirty"] > 0, r.Has(procfs.SmapsPssDirty))
	again := procfs.SmapsRollup{Swap: 1}
	require.NoError(t, p.ReadSmapsRollupInto(&again))
	require.Equal(t, r.Rss, again.Rss)
	require.Equal(t, r.Swap, again.Swap)
}

// A file that had been opened before would show the memory of the program
// before.
func TestTheMemoryIsThatOfTheProgramThatRunsNow(t *testing.T) {
	c := startAs(t, nil, "sh", "-c", "read line; echo $line; read line; exec cat")
	p := handle(t, c)
	var r procfs.SmapsRollup
	require.NoError(t, p.ReadSmapsRollupInto(&r))
	_, err := c.stdin.Write([]byte("\n"))
	require.NoError(t, err)
	c.echo()
	c.asleep()
	require.NoError(t, p.ReadSmapsRollupInto(&r))
	want, _ := sums(t, p.PID())
	require.Equal(t, want["Rss"], r.Rss)
}

func TestAnEnvironmentIsTheOneThatAProgramWasStartedWith(t *testing.T) {
	path, err := exec.LookPath("cat")
	require.NoError(t, err)
	want := []string{"KERNLINK=1", "EMPTY=", "LINES=a\nb", strings.Repeat("L", 9000) + "=long"}
	cmd := exec.Command(path)
	cmd.Env = want
	c := startCommand(t, cmd)
	p := handle(t, c)
	env, err := p.Environ()
	require.NoError(t, err)
	require.Equal(t, want, env)

	// A reaped process's open environment is empty, which is no environment.
	fd, err := unix.Open("/proc/"+strconv.Itoa(p.PID())+"/environ", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	require.NoError(t, procfs.EnvironOf(p, fd))
	c.zombie()
	require.NoError(t, procfs.EnvironOf(p, fd))
	c.reap()
	n, err := unix.Pread(fd, make([]byte, 64), 0)
	require.NoError(t, err)
	require.Zero(t, n, "what the kernel says")
	require.ErrorIs(t, procfs.EnvironOf(p, fd), kernlink.ErrGone)
}

func TestCgroupsAreThoseThatCatShows(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	out, err := exec.Command("cat", "/proc/"+strconv.Itoa(p.PID())+"/cgroup").Output()
	require.NoError(t, err)
	all, err := p.Cgroups()
	require.NoError(t, err)
	into := []procfs.Cgroup{{Path: procfs.Text("of before")}}
	require.NoError(t, p.ReadCgroupsInto(&into))
	for _, cgroups := range [][]procfs.Cgroup{all, into} {
		var text strings.Builder
		for _, cg := range cgroups {
			text.WriteString(strconv.Itoa(cg.Hierarchy) + ":" + cg.Controllers.String() + ":" + cg.Path.String() + "\n")
		}
		require.Equal(t, string(out), text.String())
	}
}

func TestAStackShowsWhereAProcessSleeps(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may look")
	}
	c := start(t)
	c.asleep()
	p := handle(t, c)
	frames, err := p.Stack()
	require.NoError(t, err)
	require.NotEmpty(t, frames)
	var functions []string
	for _, f := range frames {
		functions = append(functions, f.Function)
		require.Less(t, f.Offset, f.Size)
	}
	name := ""
	for name == "" && t.Context().Err() == nil { // its state says that it sleeps a moment before it does
		name, err = p.WChan()
		require.NoError(t, err)
	}
	require.Contains(t, functions, name)
	require.Contains(t, name, "pipe_read")
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID()) + "/stack")
	require.NoError(t, err)
	require.Contains(t, string(raw), frames[0].String()+"\n")
}

func TestWhoRunsSleepsNowhere(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	me, err := self.Thread(syscall.Gettid())
	require.NoError(t, err)
	defer me.Close()
	name, err := me.WChan()
	require.NoError(t, err)
	require.Empty(t, name)
}

func TestNamespacesAreWhatTheLinksSay(t *testing.T) {
	p := handle(t, start(t))
	all, err := p.Namespaces()
	require.NoError(t, err)
	entries, err := os.ReadDir("/proc/self/ns")
	require.NoError(t, err)
	require.Len(t, all, len(entries))
	for _, e := range entries {
		link, err := os.Readlink("/proc/" + strconv.Itoa(p.PID()) + "/ns/" + e.Name())
		require.NoError(t, err)
		require.Equal(t, link, all[e.Name()].String())
		one, err := p.Namespace(e.Name())
		require.NoError(t, err)
		require.Equal(t, all[e.Name()], one)
	}
	require.Equal(t, all["pid"], all["pid_for_children"])
	_, err = p.Namespace("none")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	for _, name := range []string{"", "..", "net/x", "a\x00"} {
		_, err = p.Namespace(name)
		require.ErrorIs(t, err, os.ErrInvalid)
	}
	lsns, err := exec.LookPath("lsns")
	if err != nil {
		t.Skip(err)
	}
	out, err := exec.Command(lsns, "-n", "-o", "TYPE,NS", "-p", strconv.Itoa(p.PID())).Output()
	require.NoError(t, err)
	listed := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		require.Equal(t, fields[0]+":["+fields[1]+"]", all[fields[0]].String())
		listed++
	}
	require.Greater(t, listed, 4)
}

// entered is the namespace that a program finds itself in when it enters the
// one that was opened.
func entered(t *testing.T, fd int) string {
	t.Helper()
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		t.Skip(err)
	}
	file := os.NewFile(uintptr(fd), "namespace")
	defer file.Close()
	cmd := exec.Command(nsenter, "--uts=/proc/self/fd/3", "readlink", "/proc/self/ns/uts")
	cmd.ExtraFiles = []*os.File{file}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

func TestANamespaceIsEntered(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may make one")
	}
	c := startAs(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS}, "cat")
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	mine, err := self.Namespaces()
	require.NoError(t, err)
	handles := map[string]*procfs.Process{"plain": handle(t, c)}
	for w, name := range procfs.Ways {
		h, err := procfs.OpenFrom(w)
		require.NoError(t, err)
		defer h.Close()
		p, err := h.Process(c.Process.Pid)
		require.NoError(t, err)
		defer p.Close()
		handles[name] = p
	}
	for name, p := range handles {
		theirs, err := p.Namespaces()
		require.NoError(t, err, name)
		require.NotEqual(t, mine["uts"], theirs["uts"], name)
		require.Equal(t, mine["net"], theirs["net"], name)
		fd, err := p.OpenNamespace("uts")
		require.NoError(t, err, name)
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		require.NoError(t, err)
		require.NotZero(t, flags&unix.FD_CLOEXEC)
		require.Equal(t, theirs["uts"].String(), entered(t, fd), name)
	}
}

func TestWhatIsSaidOfOurOwnFilesIsTrue(t *testing.T) {
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	info := func(fd int) procfs.FDInfo {
		t.Helper()
		i, err := self.FDInfo(fd)
		require.NoError(t, err)
		return i
	}
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	require.NoError(t, err)
	defer file.Close()
	fd := int(file.Fd())
	_, err = file.WriteString("12345")
	require.NoError(t, err)
	require.NoError(t, unix.Flock(fd, unix.LOCK_EX))
	i := info(fd)
	require.EqualValues(t, 5, i.Pos)
	require.EqualValues(t, unix.O_APPEND|unix.O_RDWR|unix.O_CLOEXEC, i.Flags&(unix.O_APPEND|unix.O_ACCMODE|unix.O_CLOEXEC))
	var st unix.Statx_t
	require.NoError(t, unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID|unix.STATX_INO, &st))
	require.EqualValues(t, st.Mnt_id, i.MountID)
	require.Equal(t, st.Ino, i.Inode)
	lock, ok := i.Line("lock")
	require.True(t, ok)
	require.Contains(t, lock, "FLOCK")

	event, err := unix.Eventfd(41, unix.EFD_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(event)
	require.EqualValues(t, 41, info(event).Eventfd.Count)

	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(epoll)
	require.NoError(t, unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, event, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLPRI, Fd: 0x1234}))
	targets := info(epoll).Epoll
	require.Len(t, targets, 1)
	require.Equal(t, event, targets[0].FD)
	require.EqualValues(t, unix.EPOLLIN|unix.EPOLLPRI|unix.EPOLLERR|unix.EPOLLHUP, targets[0].Events)
	require.EqualValues(t, 0x1234, uint32(targets[0].Data))
	require.Equal(t, info(event).Inode, targets[0].Inode)

	watch, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(watch)
	wd, err := unix.InotifyAddWatch(watch, filepath.Dir(file.Name()), unix.IN_CREATE|unix.IN_DELETE)
	require.NoError(t, err)
	watches := info(watch).Inotify
	require.Len(t, watches, 1)
	require.Equal(t, wd, watches[0].WD)
	require.EqualValues(t, unix.IN_CREATE|unix.IN_DELETE, watches[0].Mask)
	var dir unix.Stat_t
	require.NoError(t, unix.Stat(filepath.Dir(file.Name()), &dir))
	require.Equal(t, dir.Ino, watches[0].Inode)

	c := start(t)
	pidfd, err := unix.PidfdOpen(c.Process.Pid, 0)
	require.NoError(t, err)
	defer unix.Close(pidfd)
	require.Equal(t, &procfs.PidfdInfo{PID: c.Process.Pid, NSPID: []int{c.Process.Pid}}, info(pidfd).Pidfd)
	c.reap()
	reaped := info(pidfd).Pidfd
	require.Equal(t, -1, reaped.PID)

	_, err = self.FDInfo(1 << 20)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	_, err = self.FDInfo(-1)
	require.ErrorIs(t, err, os.ErrInvalid)
	for fd, err := range self.FDs() {
		require.NoError(t, err)
		if fd.Number == pidfd {
			require.True(t, bytes.HasPrefix(fd.Target, []byte("anon_inode:[pidfd]")) || bytes.HasPrefix(fd.Target, []byte("pidfd:")), "%s", fd.Target)
		}
	}
}
