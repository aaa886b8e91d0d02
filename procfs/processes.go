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
		s, err := f.scan()
		if err != nil {
			yield(nil, err)
			return
		}
		defer s.process.dir.Close()
		for {
			n, err := sys.ReadDir(s.fd, s.buf[:])
			if err != nil {
				yield(nil, failure("read", f.path, err))
				return
			}
			if n == 0 || !s.turn(s.buf[:n], yield) {
				return
			}
		}
	}
}

// scan is one loop: the folder has a position, so each has its own.
type scan struct {
	fd      int
	buf     [direntBuffer]byte
	process *Process
}

func (f *FS) scan() (*scan, error) {
	dir, err := f.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.dir.Release()
	fd, err := sys.OpenAt(dir, ".", sys.ReadOnly|sys.Directory)
	if err != nil {
		return nil, failure("open", f.path, err)
	}
	return &scan{fd: fd, process: newProcess(f, fd, f.path)}, nil
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
