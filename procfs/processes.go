// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"iter"

	"github.com/kernlink/kernlink/internal/decimal"
	"github.com/kernlink/kernlink/internal/sys"
)

// direntBuffer is what libc takes for a folder: about a thousand entries.
const direntBuffer = 32 << 10

// Processes goes through the processes in the order of their numbers.
//
// The Process is borrowed, one value for all turns: it owns no descriptor, and
// its Into calls open the file by number, read it and close it. A process may
// have ended before it is read, for which errors.Is finds [kernlink.ErrGone],
// and one that a hidepid hides is not seen at all. [Process.Open] makes a
// handle to keep.
//
// It is no snapshot: what begins and ends meanwhile may be seen or not. An
// error of Processes itself ends the loop: [fs.ErrClosed] after Close.
//
// It allocates its buffers once for the loop, and nothing for a process.
func (f *FS) Processes() iter.Seq2[*Process, error] {
	return func(yield func(*Process, error) bool) {
		fd, err := f.openRoot()
		if err != nil {
			yield(nil, err)
			return
		}
		if err := f.scan(fd, f.path, yield); err != nil {
			yield(nil, failure("read", f.path, err))
		}
	}
}

func (f *FS) openRoot() (int, error) {
	dir, err := f.dir.Acquire()
	if err != nil {
		return -1, err
	}
	defer f.dir.Release()
	fd, err := f.openAt(dir, ".", sys.ReadOnly|sys.Directory)
	if err != nil {
		return -1, failure("open", f.path, err)
	}
	return fd, nil
}

// scan is one loop over a folder of numbers: the folder has a position, so
// each loop has its own.
type scan struct {
	buf     [direntBuffer]byte
	process *Process
}

// scan goes through the folder that fd is, which it closes. The error is that
// of reading the folder, the last thing to be said.
func (f *FS) scan(fd int, path string, yield func(*Process, error) bool) error {
	s := &scan{process: newProcess(f, fd, path, "")}
	defer s.process.dir.Close()
	for {
		n, err := sys.ReadDir(fd, s.buf[:])
		if err != nil {
			return err
		}
		if n == 0 || !s.turn(s.buf[:n], yield) {
			return nil
		}
	}
}

func (s *scan) turn(entries []byte, yield func(*Process, error) bool) bool {
	for {
		d, rest, ok := sys.NextDirent(entries)
		if !ok {
			return true
		}
		entries = rest
		pid, ok := decimal.Parse(d.Name)
		if !ok || pid == 0 || len(d.Name) > len("2147483647") {
			continue
		}
		s.process.become(int(pid), d.Name)
		if !yield(s.process, nil) {
			return false
		}
	}
}

func (p *Process) become(pid int, name []byte) {
	p.pid, p.start = pid, 0
	p.prefix = copy(p.name[:], name)
	p.name[p.prefix] = '/'
	p.prefix++
}
