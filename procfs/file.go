// SPDX-License-Identifier: Apache-2.0

package procfs

import (
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

	keptFiles // those above have an Into call
)

const (
	fileLimits file = keptFiles + iota
	fileCmdline
	fileComm
	fileMaps
	fileFDs
)

// names end with the zero byte that openat(2) wants.
var names = [...]string{
	fileStat: "stat\x00", fileStatus: "status\x00", fileStatm: "statm\x00", fileIO: "io\x00",
	fileLimits: "limits\x00", fileCmdline: "cmdline\x00", fileComm: "comm\x00",
	fileMaps: "maps\x00", fileFDs: "fd\x00",
}

// String is the name without the zero byte.
func (f file) String() string { return names[f][:len(names[f])-1] }

// lastBuffer is where growing ends: no file of this kind comes near.
const lastBuffer = 64 << 20

// read is the easy tier: open, read, close. parse returns what is wrong.
func (p *Process) read(f file, parse func([]byte) (problem string)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.textOnce(f)
	if err != nil {
		return err
	}
	if problem := parse(b); problem != "" {
		return p.malformed(f, b, problem)
	}
	return nil
}

// text is the Into tier: an owned process keeps the file open. The text is in
// p.buf. p.mu is held.
func (p *Process) text(f file) ([]byte, error) {
	if !p.owned {
		return p.textOnce(f)
	}
	if p.kept[f] < 0 {
		fd, err := p.openLocked(f, sys.ReadOnly)
		if err != nil {
			return nil, err
		}
		p.kept[f] = fd
	}
	return p.load(f, p.kept[f])
}

func (p *Process) textOnce(f file) ([]byte, error) {
	fd, err := p.openLocked(f, sys.ReadOnly)
	if err != nil {
		return nil, err
	}
	b, err := p.load(f, fd)
	sys.Close(fd)
	return b, err
}

// load reads an open file by one pread(2), which is all: these files are one
// record to the kernel, and it hands out a record in one piece when there is
// room. So each is a snapshot.
func (p *Process) load(f file, fd int) ([]byte, error) {
	for {
		n, err := sys.Pread(fd, p.buf, 0)
		switch {
		case err != nil:
			return nil, p.failure("read", f, err)
		case n == len(p.buf) && n < lastBuffer:
			p.buf = make([]byte, 2*n)
			continue
		case n == len(p.buf):
			return nil, p.failure("read", f, syscall.EFBIG)
		case n == 0 && p.Gone(): // the file is empty: not all of them say ESRCH
			return nil, p.gone(f.String())
		}
		return p.buf[:n], nil
	}
}

func (p *Process) open(f file, flags int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.openLocked(f, flags)
}

// openLocked opens a file of the process. p.mu is held, for p.name.
func (p *Process) openLocked(f file, flags int) (int, error) {
	dir, err := p.dir.Acquire()
	if err != nil {
		return -1, p.failure("open", f, err)
	}
	fd, err := sys.OpenAtZ(dir, append(p.name[:p.prefix], names[f]...), flags)
	p.dir.Release()
	if err != nil {
		return -1, p.failure("open", f, err)
	}
	return fd, nil
}
