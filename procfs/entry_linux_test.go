// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

// entries are files that this package has no call for, and those that are read
// by one.
var entries = []string{"schedstat", "oom_score_adj", "cgroup", "stat", "task"}

func TestAnEntryOfAProcessIsReadAndWritten(t *testing.T) {
	p := handle(t, start(t))
	file := p.Entry("oom_score_adj")
	require.Equal(t, "/proc/"+strconv.Itoa(p.PID())+"/oom_score_adj", file.Path())
	adj := attr.Of[int](file)
	defer adj.Close()
	for _, want := range []int{321, 1000} { // more needs no privilege
		require.NoError(t, attr.Set(file, want))
		got, err := adj.Get()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	byNumber, err := attr.Get[int](open(t).Entry(strconv.Itoa(p.PID()) + "/oom_score_adj"))
	require.NoError(t, err)
	require.Equal(t, 1000, byNumber)

	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	environ, err := self.Entry("environ").Read()
	require.NoError(t, err)
	inherited, _, _ := bytes.Cut(environ, []byte{0})
	key, value, _ := strings.Cut(string(inherited), "=")
	require.Equal(t, os.Getenv(key), value)
	require.Equal(t, "/proc/"+strconv.Itoa(os.Getpid())+"/environ", self.Entry("environ").Path())
}

func TestANameThatIsSetKeepsTheNewline(t *testing.T) {
	runtime.LockOSThread() // and never unlocked: the thread ends with the test
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	comm := self.Entry("task/" + strconv.Itoa(syscall.Gettid()) + "/comm")
	require.NoError(t, attr.Set(comm, "by attr"))
	name, err := comm.Read()
	require.NoError(t, err)
	require.Equal(t, "by attr\n\n", string(name))
	require.NoError(t, comm.Write([]byte("as it is")))
	name, err = comm.Read()
	require.NoError(t, err)
	require.Equal(t, "as it is\n", string(name))
}

func TestTheEntriesOfAReapedProcessAreGone(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	kept := map[string]*attr.Value[[]byte]{}
	for _, name := range append(entries, "environ", "mountinfo") {
		if name == "task" {
			continue // a folder
		}
		v := attr.Of[[]byte](p.Entry(name))
		defer v.Close()
		text, err := v.Get()
		require.NoError(t, err, name)
		require.NotEmpty(t, text, name)
		kept[name] = v
	}
	adj := attr.Of[int](p.Entry("oom_score_adj"))
	defer adj.Close()
	require.NoError(t, adj.Set(1))

	c.zombie()
	for name, v := range kept {
		text, err := v.Get()
		require.NoError(t, err, "%s of a zombie", name)
		require.Equal(t, name == "environ", len(text) == 0, name)
	}
	require.NoError(t, adj.Set(2))
	fd, err := p.Entry("fdinfo/0").Read()
	require.ErrorIs(t, err, fs.ErrNotExist, "a zombie has no files, and is there: %q", fd)
	require.NotErrorIs(t, err, kernlink.ErrGone)

	c.reap()
	reaped := func(name string, err error) {
		t.Helper()
		require.ErrorIs(t, err, kernlink.ErrGone, name)
		require.ErrorIs(t, err, syscall.ESRCH, name)
		require.ErrorContains(t, err, p.Entry(name).Path())
		require.Equal(t, 1, strings.Count(err.Error(), "procfs:"))
	}
	for name, v := range kept {
		text, err := v.Get()
		switch name {
		case "environ": // what these two say is in the documentation
			require.NoError(t, err)
			require.Empty(t, text)
		case "mountinfo":
			require.NoError(t, err)
			require.NotEmpty(t, text)
		default:
			reaped(name, err)
		}
	}
	reaped("oom_score_adj", adj.Set(3))
	for _, name := range append(entries, "environ", "mountinfo", "no_such_file") {
		_, err := p.Entry(name).Read()
		reaped(name, err)
	}
	reaped("oom_score_adj", attr.Set(p.Entry("oom_score_adj"), 4))
	fresh := attr.Of[int](p.Entry("oom_score_adj"))
	_, err = fresh.Get()
	reaped("oom_score_adj", err)
}

func TestAnEntryOfAFileThatEndedIsGoneAndItsProcessIsNot(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	info := attr.Of[[]byte](p.Entry("fdinfo/0"))
	defer info.Close()
	text, err := info.Get()
	require.NoError(t, err)
	require.Contains(t, string(text), "flags:")
	c.zombie()
	_, err = info.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.False(t, p.Gone())
}

func TestAnEntryOfABorrowedProcessIsByNumber(t *testing.T) {
	c := start(t)
	number := strconv.Itoa(c.Process.Pid)
	var file attr.File
	for p, err := range open(t).Processes() {
		require.NoError(t, err)
		if p.PID() != c.Process.Pid {
			continue
		}
		file = p.Entry("oom_score_adj")
		require.Equal(t, "/proc/"+number+"/oom_score_adj", file.Path())
		require.NoError(t, attr.Set(file, 500))
		kept := attr.Of[int](file)
		defer kept.Close()
		n, err := kept.Get()
		require.NoError(t, err)
		require.Equal(t, 500, n)
		_, err = p.Entry("../1/stat").Read()
		require.ErrorIs(t, err, fs.ErrInvalid)
		c.reap()
		_, err = file.Read()
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone, "it is not known that there was one")
		_, err = kept.Get()
		require.ErrorIs(t, err, kernlink.ErrGone, "what is open is of the process")
	}
	_, err := file.Read()
	require.ErrorIs(t, err, fs.ErrClosed)
}

