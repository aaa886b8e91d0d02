// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/sys"
)

// MapOptions are the choices of [Binary.Map] and [Device.MapResource]; nil and
// the zero value are the defaults.
type MapOptions struct {
	// Write maps for reading and writing; without, it is for reading.
	Write bool
}

// Memory is a binary attribute, or a part of one, mapped into this process:
// registers of a device, or what a driver shares. It owns its pages until
// Close; closing the [Binary] or the object changes nothing.
//
// Each access is checked: one outside or not aligned is [fs.ErrInvalid], one
// after Close [fs.ErrClosed], and one to memory whose device or module went
// away [kernlink.ErrGone]; none ends the program. What is read and written may
// change at any time, and is in the byte order of this machine (a PCI device's
// registers are little endian). It may be used by several goroutines, Close
// included. No access allocates.
type Memory struct {
	m     *sys.Mapping
	path  string
	write bool
}

// Map maps n bytes from an offset on, or all that there are after it when n is
// 0.
//
// It is a call. errors.Is finds [kernlink.ErrNotSupported] for an attribute
// that cannot be mapped, [kernlink.ErrRestricted] when the mode of the file or
// the kernel's lockdown forbids it (the error's Hint says which),
// [kernlink.ErrReadOnly], [kernlink.ErrGone], [fs.ErrNotExist], and
// [fs.ErrInvalid] for a part that is not in the attribute. EINVAL is also what
// the kernel says of a PCI resource that a driver has claimed.
//
// Which attributes can be mapped is their drivers' matter: the resources of
// PCI devices ([Device.MapResource]), and "btf/vmlinux" since Linux 6.15.
func (b *Binary) Map(off int64, n int, opts *MapOptions) (*Memory, error) {
	n, err := b.extent(off, n)
	if err != nil {
		return nil, err
	}
	return b.mapPart(off, n, opts)
}

func (b *Binary) mapPart(off int64, n int, opts *MapOptions) (*Memory, error) {
	if opts == nil {
		opts = new(MapOptions)
	}
	fd, err := b.openOnce("map", opts)
	if err != nil {
		return nil, err
	}
	defer sys.Close(fd) // the mapping needs it no more
	prot := sys.ProtRead
	if opts.Write {
		prot |= sys.ProtWrite
	}
	m, err := sys.Mmap(fd, off, n, prot, sys.MapShared)
	if errors.Is(err, syscall.EACCES) && !opts.Write {
		// The kernel's BTF is shared with those only who do not ask for it.
		m, err = sys.Mmap(fd, off, n, prot, sys.MapPrivate)
	}
	if err != nil {
		return nil, b.mapFailure(err, opts)
	}
	return &Memory{m: m, path: b.Path(), write: opts.Write}, nil
}

// extent is how much to map. A size of 0 is unknown: the kernel checks.
func (b *Binary) extent(off int64, n int) (int, error) {
	size, err := b.Size()
	if err != nil {
		return 0, err
	}
	if off < 0 || n < 0 || size > 0 && (off >= size || int64(n) > size-off) {
		return 0, failure("map", b.Path(), fmt.Errorf("%w: %d bytes at %d of %d", fs.ErrInvalid, n, off, size))
	}
	if n > 0 {
		return n, nil
	}
	if size == 0 || size-off > math.MaxInt {
		return 0, failure("map", b.Path(), fmt.Errorf("%w: how much? the size is %d", fs.ErrInvalid, size))
	}
	return int(size - off), nil
}

func (b *Binary) openOnce(op string, opts *MapOptions) (int, error) {
	flags := sys.ReadOnly
	if opts.Write {
		flags = sys.ReadWrite
	}
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return -1, failure(op, b.Path(), fs.ErrClosed)
	}
	at, err := b.dir.Acquire()
	if err != nil {
		return -1, err
	}
	defer b.dir.Release()
	fd, err := sys.OpenAt(at, b.name, flags)
	if err != nil {
		return -1, b.refused(at, op, flags, err)
	}
	return fd, nil
}

// mapFailure says what the kernel means who does not map.
func (b *Binary) mapFailure(err error, opts *MapOptions) error {
	e := &kernlink.Error{Channel: channel, Op: "map", Path: b.Path(), Err: err}
	switch {
	case errors.Is(err, syscall.ENODEV) && b.dir.Gone():
		e.Kind = kernlink.ErrGone
	case errors.Is(err, syscall.ENODEV), errors.Is(err, errors.ErrUnsupported):
		e.Kind, e.Hint = kernlink.ErrNotSupported, "this attribute cannot be mapped by this kernel; ReadAt reads it"
	case errors.Is(err, syscall.EACCES) && opts.Write:
		e.Kind, e.Hint = kernlink.ErrReadOnly, "it can be mapped for reading only"
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		e.Kind, e.Hint = kernlink.ErrRestricted, lockdownHint(feature.Lockdown("/"))
	case errors.Is(err, syscall.EINVAL):
		e.Hint = "the part is not in the attribute, or a driver has claimed the memory, which CONFIG_IO_STRICT_DEVMEM guards (iomem=relaxed lifts that)"
	case errors.Is(err, syscall.EAGAIN):
		e.Hint = "too much memory is locked: see ulimit -l"
	}
	return e
}

