// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/modparam"
	"github.com/kernlink/kernlink/procfs"
	"github.com/kernlink/kernlink/sysctl"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need modules=params,configfs_ex kmods=dummy,brd,configfs tools=cat

// answer is what became of a read or a write. The zero answer is that there
// was something.
type answer struct {
	kind  error // what kernlink says that it means, nil of a raw system call
	errno error // as the kernel gave it
	empty bool  // no error, and nothing there
}

var (
	data    = answer{}
	nothing = answer{empty: true}
)

func says(errno syscall.Errno) answer { return answer{errno: errno} }

func gone(errno syscall.Errno) answer { return answer{kind: kernlink.ErrGone, errno: errno} }

func answerOf(n int, err error) answer {
	a := answer{empty: n == 0 && err == nil}
	if err == nil {
		return a
	}
	for _, kind := range []error{kernlink.ErrGone, kernlink.ErrNoValue, kernlink.ErrRestricted, kernlink.ErrNotSupported} {
		if errors.Is(err, kind) {
			a.kind = kind
		}
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		a.errno = errno
	}
	return a
}

// use is one read or write, or a listing: how much there was.
type use func() (int, error)

// handle is a file of a thing, seen through kernlink.
type handle struct {
	kept use // used before the event and after it
	anew use // looked up again in the same object
}

// thing is something that can go away while its files are open.
type thing struct {
	path string                           // of the folder of its files
	file func(name string) attr.File      // those of package attr
	open func(name string) (handle, bool) // the others; nil for none
	end  func()                           // it goes away
}

// row is one kind of file.
type row struct {
	name  string
	write string // what is written; "" for reading
	raw   answer // what the kernel says of a descriptor that was kept
	kept  answer // what kernlink says of a handle that was kept
	again answer // and when that is used once more
	anew  answer // and of the file looked up again in the same object
}

