// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"io/fs"
	"iter"
	"syscall"

	"github.com/kernlink/kernlink/internal/decimal"
	"github.com/kernlink/kernlink/internal/sys"
)

// FD is an open file of a process.
type FD struct {
	Number int

	// Target is where the link in /proc/PID/fd leads: a path, or what the
	// kernel calls a thing without one, such as socket:[4026]. It is borrowed.
	Target Text
}

// FDs goes through /proc/PID/fd. The FD is borrowed until the next turn. It is
// no snapshot; a file that is closed meanwhile is left out.
//
// An error about one file stands in its place, with the number. Any other
// error is the last: [kernlink.ErrRestricted] without the right to trace the
// process, [kernlink.ErrGone]. A zombie has no files, which is no error. It
// allocates buffers for the loop, and the kernel's form of each name.
func (p *Process) FDs() iter.Seq2[FD, error] {
	return func(yield func(FD, error) bool) {
		fd, err := p.open(fileFDs, sys.ReadOnly|sys.Directory)
		if err != nil {
			yield(FD{}, err)
			return
		}
		defer sys.Close(fd)
		l := links{fs: p.fs, fd: fd, target: make([]byte, 4096)}
		entries := make([]byte, direntBuffer)
		for {
			n, err := sys.ReadDir(fd, entries)
			if err != nil {
				yield(FD{}, p.failure("read", fileFDs, err))
				return
			}
			if n == 0 {
				return
			}
			if !p.files(&l, entries[:n], yield) {
				return
			}
		}
	}
}

// links is the folder of links, and where one leads.
type links struct {
	fs     *FS
	fd     int
	target []byte
}

func (p *Process) files(l *links, entries []byte, yield func(FD, error) bool) bool {
	for {
		d, rest, ok := sys.NextDirent(entries)
		if !ok {
			return true
		}
		entries = rest
		number, ok := decimal.Parse(d.Name)
		if !ok {
			continue
		}
		n, err := l.read(string(d.Name))
		file := FD{Number: int(number), Target: l.target[:n]}
		switch {
		case err == nil:
		case errors.Is(err, fs.ErrNotExist) && !p.Gone():
			continue // closed meanwhile
		default:
			err = p.failed("read", "fd/"+string(d.Name), err)
			file.Target = nil
		}
		if !yield(file, err) || errors.Is(err, syscall.ESRCH) || errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
}

func (l *links) read(name string) (int, error) {
	for {
		n, err := l.fs.readLink(l.fd, name, l.target)
		if n < len(l.target) || len(l.target) >= lastBuffer {
			return n, err
		}
		l.target = make([]byte, 2*len(l.target))
	}
}
