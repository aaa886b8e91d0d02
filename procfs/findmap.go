// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/lines"
	"github.com/kernlink/kernlink/internal/sys"
)

// FindMap looks up the mapping that an address is in, as [Process.Maps] would
// show it; the Path is the caller's own. It opens /proc/PID/maps, asks, and
// closes it: for more than a few addresses [Process.OpenMemory] is faster.
//
// Since Linux 6.11 the kernel finds the one mapping itself (PROCMAP_QUERY);
// before, the text is gone through, which takes the longer the more mappings
// there are.
//
// errors.Is finds [fs.ErrNotExist] for an address that is in none, as any is
// of a kernel thread and of a zombie, [kernlink.ErrRestricted] without the
// right to trace the process, [kernlink.ErrGone].
func (p *Process) FindMap(addr uint64) (Map, error) {
	m, err := p.OpenMemory()
	var found Map
	if err == nil {
		defer m.Close()
		found, err = m.Find(addr)
	}
	if memoryless(err) || errors.Is(err, kernlink.ErrGone) && !p.Gone() {
		err = p.failed("find", fileMaps.String(), syscall.ENOENT) // it is there, and has none
	}
	found.Path = slices.Clone(found.Path)
	return found, err
}

// Memory is the memory of the program that a process ran when it was opened:
// its mappings, one looked up after the other. It does not follow the process
// into another program (execve(2)); it is gone then.
//
// It owns one file descriptor until Close. It may be used by several
// goroutines, which ask one after the other, but what Find returns is borrowed.
type Memory struct {
	fd   *sys.FD
	path string

	mu    sync.Mutex
	query *sys.MapQuery // nil: this kernel cannot be asked
	lines *lines.Reader // of the text; nil until it is needed
	name  []byte
}

// OpenMemory opens /proc/PID/maps for [Memory.Find].
//
// errors.Is finds [kernlink.ErrRestricted] without the right to trace the
// process, [kernlink.ErrGone] when it has been reaped.
func (p *Process) OpenMemory() (*Memory, error) {
	fd, err := p.open(fileMaps, sys.ReadOnly)
	if err != nil {
		return nil, err
	}
	return &Memory{fd: sys.NewFD(fd), path: p.path(fileMaps.String()), query: sys.NewMapQuery()}, nil
}

// Find looks up the mapping that an address is in. The Path is borrowed until
// the next call.
//
// errors.Is finds [fs.ErrNotExist] for an address that is in none,
// [kernlink.ErrGone] when the memory is no more: the process has ended or runs
// another program, or it never had any (a kernel thread), and [fs.ErrClosed]
// after Close. It allocates nothing but an error, and once a buffer where the
// text has to be read.
func (m *Memory) Find(addr uint64) (Map, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fd, err := m.fd.Acquire()
	if err != nil {
		return Map{}, m.failure(err)
	}
	defer m.fd.Release()
	if m.query != nil {
		err := m.query.Find(fd, addr)
		switch {
		case err == nil:
			return m.answer(), nil
		case errors.Is(err, syscall.ENOENT) && addr <= math.MaxUint>>1:
			return Map{}, m.failure(err)
		case errors.Is(err, syscall.ENOENT): // what the kernel lends to all, at the end of the text
		case errors.Is(err, syscall.ENAMETOOLONG):
		case errors.Is(err, syscall.ENOTTY):
			m.query = nil
		default:
			return Map{}, m.failure(err)
		}
	}
	return m.search(fd, addr)
}

// answer is what the text would say of the mapping that the kernel found.
func (m *Memory) answer() Map {
	q := m.query
	perms := q.Perms()
	found := Map{
		Read: perms&sys.PermRead != 0, Write: perms&sys.PermWrite != 0,
		Exec: perms&sys.PermExec != 0, Shared: perms&sys.PermShared != 0,
	}
	found.Start, found.End = q.Range()
	found.Major, found.Minor, found.Inode, found.Offset = q.File()
	name := bytes.TrimLeft(q.Name(), " ")
	if bytes.IndexByte(name, '\n') >= 0 {
		m.name = m.name[:0]
		for _, c := range name {
			if c == '\n' {
				m.name = append(m.name, `\012`...)
			} else {
				m.name = append(m.name, c)
			}
		}
		name = m.name
	}
	found.Path = name
	return found
}

// search goes through the text. The mappings are in the order of their
// addresses.
func (m *Memory) search(fd int, addr uint64) (Map, error) {
	if m.lines == nil {
		m.lines = lines.New(fd)
	}
	if err := m.lines.Rewind(); err != nil {
		return Map{}, m.failure(err)
	}
	for {
		b, err := m.lines.Next()
		if err != nil {
			return Map{}, m.failure(err)
		}
		if b == nil && m.lines.Total() == 0 {
			return Map{}, m.failure(syscall.ESRCH)
		}
		if b == nil {
			return Map{}, m.failure(syscall.ENOENT)
		}
		found, problem := parseMap(b)
		switch {
		case problem != "":
			return Map{}, malformed(m.path, b, problem)
		case addr < found.Start:
			return Map{}, m.failure(syscall.ENOENT)
		case addr < found.End:
			return found, nil
		}
	}
}

func (m *Memory) failure(err error) error {
	e := &kernlink.Error{Channel: channel, Op: "find", Path: m.path, Kind: errno.Kind(err), Err: err}
	if errors.Is(err, syscall.ESRCH) {
		e.Kind = kernlink.ErrGone
	}
	return e
}

// Close gives the descriptor back. A second Close fails with [fs.ErrClosed].
func (m *Memory) Close() error {
	if err := m.fd.Close(); err != nil {
		return &kernlink.Error{Channel: channel, Op: "close", Path: m.path, Err: err}
	}
	return nil
}
