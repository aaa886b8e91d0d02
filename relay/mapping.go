// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// Subbufs is how far the sub-buffers of one CPU are.
type Subbufs struct {
	Produced uint64 // sub-buffers that were completed, ever
	Consumed uint64 // and those of them that were read

	// Padding is how many bytes at the end of each are unused; nil is none.
	Padding []int
}

// MapOptions are what relay itself does not tell who maps a buffer: how it is
// divided, and how far it is. The module has to offer files or an ioctl for
// that.
type MapOptions struct {
	Size  int // bytes of a sub-buffer, as in the module's relay_open()
	Count int // of sub-buffers

	// State asks the module how far this CPU is. It may use the memory of
	// Padding.
	State func(*Subbufs) error

	// Consumed tells the module that n more sub-buffers were read, so that
	// it calls relay_subbufs_consumed().
	Consumed func(n int) error
}

// Mapping is the memory of a buffer, mapped into this process: its sub-buffers
// are read where the kernel wrote them.
//
// It owns the mapping until Close, and may outlive its Channel. Close may be
// called from any goroutine; the rest is for one at a time.
type Mapping struct {
	b     *Buffer
	mem   *sys.Mapping
	opts  MapOptions
	state Subbufs
}

// Map maps the buffer. Do not read the same buffer in another way.
//
// errors.Is finds [kernlink.ErrNotSupported] when the channel does not offer
// it: debugfs hides it, unless the module makes its files with
// debugfs_create_file_unsafe; EINVAL when Size and Count are not the buffer's;
// [fs.ErrInvalid] for options that cannot be; [kernlink.ErrGone];
// [fs.ErrClosed].
func (b *Buffer) Map(opts MapOptions) (*Mapping, error) {
	page := os.Getpagesize()
	if opts.Size <= 0 || opts.Count <= 0 || opts.Count > (math.MaxInt32-page)/opts.Size || opts.State == nil || opts.Consumed == nil {
		return nil, failure("map", b.path, fmt.Errorf("%w: %d sub-buffers of %d bytes", fs.ErrInvalid, opts.Count, opts.Size))
	}
	fd, err := b.fd.Acquire()
	if err != nil {
		return nil, failure("map", b.path, err)
	}
	defer b.fd.Release()
	// The kernel maps the whole buffer or nothing.
	size := (opts.Size*opts.Count + page - 1) / page * page
	mem, err := sys.Mmap(fd, 0, size, sys.ProtRead, sys.MapShared)
	switch {
	case err == syscall.ENODEV:
		return nil, b.unoffered("map", err, "mmap: debugfs hides it, unless its files are made with debugfs_create_file_unsafe")
	case err != nil:
		return nil, b.readFailure(fd, err)
	}
	return &Mapping{b: b, mem: mem, opts: opts}, nil
}

// Pending goes through the sub-buffers that are complete and were not read,
// the oldest first, and ends when there is no more: it is a call. The rest of
// the last one comes when the module has flushed it.
//
// The bytes are the kernel's own, borrowed until the next turn: they may not be
// written to, and a copy is needed of what is kept. When the turn is over the
// module is told that the sub-buffer was read. In a channel that overwrites,
// it can be written anew meanwhile.
//
// An error is the last item: that of State or Consumed, or [fs.ErrClosed].
func (m *Mapping) Pending() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		mem, err := m.mem.Acquire()
		if err != nil {
			yield(nil, failure("read", m.b.path, err))
			return
		}
		defer m.mem.Release()
		for {
			sub, err := m.oldest(mem)
			if err != nil {
				yield(nil, failure("read", m.b.path, err))
				return
			}
			if sub == nil {
				return
			}
			more := yield(sub, nil)
			if err := m.opts.Consumed(1); err != nil && more {
				yield(nil, failure("read", m.b.path, err))
				return
			}
			if !more {
				return
			}
		}
	}
}

// oldest is the used part of the sub-buffer to read next, nil for none.
func (m *Mapping) oldest(mem []byte) ([]byte, error) {
	s := &m.state
	*s = Subbufs{Padding: s.Padding[:0]}
	if err := m.opts.State(s); err != nil {
		return nil, err
	}
	if s.Consumed >= s.Produced {
		return nil, nil
	}
	next := int(max(s.Consumed, s.Produced-min(s.Produced, uint64(m.opts.Count))) % uint64(m.opts.Count))
	used := m.opts.Size
	if next < len(s.Padding) {
		used -= s.Padding[next]
	}
	if used < 0 || used > m.opts.Size {
		return nil, fmt.Errorf("%w: sub-buffer %d of %d bytes has %d unused", fs.ErrInvalid, next, m.opts.Size, s.Padding[next])
	}
	from := next * m.opts.Size
	return mem[from : from+used : from+used], nil
}

// Close unmaps the memory, when a loop that runs is over. A second Close fails
// with [fs.ErrClosed].
func (m *Mapping) Close() error {
	if err := m.mem.Close(); err != nil {
		return failure("close", m.b.path, err)
	}
	return nil
}