func lockdownHint(state string) string {
	if state == "none" {
		return "a security module forbids it, or the kernel's lockdown"
	}
	return "the kernel's lockdown is " + state + ", which forbids the memory of devices: boot without it"
}

// Len is how many bytes are mapped.
func (m *Memory) Len() int { return m.m.Len() }

// ReadAt copies from the memory, as [io.ReaderAt]: in accesses of four bytes
// where these are aligned and of one byte where not. What has to be read in
// one access has a method of its own.
func (m *Memory) ReadAt(p []byte, off int64) (int, error) {
	return m.transfer("read", m.m.ReadAt, io.EOF, p, off)
}

// WriteAt copies into the memory, as [Memory.ReadAt] copies from it. errors.Is
// finds [io.ErrShortWrite] at the end of the memory, and
// [kernlink.ErrReadOnly].
func (m *Memory) WriteAt(p []byte, off int64) (int, error) {
	if !m.write {
		return 0, m.readOnly()
	}
	return m.transfer("write", m.m.WriteAt, io.ErrShortWrite, p, off)
}

func (m *Memory) transfer(op string, call func([]byte, int) (int, error), end error, p []byte, off int64) (int, error) {
	at := int(min(off, int64(m.Len())))
	if off < 0 {
		at = -1
	}
	n, err := call(p, at)
	switch {
	case err != nil:
		return n, m.failure(op, err)
	case n == len(p):
		return n, nil
	case end == io.EOF:
		return n, io.EOF
	}
	return n, m.failure(op, end)
}

// Uint8 reads one byte.
func (m *Memory) Uint8(off int) (uint8, error) {
	v, err := m.load(off, 1)
	return uint8(v), err
}

// Uint16 reads two bytes in one access. The offset is a multiple of two.
func (m *Memory) Uint16(off int) (uint16, error) {
	v, err := m.load(off, 2)
	return uint16(v), err
}

// Uint32 reads four bytes in one access. The offset is a multiple of four.
func (m *Memory) Uint32(off int) (uint32, error) {
	v, err := m.load(off, 4)
	return uint32(v), err
}

// Uint64 reads eight bytes in one access, or in two on a machine of 32 bits.
// The offset is a multiple of eight.
func (m *Memory) Uint64(off int) (uint64, error) { return m.load(off, 8) }

// SetUint8 writes one byte. errors.Is finds [kernlink.ErrReadOnly] for memory
// that is mapped without [MapOptions].Write.
func (m *Memory) SetUint8(off int, v uint8) error { return m.store(off, 1, uint64(v)) }

// SetUint16 writes as [Memory.Uint16] reads.
func (m *Memory) SetUint16(off int, v uint16) error { return m.store(off, 2, uint64(v)) }

// SetUint32 writes as [Memory.Uint32] reads.
func (m *Memory) SetUint32(off int, v uint32) error { return m.store(off, 4, uint64(v)) }

// SetUint64 writes as [Memory.Uint64] reads.
func (m *Memory) SetUint64(off int, v uint64) error { return m.store(off, 8, v) }

func (m *Memory) load(off, width int) (uint64, error) {
	v, err := m.m.Load(off, width)
	if err != nil {
		return 0, m.failure("read", err)
	}
	return v, nil
}

func (m *Memory) store(off, width int, v uint64) error {
	if !m.write {
		return m.readOnly()
	}
	if err := m.m.Store(off, width, v); err != nil {
		return m.failure("write", err)
	}
	return nil
}

func (m *Memory) readOnly() error {
	return readOnly("write", m.path, errors.New("mapped without MapOptions.Write"))
}

func (m *Memory) failure(op string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: op, Path: m.path, Err: err}
	if errors.Is(err, syscall.EFAULT) {
		e.Kind, e.Hint = kernlink.ErrGone, "the memory went away below the mapping"
	}
	return e
}

// Close unmaps the memory, after the accesses that are under way. A second
// Close fails with [fs.ErrClosed].
func (m *Memory) Close() error {
	if err := m.m.Close(); err != nil {
		return m.failure("close", err)
	}
	return nil
}
