// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strconv"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Process is a process (or a thread, if it was asked for by number).
//
// A borrowed one, from [FS.Processes] or [Process.Threads], is a number: each
// call looks it up anew, and it is of no use after its turn of the loop. An
// owned one, from [FS.Process], [FS.Self], [Process.Thread] or [Process.Open],
// is the process itself, an open folder that no later process with the same
// number can take the place of. It has one file descriptor, one more for each
// file that an Into call has read, and one for signals, until Close. The other
// calls keep nothing open.
//
// An owned one may be used by several goroutines, Close included; they read
// one after the other.
type Process struct {
	fs    *FS
	dir   *attr.Dir // the process's folder; of a borrowed one the folder above
	above string    // the path of the folder above, for errors
	owned bool
	pid   int

	mu     sync.Mutex
	start  uint64         // 0: not known
	kept   [keptFiles]int // descriptors, -1 for none
	buf    []byte
	name   [48]byte // where the names for openat(2) are put together
	prefix int      // of name: "PID/" in a borrowed one
	pidfd  *sys.FD
	waits  map[*os.File]struct{}
}

// firstBuffer is what most status files have room in. It grows with what is
// read.
const firstBuffer = 2 << 10

// newProcess is for the folder that fd is, which it owns from then on: that of
// the process, whose name is in the folder above, or the folder above itself.
func newProcess(f *FS, fd int, above, name string) *Process {
	p := &Process{fs: f, dir: attr.Adopt(fd, path.Join(above, name), f.policy), above: above}
	for i := range p.kept {
		p.kept[i] = -1
	}
	return p
}

// PID is the number of the process in the namespace of its procfs.
func (p *Process) PID() int { return p.pid }

// StartTime is when the process began, in clock ticks ([Tick]) since boot.
// Together with the PID it tells a process from any other since then. In a
// borrowed Process it is 0 until ReadStatInto was called in this turn.
func (p *Process) StartTime() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.start
}

// Open makes an owned handle of a borrowed one, or another one of an owned
// one. It opens the folder and reads stat.
//
// errors.Is finds [kernlink.ErrGone] when the process has been reaped. If
// ReadStatInto was called in this turn of the loop, a process that has the
// number now and began at another time is ErrGone too.
func (p *Process) Open() (*Process, error) {
	dir, err := p.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer p.dir.Release()
	name := "."
	if !p.owned {
		name = strconv.Itoa(p.pid)
	}
	q, err := p.fs.own(dir, name, p.above, p.pid)
	if err != nil {
		return nil, err
	}
	if start := p.StartTime(); start != 0 && start != q.start {
		q.Close()
		return nil, p.gone("")
	}
	return q, nil
}

// Entry is the file at a path below the process's folder, in the form of
// [fs.ValidPath]: "oom_score_adj", "autogroup", "timers", "task/88/comm". It
// does not look whether there is one. Reading goes on to the end, and the
// value is written with a newline, which comm alone keeps: for that one there
// is [attr.File.Write].
//
// Of an owned Process it is this process's file and never that of a later one
// with its number. It is of no use after Close, but for what was opened until
// then ([attr.Of]).
//
// Of a borrowed one it is a file by number, which is looked up when it is
// used: in this turn or later in the loop, so it may be another process's by
// then. One that has ended is [fs.ErrNotExist] alone, and it is
// [fs.ErrClosed] after the loop.
//
// What is wrong shows when it is used. errors.Is finds [kernlink.ErrGone] when
// the process has been reaped, [fs.ErrNotExist] without ErrGone for a file
// that this kernel does not have, [fs.ErrInvalid] for a path that is none, and
// [kernlink.ErrRestricted] for what is not for the caller to read or write.
// Two files that are kept open ([attr.Of]) do not say that the process was
// reaped: environ is empty then ([Process.Environ] says it), and mountinfo and
// its like go on. It allocates the path of a borrowed one.
func (p *Process) Entry(path string) attr.File {
	if !p.owned {
		path = strconv.Itoa(p.pid) + "/" + path
	}
	return p.dir.File(path)
}

// Gone reports whether the process has been reaped. A zombie is not gone, nor
// is a process that the mount's hidepid hides from an owned handle. It looks; a
// moment later the answer may be another.
func (p *Process) Gone() bool { return p.reaped(p.look()) }

// look asks for the one file that every process has.
func (p *Process) look() error {
	dir, err := p.dir.Acquire()
	if err != nil {
		return err
	}
	defer p.dir.Release()
	name := "stat"
	if !p.owned {
		name = strconv.Itoa(p.pid) + "/stat"
	}
	return p.fs.access(dir, name)
}

// reaped tells from what look found. In the folder of a reaped process the
// kernel says ESRCH; there ENOENT is what hidepid=2 says of one that lives.
func (p *Process) reaped(err error) bool {
	if errors.Is(err, fs.ErrNotExist) {
		return !p.owned || p.fs.hidepid() == ""
	}
	return errors.Is(err, syscall.ESRCH)
}

// Close gives the descriptors back and ends every [Process.Wait] with
// [fs.ErrClosed], which everything after it fails with, a second Close
// included. A borrowed Process has nothing to close: nothing happens.
func (p *Process) Close() error {
	if !p.owned {
		return nil
	}
	if err := p.dir.Close(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, fd := range p.kept {
		if fd >= 0 {
			sys.Close(fd)
			p.kept[i] = -1
		}
	}
	if p.pidfd != nil {
		p.pidfd.Close()
	}
	for wait := range p.waits {
		wait.Close()
	}
	return nil
}

// path is where a file of the process is, for errors.
func (p *Process) path(name string) string {
	path := p.above + "/" + strconv.Itoa(p.pid)
	if name != "" {
		path += "/" + name
	}
	return path
}

// gone says that the process was reaped where the kernel did not say it.
func (p *Process) gone(name string) error {
	return &kernlink.Error{Channel: channel, Op: "read", Path: p.path(name), Kind: kernlink.ErrGone, Err: syscall.ESRCH}
}
