// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// file is one of the files that each process has.
type file int

const (
	fileStat file = iota
	fileStatus
	fileStatm
	fileIO
	fileCmdline
	fileSchedstat
	fileCgroup

	keptFiles // those above are kept open by an Into call
)

const (
	fileLimits file = keptFiles + iota
	fileComm
	fileMaps
	fileFDs
	fileTask
	fileSmapsRollup
	fileEnviron
	fileSched
	fileStack
	fileWChan
	fileNS
	fileFDInfo
	fileMountInfo
)

// names end with the zero byte that openat(2) wants.
var names = [...]string{
	fileStat: "stat\x00", fileStatus: "status\x00", fileStatm: "statm\x00", fileIO: "io\x00",
	fileCmdline: "cmdline\x00", fileSchedstat: "schedstat\x00", fileCgroup: "cgroup\x00",
	fileLimits: "limits\x00", fileComm: "comm\x00", fileMaps: "maps\x00", fileFDs: "fd\x00",
	fileTask: "task\x00", fileSmapsRollup: "smaps_rollup\x00", fileEnviron: "environ\x00",
	fileSched: "sched\x00", fileStack: "stack\x00", fileWChan: "wchan\x00", fileNS: "ns\x00",
	fileFDInfo: "fdinfo\x00", fileMountInfo: "mountinfo\x00",
}

// needs are the kernel's options for the files that not every kernel has.
var needs = map[string]string{
	"io": "CONFIG_TASK_IO_ACCOUNTING", "schedstat": "CONFIG_SCHED_INFO", "cgroup": "CONFIG_CGROUPS",
	"smaps_rollup": "CONFIG_PROC_PAGE_MONITOR", "sched": "CONFIG_SCHED_DEBUG", "stack": "CONFIG_STACKTRACE",
}

// String is the name without the zero byte.
func (f file) String() string { return names[f][:len(names[f])-1] }

// lastBuffer is where growing ends: no file of this kind comes near.
const lastBuffer = 64 << 20

// read is the easy tier: open, read, close. parse returns what is wrong.
func (p *Process) read(f file, parse func([]byte) (problem string)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.textOnce(f, p.larger(0))
	if err != nil {
		return err
	}
	if problem := parse(b); problem != "" {
		return p.malformed(f, b, problem)
	}
	return nil
}

// small is what a stat has room in, as a rule. It is the caller's own memory,
// on the stack: buffers of a thousand handles would not be in the CPU's cache
// when they are read in turn.
type small [512]byte

// text is the Into tier: an owned process keeps the file open. The text is in
// buf, or in p.buf when it is longer. p.mu is held.
func (p *Process) text(f file, buf []byte) ([]byte, error) {
	if !p.owned {
		return p.textOnce(f, buf)
	}
	if p.kept[f] < 0 {
		fd, err := p.openLocked(f, sys.ReadOnly)
		if err != nil {
			return nil, err
		}
		p.kept[f] = fd
	}
	return p.load(f, p.kept[f], buf)
}

func (p *Process) textOnce(f file, buf []byte) ([]byte, error) {
	b, op, err := p.said(f, buf)
	if err != nil {
		return nil, p.failure(op, f, err)
	}
	return b, nil
}

// said is textOnce with the kernel's own word for what is wrong, and where it
// said it.
func (p *Process) said(f file, buf []byte) (b []byte, op string, err error) {
	fd, err := p.openPlain(f, sys.ReadOnly)
	if err != nil {
		return nil, "open", err
	}
	b, err = p.loadPlain(f, fd, buf)
	sys.Close(fd)
	return b, "read", err
}

// larger is a buffer for more than n bytes.
func (p *Process) larger(n int) []byte {
	if len(p.buf) <= n {
		p.buf = make([]byte, max(2*n, firstBuffer))
	}
	return p.buf
}

func (p *Process) load(f file, fd int, buf []byte) ([]byte, error) {
	b, err := p.loadPlain(f, fd, buf)
	if err != nil {
		return nil, p.failure("read", f, err)
	}
	return b, nil
}

// loadPlain reads an open file by one pread(2), which is all: these files are
// one record to the kernel, and it hands out a record in one piece when there
// is room. So each is a snapshot.
func (p *Process) loadPlain(f file, fd int, buf []byte) ([]byte, error) {
	for {
		n, err := sys.Pread(fd, buf, 0)
		switch {
		case err != nil:
			return nil, err
		case n == len(buf) && n < lastBuffer:
			buf = p.larger(n)
			continue
		case n == len(buf):
			return nil, syscall.EFBIG
		case n == 0 && f != fileCmdline && p.Gone(): // arguments may be none, and say ESRCH when they are gone
			return nil, syscall.ESRCH
		}
		return buf[:n], nil
	}
}

func (p *Process) open(f file, flags int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.openLocked(f, flags)
}

// openLocked opens a file of the process. p.mu is held, for p.name.
func (p *Process) openLocked(f file, flags int) (int, error) {
	fd, err := p.openPlain(f, flags)
	if err != nil {
		return -1, p.failure("open", f, err)
	}
	return fd, nil
}

func (p *Process) openPlain(f file, flags int) (int, error) {
	dir, err := p.dir.Acquire()
	if err != nil {
		return -1, err
	}
	defer p.dir.Release()
	return p.fs.openAtZ(dir, append(p.name[:p.prefix], names[f]...), flags)
}

// whole reads a file, whose name need not be one of the above, to its end: the
// kernel may make more than one record of it.
func (p *Process) whole(name string) ([]byte, error) {
	dir, err := p.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer p.dir.Release()
	path := name
	if !p.owned {
		path = strconv.Itoa(p.pid) + "/" + name
	}
	fd, err := p.fs.openAt(dir, path, sys.ReadOnly)
	if err != nil {
		return nil, p.failed("read", name, err)
	}
	defer sys.Close(fd)
	b, err := sys.ReadAll(fd)
	if err != nil {
		return nil, p.failed("read", name, err)
	}
	return b, nil
}
