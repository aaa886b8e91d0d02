// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/sys"
)

// Binary is a binary attribute: bytes at offsets ("config" of a PCI device,
// "btf/vmlinux" of the kernel) in place of one value. It opens its file on
// first use, one descriptor for reading and one for writing, and keeps it
// until Close.
//
// It is an [io.ReaderAt] and an [io.WriterAt], and may be used by several
// goroutines. [Binary.Map] is for those that are memory.
type Binary struct {
	dir  *attr.Dir
	name string

	mu      sync.Mutex // of the fields below, and not held in system calls on them
	in, out *sys.FD
	closed  bool
}

// Binary is the binary attribute of that name, or at a path below the object.
// It does not look whether there is one.
func (o *Object) Binary(name string) *Binary { return &Binary{dir: o.dir, name: name} }

// Path is the whole path, for people to read.
func (b *Binary) Path() string { return b.dir.Path() + "/" + b.name }

// Size is how many bytes the kernel says that there are: 0 for an attribute
// whose driver does not say, and a page for one that is no binary attribute.
//
// errors.Is finds [fs.ErrNotExist], [kernlink.ErrGone], [fs.ErrInvalid].
func (b *Binary) Size() (int64, error) {
	if !sys.IsPath(b.name) {
		return 0, failure("size", b.Path(), fs.ErrInvalid)
	}
	at, err := b.dir.Acquire()
	if err != nil {
		return 0, err
	}
	defer b.dir.Release()
	st, err := sys.StatAt(at, b.name, true)
	if err != nil {
		return 0, failureIn(b.dir, "size", b.Path(), err)
	}
	return st.Size, nil
}

// ReadAt fills p from the offset on, in as many reads as it takes: the kernel
// gives a page at once, so it is no snapshot. At the end it returns what there
// was and [io.EOF].
//
// errors.Is finds [kernlink.ErrGone], [kernlink.ErrRestricted],
// [fs.ErrNotExist], [fs.ErrInvalid] for an offset below 0.
func (b *Binary) ReadAt(p []byte, off int64) (int, error) {
	return b.transfer("read", &b.in, sys.ReadOnly, sys.Pread, io.EOF, p, off)
}

// WriteAt writes p at the offset, in as many writes as it takes: the kernel
// takes a page at once, and each is a call of its own to the driver.
//
// errors.Is finds what [Binary.ReadAt] gives, [kernlink.ErrReadOnly], and
// [io.ErrShortWrite] at the end of the attribute, where the kernel says EFBIG.
func (b *Binary) WriteAt(p []byte, off int64) (int, error) {
	return b.transfer("write", &b.out, sys.WriteOnly, sys.Pwrite, io.ErrShortWrite, p, off)
}

type transferAt = func(fd int, p []byte, off int64) (int, error)

func (b *Binary) transfer(op string, slot **sys.FD, flags int, call transferAt, end error, p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, failure(op, b.Path(), fmt.Errorf("%w: offset %d", fs.ErrInvalid, off))
	}
	file, err := b.open(op, slot, flags)
	if err != nil {
		return 0, err
	}
	fd, err := file.Acquire()
	if err != nil {
		return 0, failure(op, b.Path(), err)
	}
	defer file.Release()
	n := 0
	for n < len(p) {
		m, err := call(fd, p[n:], off+int64(n))
		if errors.Is(err, syscall.EFBIG) {
			err = fmt.Errorf("%w: %w", io.ErrShortWrite, err)
		}
		if err != nil {
			return n, b.transferFailure(op, err)
		}
		if m == 0 && end == io.EOF {
			return n, io.EOF // as it is, which io.ReaderAt asks for
		}
		if m == 0 {
			return n, failure(op, b.Path(), end)
		}
		n += m
	}
	return n, nil
}

// transferFailure is failure with who it is that refuses what the file's mode
// has let through.
func (b *Binary) transferFailure(op string, err error) error {
	err = failure(op, b.Path(), err)
	if e, ok := err.(*kernlink.Error); ok && errors.Is(err, syscall.EPERM) {
		e.Hint = lockdownHint(feature.Lockdown("/"))
	}
	return err
}

func (b *Binary) open(op string, slot **sys.FD, flags int) (*sys.FD, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, failure(op, b.Path(), fs.ErrClosed)
	case *slot != nil:
		return *slot, nil
	case !sys.IsPath(b.name):
		return nil, failure(op, b.Path(), fs.ErrInvalid)
	}
	at, err := b.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer b.dir.Release()
	fd, err := sys.OpenAt(at, b.name, flags)
	if err != nil {
		return nil, b.refused(at, op, flags, err)
	}
	*slot = sys.NewFD(fd)
	return *slot, nil
}

// refused tells what nobody may write from what this user may not.
func (b *Binary) refused(at int, op string, flags int, err error) error {
	if st, statErr := sys.StatAt(at, b.name, true); statErr == nil &&
		flags != sys.ReadOnly && st.Mode&0o222 == 0 && errors.Is(err, fs.ErrPermission) {
		return readOnly(op, b.Path(), err)
	}
	return failureIn(b.dir, op, b.Path(), err)
}

// Close gives the descriptors back. A second Close fails with [fs.ErrClosed].
func (b *Binary) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return failure("close", b.Path(), fs.ErrClosed)
	}
	b.closed = true
	for _, file := range []*sys.FD{b.in, b.out} {
		if file != nil {
			file.Close()
		}
	}
	return nil
}
