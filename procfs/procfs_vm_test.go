// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
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

//kerneltest:need modules=../kmod/reference/procfs tools=cat,ps,strace,lsns,findmnt,nsenter,readlink,sh

func TestMain(m *testing.M) {
	if os.Getenv(elsewhere) != "" {
		os.Exit(m.Run()) // the runner watches over the process that started this one
	}
	kerneltest.Main(m, "Example_module")
}

// record is a line of /proc/my_test/records.
type record struct{ id, square uint64 }

func parseRecord(line []byte) (r record, err error) {
	_, err = fmt.Fscan(bytes.NewReader(line), &r.id, &r.square)
	return r, err
}

func TestAModulesTextIsReadAndWritten(t *testing.T) {
	kerneltest.Load(t, "procfs", nil)
	file := open(t).Entry("my_test/my_file")
	value := attr.Of[string](file)
	defer value.Close()
	text, err := value.Get()
	require.NoError(t, err)
	require.Equal(t, "initial content", text)
	for _, want := range []string{"12345", "", strings.Repeat("long ", 3000) + "."} {
		require.NoError(t, value.Set(want))
		got, err := value.Get()
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = attr.Get[string](file)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestAModulesRecordsSpanTheKernelsBuffers(t *testing.T) {
	kerneltest.Load(t, "procfs", "records=2500")
	file := open(t).Entry("my_test/records")
	next := uint64(1)
	for r, err := range procfs.Records(file, parseRecord) {
		require.NoError(t, err)
		require.Equal(t, record{next, next * next}, r)
		next++
	}
	require.EqualValues(t, 2501, next)
	raw, err := file.Read()
	require.NoError(t, err)
	require.Greater(t, len(raw), 4*4096)
	require.Equal(t, 2500, bytes.Count(raw, []byte("\n")))

	require.NoError(t, attr.Set(file, "del 2"))
	var ids []uint64
	for r, err := range procfs.Records(file, parseRecord) {
		require.NoError(t, err)
		if ids = append(ids, r.id); len(ids) == 2 {
			break
		}
	}
	require.Equal(t, []uint64{1, 3}, ids)
}

// A line is longer than any buffer of the kernel or of ours.
func TestARecordOfManyPagesIsOne(t *testing.T) {
	kerneltest.Load(t, "procfs", nil)
	file := open(t).Entry("my_test/my_file")
	want := []string{strings.Repeat("a", 60000), "short", ""}
	require.NoError(t, file.Write([]byte(strings.Join(want, "\n")+"\n")))
	var got []string
	for line, err := range procfs.Records(file, text) {
		require.NoError(t, err)
		got = append(got, line)
	}
	require.Equal(t, want, got)
}

func TestAnEntryOfAnUnloadedModuleIsGone(t *testing.T) {
	mod := kerneltest.Load(t, "procfs", nil)
	f := open(t)
	value := attr.Of[string](f.Entry("my_test/my_file"))
	defer value.Close()
	_, err := value.Get()
	require.NoError(t, err)
	n := 0
	for _, err := range procfs.Records(f.Entry("my_test/records"), parseRecord) {
		if n++; n == 1 {
			require.NoError(t, err)
			require.NoError(t, mod.Remove(t.Context()))
		} else if err != nil {
			require.ErrorIs(t, err, kernlink.ErrGone)
			require.ErrorIs(t, err, syscall.EIO)
			n = -1
			break
		}
	}
	require.Equal(t, -1, n, "the loop says that it was cut off")
	_, err = value.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, syscall.EIO)
	for _, err := range procfs.Records(f.Entry("my_test/records"), parseRecord) {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

// other runs the test again in a process with other rights, and lets it find
// where to look in the environment.
func other(t *testing.T, where string, attr *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), elsewhere+"="+where)
	cmd.Dir, cmd.SysProcAttr = "/", attr
	return cmd
}

func TestAHiddenProcessIsHintedAt(t *testing.T) {
	if root := os.Getenv(elsewhere); root != "" {
		f, err := procfs.OpenAt(root, nil)
		require.NoError(t, err)
		defer f.Close()
		_, err = f.Process(1)
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, "hidepid=")
		if mode2 := strings.HasSuffix(root, "2"); mode2 {
			require.ErrorIs(t, err, fs.ErrNotExist, "what the kernel says")
		}
		_, err = f.Process(1 << 30)
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, "hidepid=")
		for p, err := range f.Processes() {
			require.NoError(t, err)
			_, err = p.Stat()
			if p.PID() == os.Getpid() {
				require.NoError(t, err)
			}
		}
		return
	}
	kerneltest.Require(t, kerneltest.VM)
	for _, mode := range []string{"1", "2"} {
		root := "/tmp/hidepid" + mode
		require.NoError(t, os.MkdirAll(root, 0o755))
		require.NoError(t, unix.Mount("proc", root, "proc", 0, "hidepid="+mode))
		t.Cleanup(func() { require.NoError(t, unix.Unmount(root, 0)) })
		cmd := other(t, root, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}})
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

