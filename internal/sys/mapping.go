// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// Mapping owns memory of mmap(2) that several goroutines may use at once, as
// an [FD] owns a descriptor: Close takes effect at once for those who come
// later, and unmaps when the last one who uses the memory is done.
//
// The memory may be a device's, so Load and Store are one access of just that
// width each. And it can go away below the mapping when the device does: Load,
// Store, ReadAt and WriteAt fail with EFAULT then. Who uses the bytes that
// Acquire lends has [Mapping.Catch] for that.
type Mapping struct {
	pages []byte // as mapped, whole pages
	mem   []byte // what was asked for, within pages
	users lease
}

// Mmap maps n bytes of a file from an offset on, which need not be that of a
// page. prot and flags are of [ProtRead] and [MapShared] and their like.
func Mmap(fd int, off int64, n int, prot, flags int) (*Mapping, error) {
	if off < 0 || n <= 0 || off > 1<<62 {
		return nil, syscall.EINVAL
	}
	skew := int(off % int64(os.Getpagesize()))
	if n+skew < n {
		return nil, syscall.EOVERFLOW
	}
	pages, err := mmap(fd, off-int64(skew), n+skew, prot, flags)
	if err != nil {
		return nil, err
	}
	return &Mapping{pages: pages, mem: pages[skew : skew+n : skew+n]}, nil
}

// Len is how many bytes were asked for.
func (m *Mapping) Len() int { return len(m.mem) }

// Acquire lends the memory until Release. After Close it fails with
// fs.ErrClosed.
func (m *Mapping) Acquire() ([]byte, error) {
	if !m.users.acquire() {
		m.Release()
		return nil, fs.ErrClosed
	}
	return m.mem, nil
}

// Release ends what Acquire began.
func (m *Mapping) Release() {
	if m.users.release() {
		munmap(m.pages)
	}
}

// Close lends the memory to nobody any more. A second Close fails with
// fs.ErrClosed.
func (m *Mapping) Close() error {
	last, err := m.users.close()
	if last {
		return munmap(m.pages)
	}
	return err
}

// Catch, deferred around a use of the memory, makes an access to what went
// away below it an EFAULT in place of the program's end:
//
//	defer m.Catch(debug.SetPanicOnFault(true), &err)
func (m *Mapping) Catch(before bool, err *error) {
	debug.SetPanicOnFault(before)
	switch p := recover().(type) {
	case nil:
	case interface {
		runtime.Error
		Addr() uintptr
	}:
		if !m.has(p.Addr()) {
			panic(p)
		}
		*err = syscall.EFAULT
	default:
		panic(p)
	}
}

func (m *Mapping) has(addr uintptr) bool {
	// unsafe: only compared.
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(m.pages)))
	return begin <= addr && addr-begin < uintptr(len(m.pages))
}

// ErrUnaligned is an access of several bytes to an address that is no multiple
// of their number.
var ErrUnaligned = fmt.Errorf("%w: not aligned", fs.ErrInvalid)

// at is the place of a value of so many bytes, whose alignment counts in the
// memory and not in the part of it that was asked for.
func (m *Mapping) at(off, width int) (unsafe.Pointer, error) {
	if off < 0 || width > len(m.mem) || off > len(m.mem)-width {
		return nil, fmt.Errorf("%w: %d bytes at %d of %d", fs.ErrInvalid, width, off, len(m.mem))
	}
	p := unsafe.Pointer(&m.mem[off])
	if uintptr(p)%uintptr(width) != 0 {
		return nil, fmt.Errorf("%w: %d bytes at %d", ErrUnaligned, width, off)
	}
	return p, nil
}

// Load reads 1, 2, 4 or 8 bytes at an offset in one access; 8 are two on a
// machine of 32 bits. fs.ErrInvalid is another width, an offset outside, and
// [ErrUnaligned].
func (m *Mapping) Load(off, width int) (value uint64, err error) {
	if _, err := m.Acquire(); err != nil {
		return 0, err
	}
	defer m.Release()
	p, err := m.at(off, width)
	if err != nil {
		return 0, err
	}
	defer m.Catch(debug.SetPanicOnFault(true), &err)
	switch width {
	case 1:
		return uint64(load8(p)), nil
	case 2:
		return uint64(load16(p)), nil
	case 4:
		return uint64(load32(p)), nil
	case 8:
		return load64(p), nil
	}
	return 0, fs.ErrInvalid
}

// Store writes as [Mapping.Load] reads.
func (m *Mapping) Store(off, width int, value uint64) (err error) {
	if _, err := m.Acquire(); err != nil {
		return err
	}
	defer m.Release()
	p, err := m.at(off, width)
	if err != nil {
		return err
	}
	defer m.Catch(debug.SetPanicOnFault(true), &err)
	switch width {
	case 1:
		store8(p, uint8(value))
	case 2:
		store16(p, uint16(value))
	case 4:
		store32(p, uint32(value))
	case 8:
		store64(p, value)
	default:
		return fs.ErrInvalid
	}
	return nil
}

// ReadAt copies from the memory, in aligned accesses of 4 bytes and of single
// bytes before and after them, which device memory bears where it does not
// bear copy. It returns how much there was.
func (m *Mapping) ReadAt(b []byte, off int) (n int, err error) {
	return m.transfer(b, off, readWord, readByte)
}

// WriteAt is ReadAt the other way round.
func (m *Mapping) WriteAt(b []byte, off int) (n int, err error) {
	return m.transfer(b, off, writeWord, writeByte)
}

func (m *Mapping) transfer(b []byte, off int, word func([]byte, unsafe.Pointer), single func([]byte, unsafe.Pointer)) (n int, err error) {
	mem, err := m.Acquire()
	if err != nil {
		return 0, err
	}
	defer m.Release()
	if off < 0 || off > len(mem) {
		return 0, fmt.Errorf("%w: offset %d of %d", fs.ErrInvalid, off, len(mem))
	}
	mem = mem[off:]
	b = b[:min(len(b), len(mem))]
	defer m.Catch(debug.SetPanicOnFault(true), &err)
	for n < len(b) {
		p := unsafe.Pointer(&mem[n])
		if uintptr(p)%4 == 0 && len(b)-n >= 4 {
			word(b[n:], p)
			n += 4
		} else {
			single(b[n:], p)
			n++
		}
	}
	return n, nil
}