// The table of field notes: what each channel says of an object that went away
// while its files were open, beside what kernlink makes of it.
var goings = []struct {
	event string
	begin func(t *testing.T) thing
	typo  answer // a name that never was, after the event; ENOENT before
	rows  []row
}{
	{"a process is reaped, its handle is kept", handleOf(reap), answer{}, []row{
		{"stat", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"status", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"statm", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"io", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"limits", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"comm", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"cmdline", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"maps", "", says(unix.ESRCH), gone(unix.ESRCH), nothing, gone(unix.ESRCH)},
		{"fd", "", says(unix.ENOENT), gone(unix.ENOENT), nothing, gone(unix.ESRCH)},
		{"schedstat", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"cgroup", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"smaps_rollup", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"environ", "", nothing, gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"wchan", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"sched", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"stack", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"mountinfo", "", data, data, nothing, gone(unix.ESRCH)}, // the loop goes on
		{"ns", "", says(unix.ENOENT), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH)},
		{"task", "", says(unix.ENOENT), gone(unix.ENOENT), nothing, gone(unix.ESRCH)},
		{".", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT)},
	}},
	{"a process is a zombie, its handle is kept", handleOf(bury), answer{}, []row{
		{"stat", "", data, data, data, data},
		{"status", "", data, data, data, data},
		{"statm", "", data, data, data, data},
		{"io", "", data, data, data, data},
		{"limits", "", data, data, data, data},
		{"comm", "", data, data, data, data},
		{"cmdline", "", nothing, nothing, nothing, nothing},
		{"maps", "", nothing, data, nothing, nothing},
		{"fd", "", data, nothing, nothing, nothing},
		{"schedstat", "", data, data, data, data},
		{"cgroup", "", data, data, data, data},
		{"smaps_rollup", "", says(unix.ESRCH), nothing, nothing, nothing},
		{"environ", "", nothing, nothing, nothing, nothing},
		{"wchan", "", data, data, data, data},
		{"sched", "", data, data, data, data},
		{"mountinfo", "", data, data, nothing, nothing},
		{"ns", "", data, data, data, data}, // fewer than before
		{"task", "", data, nothing, nothing, data},
		{".", "", data, data, data, data},
	}},
	{"a process is reaped, its entries are kept", entriesOf(reap), says(unix.ENOENT), []row{
		{"stat", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"status", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"maps", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"cmdline", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"comm", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"io", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"limits", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"oom_score_adj", "", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		{"oom_score_adj", "7", says(unix.ESRCH), gone(unix.ESRCH), gone(unix.ENOENT), says(unix.ENOENT)},
		// These three the kernel does not tell.
		{"environ", "", nothing, nothing, nothing, says(unix.ENOENT)},
		{"mountinfo", "", data, data, data, says(unix.ENOENT)},
		{"fdinfo/0", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"a process is a zombie, its entries are kept", entriesOf(bury), says(unix.ENOENT), []row{
		{"stat", "", data, data, data, data},
		{"maps", "", nothing, nothing, nothing, nothing},
		{"cmdline", "", nothing, nothing, nothing, nothing},
		{"fdinfo/0", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"a module removes its entries from /proc", entryOfAModule, says(unix.ENOENT), []row{
		{"my_file", "", says(unix.EIO), gone(unix.EIO), gone(unix.ENOENT), says(unix.ENOENT)},
		{"my_file", "text", says(unix.EIO), gone(unix.EIO), gone(unix.ENOENT), says(unix.ENOENT)},
		{"records", "", says(unix.EIO), gone(unix.EIO), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"a network device is deleted", netDevice(deleteLink), gone(unix.ENOENT), []row{
		{"mtu", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"mtu", "1400", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"statistics/rx_packets", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"uevent", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"the module of a network device is unloaded", netDevice(nil), gone(unix.ENOENT), []row{
		{"mtu", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"a network device is deleted, its sysctls are kept", netSysctls(false), gone(unix.ENOENT), []row{
		{"forwarding", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"forwarding", "0", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"a network device is deleted, its sysctls are kept by their paths", netSysctls(true), says(unix.ENOENT), []row{
		{"forwarding", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
		{"forwarding", "0", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"a module is unloaded, its sysctls are kept", sysctlsOfAModule(false), says(unix.ENOENT), []row{
		{"number", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
		{"number", "3", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
		{"text", "text", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
		{"event", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
		// The folder's own descriptor says it, and its name is not there.
		{".", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"a module is unloaded, the folder of its sysctls is kept", sysctlsOfAModule(true), gone(unix.ENOENT), []row{
		{"vector", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"vector", "1 2 3 4", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"the module of a block device is unloaded", blockDevice, gone(unix.ENOENT), []row{
		{"size", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"queue/rotational", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"queue/rotational", "0", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"a bus removes a device", busDevice(false), gone(unix.ENOENT), []row{
		{"value", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"value", "1", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"subsystem", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		// A folder that went is listed as an empty one, the dots and no error.
		{".", "", data, gone(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENODEV)},
	}},
	{"a bus removes a device, and another comes by the same name", busDevice(true), gone(unix.ENOENT), []row{
		{"value", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"value", "1", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"subsystem", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"the module of an object is unloaded", objectOfAModule, gone(unix.ENOENT), []row{
		{"first", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"first", "3", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"blob", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT)},
	}},
	{"a file of debugfs is removed", visitor, says(unix.ENOENT), []row{
		{"guest", "", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
		{"guest", "3", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"the module of files of debugfs is unloaded", debugFiles, gone(unix.ENOENT), []row{
		{"u32", "", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"u32", "3", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"bool", "", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"blob", "", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		// Its text was made when it was opened.
		{"u32s", "", nothing, gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"regs", "", says(unix.EIO), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"a module is unloaded, its parameters are kept", parameters, says(unix.ENOENT), []row{
		{"int", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), says(unix.ENOENT)},
		{"int", "3", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), says(unix.ENOENT)},
		{"charp", "", says(unix.ENODEV), gone(unix.ENODEV), gone(unix.ENOENT), says(unix.ENOENT)},
	}},
	{"an item of configfs is removed", configItem(false), gone(unix.ENOENT), []row{
		// What was read once is what a descriptor shows for ever.
		{"number", "", data, gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"number", "3", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"blob", "", data, gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{".", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"an item of configfs is removed, and another comes by the same name", configItem(true), gone(unix.ENOENT), []row{
		{"number", "", data, gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{"number", "3", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
		{".", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
	{"the module of a subsystem of configfs is unloaded", configSubsystem, gone(unix.ENOENT), []row{
		{".", "", says(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT), gone(unix.ENOENT)},
	}},
}

func TestWhatWentAwayIsGoneAndNothingElseIs(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	for _, g := range goings {
		t.Run(g.event, func(t *testing.T) {
			th := g.begin(t)
			raws, handles := make([]use, len(g.rows)), make([]handle, len(g.rows))
			for i, r := range g.rows {
				raws[i], handles[i] = raw(t, th, r), th.handle(t, r)
				for _, u := range []use{raws[i], handles[i].kept, handles[i].anew} {
					require.Equal(t, data, answerOf(u()), r.name)
				}
			}
			typo := handle{}
			if th.file != nil {
				typo = attribute(t, th.file("no_such_name"), "")
				require.Equal(t, says(unix.ENOENT), answerOf(typo.anew()))
				require.Equal(t, says(unix.ENOENT), answerOf(typo.kept()))
			}
			th.end()
			for i, r := range g.rows {
				name := r.name
				if r.write != "" {
					name += " written"
				}
				t.Run(name, func(t *testing.T) {
					require.Equal(t, r.raw, answerOf(raws[i]()), "the kernel")
					require.Equal(t, r.kept, answerOf(handles[i].kept()), "kept")
					require.Equal(t, r.again, answerOf(handles[i].kept()), "kept, once more")
					require.Equal(t, r.anew, answerOf(handles[i].anew()), "looked up again")
				})
			}
			if th.file != nil {
				require.Equal(t, g.typo, answerOf(typo.anew()), "a name that never was")
				require.Equal(t, g.typo, answerOf(typo.kept()), "a name that never was")
			}
		})
	}
}

// A descriptor of configfs that was not read before has nothing old to show.
func TestAnAttributeOfConfigfsThatWasNeverReadIsGone(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	th := configItem(false)(t)
	number := raw(t, th, row{name: "number"})
	th.end()
	require.Equal(t, says(unix.ENOENT), answerOf(number()))
}

// Since 6.12 the kernel says ESRCH to who opens the environment of a process
// without memory, which is there all the same.
func TestAZombieIsNotGoneThoughItsEnvironmentIs(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	th := entriesOf(bury)(t)
	environ := raw(t, th, row{name: "environ"})
	kept := attribute(t, th.file("environ"), "")
	require.Equal(t, data, answerOf(environ()))
	require.Equal(t, data, answerOf(kept.kept()))
	th.end()
	require.Equal(t, nothing, answerOf(environ()))
	require.Equal(t, nothing, answerOf(kept.kept()))
	require.Contains(t, []answer{nothing, says(unix.ESRCH)}, answerOf(kept.anew()))
}

func (th thing) handle(t *testing.T, r row) handle {
	if th.open != nil {
		if h, ok := th.open(r.name); ok {
			return h
		}
	}
	return attribute(t, th.file(r.name), r.write)
}

// attribute is a file of package attr.
func attribute(t *testing.T, f attr.File, write string) handle {
	v := attr.Of[string](f)
	t.Cleanup(func() { v.Close() })
	if write != "" {
		return handle{
			kept: func() (int, error) { return len(write), v.Set(write) },
			anew: func() (int, error) { return len(write), attr.Set(f, write) },
		}
	}
	return handle{
		kept: func() (int, error) { s, err := v.Get(); return len(s), err },
		anew: func() (int, error) { s, err := attr.Get[string](f); return len(s), err },
	}
}

// raw is the system call alone, on a descriptor that was opened before: what
// the kernel's own words are.
func raw(t *testing.T, th thing, r row) use {
	t.Helper()
	path, flags := filepath.Join(th.path, r.name), unix.O_RDONLY
	link := r.name == "subsystem"
	switch {
	case r.write != "":
		flags = unix.O_WRONLY
	case link:
		path, flags = th.path, unix.O_PATH
	case r.name == "." && th.file == nil: // of a process
		flags = unix.O_PATH
	}
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	require.NoError(t, err, path)
	t.Cleanup(func() { unix.Close(fd) })
	buf := make([]byte, 4096)
	switch {
	case link:
		return func() (int, error) { return unix.Readlinkat(fd, r.name, buf) }
	case r.write != "":
		return func() (int, error) { return unix.Write(fd, []byte(r.write)) }
	case flags == unix.O_PATH:
		return func() (int, error) { return inside(fd, buf) }
	case r.name == "fd", r.name == "ns", r.name == "task", r.name == ".":
		return func() (int, error) {
			if _, err := unix.Seek(fd, 0, io.SeekStart); err != nil {
				return 0, err
			}
			return unix.Getdents(fd, buf)
		}
	}
	return func() (int, error) {
		n, err := unix.Pread(fd, buf, 0)
		if err == unix.ESPIPE { // a number in debugfs
			n, err = unix.Read(fd, buf)
		}
		return n, err
	}
}

// inside opens a file and reads a link in the folder of a process: the kernel
// answers both alike.
func inside(dir int, buf []byte) (int, error) {
	file, err := unix.Openat(dir, "stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(file)
	}
	n, linkErr := unix.Readlinkat(dir, "cwd", buf)
	if !errors.Is(linkErr, err) {
		return 0, fmt.Errorf("open says %v, readlink %v", err, linkErr)
	}
	return max(n, 0), err
}

// child is a process that lives until its standard input is closed.
type child struct {
	*exec.Cmd
	stdin io.Closer
}

func startChild(t *testing.T) *child {
	t.Helper()
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	// When Start returns the child may still be in its exec, with the memory
	// of this process or with none of its arguments.
	_, err = stdin.Write([]byte{'x'})
	require.NoError(t, err)
	_, err = io.ReadFull(stdout, make([]byte, 1))
	require.NoError(t, err)
	return &child{cmd, stdin}
}

func reap(t *testing.T, c *child) {
	c.stdin.Close()
	require.NoError(t, c.Wait())
}

// bury ends the child without asking how it ended.
func bury(t *testing.T, c *child) {
	c.stdin.Close()
	for {
		err := unix.Waitid(unix.P_PID, c.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			require.NoError(t, err)
			return
		}
	}
}

func openProc(t *testing.T) *procfs.FS {
	t.Helper()
	f, err := procfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// handleOf is a process by procfs.Process.
func handleOf(end func(*testing.T, *child)) func(*testing.T) thing {
	return func(t *testing.T) thing {
		c, f := startChild(t), openProc(t)
		p, err := f.Process(c.Process.Pid)
		require.NoError(t, err)
		t.Cleanup(func() { p.Close() })
		return thing{
			path: "/proc/" + strconv.Itoa(p.PID()),
			open: func(name string) (handle, bool) { return ofProcess(t, f, p, name), true },
			end:  func() { end(t, c) },
		}
	}
}

func ofProcess(t *testing.T, f *procfs.FS, p *procfs.Process, name string) handle {
	stat, status, statm, counts := new(procfs.Stat), new(procfs.Status), new(procfs.Statm), new(procfs.IO)
	limits := some(func() error { _, err := p.Limits(); return err })
	comm := func() (int, error) { s, err := p.Comm(); return len(s), err }
	cmdline := func() (int, error) { args, err := p.Cmdline(); return len(args), err }
	schedstat, cgroups, memory := new(procfs.Schedstat), new([]procfs.Cgroup), new(procfs.SmapsRollup)
	environ := func() (int, error) { env, err := p.Environ(); return len(env), err }
	wchan := some(func() error { _, err := p.WChan(); return err })
	sched := some(func() error { _, err := p.Sched(); return err })
	stack := some(func() error { _, err := p.Stack(); return err })
	ns := func() (int, error) { all, err := p.Namespaces(); return len(all), err }
	return map[string]handle{
		"stat":    {some(func() error { return p.ReadStatInto(stat) }), some(func() error { _, err := p.Stat(); return err })},
		"status":  {some(func() error { return p.ReadStatusInto(status) }), some(func() error { _, err := p.Status(); return err })},
		"statm":   {some(func() error { return p.ReadStatmInto(statm) }), some(func() error { _, err := p.Statm(); return err })},
		"io":      {some(func() error { return p.ReadIOInto(counts) }), some(func() error { _, err := p.IO(); return err })},
		"limits":  {limits, limits},
		"comm":    {comm, comm},
		"cmdline": {cmdline, cmdline},
		"maps":    loop(t, p.Maps()),
		"fd":      loop(t, p.FDs()),

		"schedstat": {some(func() error { return p.ReadSchedstatInto(schedstat) }), some(func() error { _, err := p.Schedstat(); return err })},
		"cgroup":    {some(func() error { return p.ReadCgroupsInto(cgroups) }), some(func() error { _, err := p.Cgroups(); return err })},
		"smaps_rollup": {
			func() (int, error) { err := p.ReadSmapsRollupInto(memory); return int(memory.Rss), err },
			func() (int, error) { r, err := p.SmapsRollup(); return int(r.Rss), err },
		},
		"environ":   {environ, environ},
		"wchan":     {wchan, wchan},
		"sched":     {sched, sched},
		"stack":     {stack, stack},
		"mountinfo": loop(t, p.Mounts()),
		"ns":        {ns, ns},
		"task":      loop(t, p.Threads()),

		".": {some(func() error { return closed(p.Open()) }), some(func() error { return closed(f.Process(p.PID())) })},
	}[name]
}

// some is a use that gives something, or an error.
func some(call func() error) use { return func() (int, error) { return 1, call() } }

func closed(c io.Closer, err error) error {
	if err != nil {
		return err
	}
	return c.Close()
}

// loop is a loop as a file: kept is one that has begun, one turn at first and
// then all the others.
func loop[T any](t *testing.T, seq iter.Seq2[T, error]) handle {
	next, stop := iter.Pull2(seq)
	t.Cleanup(stop)
	begun := false
	return handle{
		kept: func() (n int, err error) {
			for {
				_, err, ok := next()
				if !ok || err != nil {
					return n, err
				}
				n++
				if !begun {
					begun = true
					return n, nil
				}
			}
		},
		anew: func() (n int, err error) {
			for _, err := range seq {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		},
	}
}

// entriesOf is a process by its files as entries of /proc.
func entriesOf(end func(*testing.T, *child)) func(*testing.T) thing {
	return func(t *testing.T) thing {
		c, f := startChild(t), openProc(t)
		pid := strconv.Itoa(c.Process.Pid)
		return thing{
			path: "/proc/" + pid,
			file: func(name string) attr.File { return f.Entry(pid + "/" + name) },
			end:  func() { end(t, c) },
		}
	}
}

func entryOfAModule(t *testing.T) thing {
	end := unload(t, "procfs")
	f := openProc(t)
	return thing{
		path: "/proc/my_test",
		file: func(name string) attr.File { return f.Entry("my_test/" + name) },
		end:  end,
	}
}

// unload loads a module, and unloads it when it is called.
func unload(t *testing.T, name string) (end func()) {
	t.Helper()
	m := kerneltest.Load(t, name, nil)
	require.NotNil(t, m)
	return func() { require.NoError(t, m.Remove(t.Context())) }
}

func openSys(t *testing.T) *sysfs.FS {
	t.Helper()
	f, err := sysfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func device(t *testing.T, subsystem, name string) *sysfs.Device {
	t.Helper()
	d, err := openSys(t).Device(subsystem, name)
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func netDevice(end func(t *testing.T, name string)) func(*testing.T) thing {
	return func(t *testing.T) thing {
		unload := unload(t, "dummy")
		d := device(t, "net", "dummy0")
		return thing{path: d.SysPath(), file: d.Attr, end: func() {
			if end == nil {
				unload()
			} else {
				end(t, "dummy0")
			}
		}}
	}
}

func netSysctls(byPath bool) func(*testing.T) thing {
	return func(t *testing.T) thing {
		unload(t, "dummy")
		const path = "/proc/sys/net/ipv4/conf/dummy0"
		dir, err := attr.OpenDir(path, attr.Sysctl)
		require.NoError(t, err)
		t.Cleanup(func() { dir.Close() })
		file := dir.File
		if byPath {
			file = func(name string) attr.File { return attr.At(path+"/"+name, attr.Sysctl) }
		}
		return thing{path: path, file: file, end: func() { deleteLink(t, "dummy0") }}
	}
}

// sysctlsOfAModule are keys by their names, or those of an open folder.
func sysctlsOfAModule(byFolder bool) func(*testing.T) thing {
	return func(t *testing.T) thing {
		end := unload(t, "sysctl_ex")
		f, err := sysctl.Open(nil)
		require.NoError(t, err)
		t.Cleanup(func() { f.Close() })
		d, err := f.Dir("sysctl_ex")
		require.NoError(t, err)
		t.Cleanup(func() { d.Close() })
		th := thing{path: "/proc/sys/sysctl_ex", file: d.File, end: end}
		if byFolder {
			return th
		}
		th.file = func(name string) attr.File { return f.Key("sysctl_ex", name) }
		folder := handle{
			kept: func() (int, error) { entries, err := d.List(); return len(entries), err },
			anew: func() (n int, err error) {
				for _, err := range f.All("sysctl_ex") {
					if err != nil {
						return n, err
					}
					n++
				}
				return n, nil
			},
		}
		th.open = func(name string) (handle, bool) { return folder, name == "." }
		return th
	}
}

// deleteLink deletes a network device, as ip link del does.
func deleteLink(t *testing.T, name string) {
	t.Helper()
	link, err := net.InterfaceByName(name)
	require.NoError(t, err)
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	require.NoError(t, err)
	defer unix.Close(fd)
	message := make([]byte, unix.SizeofNlMsghdr+unix.SizeofIfInfomsg)
	host := binary.NativeEndian
	host.PutUint32(message[0:], uint32(len(message)))
	host.PutUint16(message[4:], unix.RTM_DELLINK)
	host.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	host.PutUint32(message[unix.SizeofNlMsghdr+4:], uint32(link.Index))
	require.NoError(t, unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
	reply := make([]byte, 4096)
	n, err := unix.Read(fd, reply)
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, unix.SizeofNlMsghdr+4)
	require.EqualValues(t, unix.NLMSG_ERROR, host.Uint16(reply[4:]))
	require.Zero(t, host.Uint32(reply[unix.SizeofNlMsghdr:]), "the errno")
}

func blockDevice(t *testing.T) thing {
	end := unload(t, "brd")
	d := device(t, "block", "ram0")
	return thing{path: d.SysPath(), file: d.Attr, end: end}
}

func busDevice(another bool) func(*testing.T) thing {
	return func(t *testing.T) thing {
		unload(t, "sysfs_bus")
		d := device(t, "my_bus", "my1")
		link := some(func() error { _, err := d.Subsystem(); return err })
		list := func() (n int, err error) {
			for _, err := range d.Attrs() {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}
		others := map[string]handle{"subsystem": {link, link}, ".": {list, list}}
		return thing{
			path: d.SysPath(), file: d.Attr,
			open: func(name string) (handle, bool) { h, ok := others[name]; return h, ok },
			end: func() {
				echo(t, "my1", myBus+"remove")
				if another {
					echo(t, "my1", myBus+"add")
				}
			},
		}
	}
}

func objectOfAModule(t *testing.T) thing {
	end := unload(t, "sysfs_ex")
	o, err := openSys(t).Object("fs/my_test")
	require.NoError(t, err)
	t.Cleanup(func() { o.Close() })
	kept := o.Binary("blob")
	t.Cleanup(func() { kept.Close() })
	buf := make([]byte, 64)
	blob := handle{
		kept: func() (int, error) { return kept.ReadAt(buf, 0) },
		anew: func() (int, error) {
			b := o.Binary("blob")
			defer b.Close()
			return b.ReadAt(buf, 0)
		},
	}
	return thing{
		path: o.SysPath(), file: o.Attr,
		open: func(name string) (handle, bool) { return blob, name == "blob" },
		end:  end,
	}
}

// debugFiles are those whose operations are debugfs's own: they do not hold the
// module while they are open.
func debugFiles(t *testing.T) thing {
	end := unload(t, "debugfs_ex")
	f, err := debugfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	d, err := f.Dir("debugfs_ex")
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return thing{path: d.Path(), file: d.File, end: end}
}

// visitor is a file that its module removes.
func visitor(t *testing.T) thing {
	th := debugFiles(t)
	require.NoError(t, attr.Set(th.file("visitor"), true))
	th.end = func() { require.NoError(t, attr.Set(th.file("visitor"), false)) }
	return th
}

func parameters(t *testing.T) thing {
	end := unload(t, "params")
	f, err := modparam.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return thing{
		path: "/sys/module/params/parameters",
		file: func(name string) attr.File { return f.Param("params", name) },
		end:  end,
	}
}

// configItem is an item of configfs_ex.
func configItem(another bool) func(*testing.T) thing {
	return func(t *testing.T) thing {
		unload(t, "configfs_ex")
		group := configGroup(t)
		n, err := group.Create("my")
		require.NoError(t, err)
		t.Cleanup(func() { n.Close() })
		blob := func() (int, error) { b, err := n.Binary("blob").Read(); return len(b), err }
		others := map[string]handle{"blob": {blob, blob}, ".": {listOf(n), listOf(n)}}
		return thing{
			path: n.ConfigPath(), file: n.Attr,
			open: func(name string) (handle, bool) { h, ok := others[name]; return h, ok },
			end: func() {
				require.NoError(t, unix.Rmdir(n.ConfigPath()))
				if another {
					require.NoError(t, unix.Mkdir(n.ConfigPath(), 0o755))
					t.Cleanup(func() { require.NoError(t, unix.Rmdir(n.ConfigPath())) })
				}
			},
		}
	}
}

func configSubsystem(t *testing.T) thing {
	kerneltest.Load(t, "configfs", nil) // so that it outlives the other
	f := openConfig(t)
	end := unload(t, "configfs_ex")
	group, err := f.Subsystem("configfs_ex")
	require.NoError(t, err)
	t.Cleanup(func() { group.Close() })
	return thing{
		path: group.ConfigPath(), file: group.Attr,
		open: func(name string) (handle, bool) { return handle{listOf(group), listOf(group)}, name == "." },
		end:  end,
	}
}

// listOf is how much there is in an item. The subsystem of configfs_ex has
// nothing, which its own answer stands for.
func listOf(n *configfs.Node) use {
	return func() (int, error) {
		some := 1
		for _, err := range n.Attrs() {
			if err != nil {
				return 0, err
			}
			some++
		}
		return some, nil
	}
}

func configGroup(t *testing.T) *configfs.Node {
	t.Helper()
	group, err := openConfig(t).Subsystem("configfs_ex")
	require.NoError(t, err)
	t.Cleanup(func() { group.Close() })
	return group
}

// openConfig mounts configfs until the test ends.
func openConfig(t *testing.T) *configfs.FS {
	t.Helper()
	f, err := configfs.Open(&configfs.Options{Mount: true})
	require.NoError(t, err)
	t.Cleanup(func() {
		f.Close()
		require.NoError(t, unix.Unmount(f.Root(), 0))
	})
	return f
}