// The kernel is told to give the number of the one that ended to the next.
func TestTheNextProcessWithTheNumberIsNotTakenForTheOld(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Config("CONFIG_CHECKPOINT_RESTORE"))
	for range 50 { // another process may be faster
		first := start(t)
		fresh, used := handle(t, first), handle(t, first)
		require.NoError(t, used.Signal(0))
		require.NoError(t, used.ReadStatInto(new(procfs.Stat)))
		adj := attr.Of[int](used.Entry("oom_score_adj"))
		defer adj.Close()
		require.NoError(t, adj.Set(100))
		first.reap()
		pid := first.Process.Pid
		require.NoError(t, os.WriteFile("/proc/sys/kernel/ns_last_pid", fmt.Append(nil, pid-1), 0))
		second := start(t)
		if second.Process.Pid != pid {
			continue
		}
		for _, p := range []*procfs.Process{used, fresh} {
			for name, call := range calls {
				require.ErrorIs(t, call(p), kernlink.ErrGone, name)
			}
			require.True(t, p.Gone())
			require.ErrorIs(t, p.Signal(syscall.SIGKILL), kernlink.ErrGone)
			require.NoError(t, p.Wait(t.Context()))
			for _, name := range entries {
				_, err := p.Entry(name).Read()
				require.ErrorIs(t, err, kernlink.ErrGone, name)
				require.ErrorIs(t, err, syscall.ESRCH, name)
			}
			require.ErrorIs(t, attr.Set(p.Entry("oom_score_adj"), 1000), kernlink.ErrGone)
		}
		require.ErrorIs(t, adj.Set(1000), kernlink.ErrGone)
		now, err := attr.Get[int](handle(t, second).Entry("oom_score_adj"))
		require.NoError(t, err)
		require.NotEqual(t, 1000, now, "the value was not for it")
		st, err := handle(t, second).Stat()
		require.NoError(t, err)
		require.NotEqual(t, procfs.Zombie, st.State, "the signal was not for it")
		return
	}
	t.Fatal("no number came twice")
}

// A container's procfs seen from outside: the numbers in it are not ours.
func TestANumberOfAnotherNamespaceIsNotSignalled(t *testing.T) {
	if root := os.Getenv(elsewhere); root != "" {
		require.NoError(t, unix.Mount("proc", "/proc", "proc", 0, ""))
		fmt.Println("ready")
		_, err := io.Copy(io.Discard, os.Stdin)
		require.NoError(t, err)
		return
	}
	kerneltest.Require(t, kerneltest.VM)
	cmd := other(t, "/proc", &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS,
	})
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var said [4096]byte
	for text := ""; !strings.Contains(text, "ready"); {
		n, err := stdout.Read(said[:])
		require.NoError(t, err, text)
		text += string(said[:n])
	}
	f, err := procfs.OpenAt(fmt.Sprintf("/proc/%d/root/proc", cmd.Process.Pid), nil)
	require.NoError(t, err)
	defer f.Close()
	p, err := f.Process(1)
	require.NoError(t, err)
	defer p.Close()
	args, err := p.Cmdline()
	require.NoError(t, err)
	require.Equal(t, "/proc/self/exe", args[0])
	err = p.Signal(0)
	require.ErrorIs(t, err, kernlink.ErrNotSupported, "it would be our own number 1")
	require.ErrorContains(t, err, "PID namespace")
	stdin.Close()
	require.NoError(t, cmd.Wait())
	require.ErrorIs(t, p.Signal(0), kernlink.ErrGone)
}