func TestAnEntryIsOfNoUseAfterClose(t *testing.T) {
	p := handle(t, start(t))
	kept := attr.Of[int](p.Entry("oom_score_adj"))
	defer kept.Close()
	want, err := kept.Get()
	require.NoError(t, err)
	file := p.Entry("oom_score_adj")
	require.NoError(t, p.Close())
	_, err = file.Read()
	require.ErrorIs(t, err, fs.ErrClosed)
	got, err := kept.Get()
	require.NoError(t, err, "what was opened until then")
	require.Equal(t, want, got)
}

func TestEntriesOfAFolderOfFiles(t *testing.T) {
	stat, err := os.ReadFile("testdata/sleep.stat")
	require.NoError(t, err)
	f := folder(t, map[string]string{"88/stat": string(stat), "88/autogroup": "/autogroup-7 nice 0\n", "1/stat": string(stat)})
	p, err := f.Process(88)
	require.NoError(t, err)
	defer p.Close()
	text, err := attr.Get[string](p.Entry("autogroup"))
	require.NoError(t, err)
	require.Equal(t, "/autogroup-7 nice 0", text)
	_, err = p.Entry("loginuid").Read()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	for _, name := range []string{"", ".", "..", "/stat", "../1/stat", "stat\x00", "task/../stat"} {
		_, err = p.Entry(name).Read()
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", name)
	}
	require.NoError(t, os.RemoveAll(f.Path()+"/88"))
	_, err = p.Entry("autogroup").Read()
	require.ErrorIs(t, err, kernlink.ErrGone)
}

// A program that another takes the place of is the same process, whose kept
// file has the arguments of the new one.
func TestTheArgumentsAreThoseOfTheProgramThatRunsNow(t *testing.T) {
	c := startAs(t, nil, "sh", "-c", "read line; echo $line; read line; exec cat", "argument of many letters")
	p := handle(t, c)
	var args []procfs.Text
	strs := func() (all []string) {
		require.NoError(t, p.ReadCmdlineInto(&args))
		for _, arg := range args {
			all = append(all, arg.String())
		}
		return all
	}
	require.Equal(t, c.Args[1:], strs()[1:])
	_, err := c.stdin.Write([]byte("\n"))
	require.NoError(t, err)
	c.echo()
	require.Equal(t, []string{"cat"}, strs())
	for q, err := range open(t).Processes() {
		require.NoError(t, err)
		if q.PID() == p.PID() {
			require.NoError(t, q.ReadCmdlineInto(&args))
			require.Equal(t, []procfs.Text{procfs.Text("cat")}, args)
		}
	}
}

// mountinfo writes the blanks in a path as octal numbers.
func TestTheHintOfHidepidIsThatOfTheMountsOwnPath(t *testing.T) {
	const blanks, mangled = "hide pid\\2\t", `hide\040pid\1342\011`
	root := t.TempDir() + "/" + blanks
	require.NoError(t, os.MkdirAll(root+"/self", 0o755))
	info := "36 35 0:5 / " + strings.TrimSuffix(root, blanks) + mangled + " rw,nosuid - proc proc rw,hidepid=invisible\n"
	require.NoError(t, os.WriteFile(root+"/self/mountinfo", []byte(info), 0o644))
	f, err := procfs.OpenAt(root, nil)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Process(1)
	require.ErrorContains(t, err, "hidepid=invisible")
}
