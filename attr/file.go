// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// File is one attribute: a name in a folder, and how its channel is read and
// written. It owns nothing and is passed by value; reading and writing open
// and close it each time. [Of] makes a handle that stays open.
type File struct {
	dir     *Dir // nil: name is an absolute path
	name    string
	policy  *Policy
	invalid bool // see Invalid
}

// At is the file at an absolute path that follows policy p; nil is an ordinary
// file's. The path is looked up at each use, so it names whatever object is
// there then.
func At(name string, p *Policy) File {
	if p == nil {
		p = new(Policy)
	}
	return File{name: name, policy: p}
}

// Invalid is a file that fails with [fs.ErrInvalid] whatever is done with it:
// what a channel hands out for a name that cannot be one, so that the mistake
// shows when the file is used. path is what the error shows.
func Invalid(path string, p *Policy) File {
	f := At(path, p)
	f.invalid = true
	return f
}

// Using is f under another policy: of a file that is not like the others in
// its folder.
func (f File) Using(p *Policy) File {
	f.policy = p
	return f
}

// Name is the last part of the path.
func (f File) Name() string { return path.Base(f.name) }

// Path is the whole path, for people to read.
func (f File) Path() string {
	if f.dir == nil {
		return f.name
	}
	return f.dir.path + "/" + f.name
}

func (f File) String() string { return f.Path() }

func (f File) channel() string {
	if f.policy == nil {
		return new(Policy).channel()
	}
	return f.policy.channel()
}

// Read returns the bytes of the file, all of them, as the kernel gives them.
//
// It is a call: it runs in the kernel, and in the driver, to its end.
// errors.Is finds [kernlink.ErrNoValue], [kernlink.ErrGone],
// [kernlink.ErrRestricted], [fs.ErrNotExist], [fs.ErrInvalid] for a path that
// is none, and what the driver says.
func (f File) Read() ([]byte, error) {
	fd, err := f.open("read", sys.ReadOnly, false)
	if err != nil {
		return nil, err
	}
	defer sys.Close(fd)
	b, err := f.readAll(fd, make([]byte, firstBuffer))
	if err != nil {
		return nil, f.readFailure("read", fd, err)
	}
	return b, nil
}

// Open opens the file for reading and returns the descriptor, close-on-exec,
// which the caller owns: for files that are read bit by bit. The errors are
// those of Read for a file that cannot be opened.
func (f File) Open() (fd int, err error) { return f.open("open", sys.ReadOnly, false) }

// OpenBoth opens the file for reading and writing, as Open does for reading:
// for files that are both told something and polled. The errors are those of
// Open, and [kernlink.ErrReadOnly].
func (f File) OpenBoth() (fd int, err error) { return f.open("open", sys.ReadWrite, false) }

// ReadInto reads the file into dst and returns how much it was. The errors are
// those of Read, and [io.ErrShortBuffer] when dst has not room for the whole
// and one byte more, which is how the end is seen. It allocates the kernel's
// form of the name.
func (f File) ReadInto(dst []byte) (int, error) {
	fd, err := f.open("read", sys.ReadOnly, false)
	if err != nil {
		return 0, err
	}
	defer sys.Close(fd)
	n, err := f.readInto(fd, dst)
	if err != nil {
		return n, f.readFailure("read", fd, err)
	}
	return n, nil
}

// Write stores b as it is, in one write(2) at the beginning of the file. The
// file is neither made nor cut. Nothing was stored when it fails, unless the
// error matches [io.ErrShortWrite].
//
// It is a call: it runs in the kernel, and in the driver, to its end.
// errors.Is finds [kernlink.ErrReadOnly], [kernlink.ErrGone],
// [kernlink.ErrRestricted], [kernlink.ErrBusy], [fs.ErrNotExist],
// [fs.ErrInvalid] for an empty b, which the kernel would not look at, and for
// more than the channel takes at once.
func (f File) Write(b []byte) error {
	if err := f.checkWrite("write", b); err != nil {
		return err
	}
	fd, err := f.open("write", sys.WriteOnly, false)
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	return f.write("write", fd, b)
}

func (f File) checkWrite(op string, b []byte) error {
	switch {
	case len(b) == 0:
		return f.failure(op, fmt.Errorf("%w: a write of nothing stores nothing", fs.ErrInvalid))
	case f.policy != nil && f.policy.MaxWrite > 0 && len(b) > f.policy.MaxWrite:
		return f.failure(op, fmt.Errorf("%w: %d bytes, and the kernel takes %d at once", fs.ErrInvalid, len(b), f.policy.MaxWrite))
	}
	return nil
}

// write is the one write(2), at the position of a file that was just opened.
func (f File) write(op string, fd int, b []byte) error {
	n, err := sys.Write(fd, b)
	return f.written(op, fd, b, n, err)
}

// pwrite is the one write(2) to a file that is kept open: a second write at
// the place where the first ended is dropped by a sysctl without a word.
func (f File) pwrite(op string, fd int, b []byte) error {
	n, err := sys.Pwrite(fd, b, 0)
	if err == syscall.ESPIPE {
		n, err = sys.Write(fd, b)
	}
	return f.written(op, fd, b, n, err)
}

func (f File) written(op string, fd int, b []byte, n int, err error) error {
	if err != nil {
		return f.writeFailure(op, fd, b, err)
	}
	if n < len(b) {
		return f.failure(op, fmt.Errorf("%w: the kernel took %d of %d bytes", io.ErrShortWrite, n, len(b)))
	}
	return nil
}

// open opens the file; known says that it had been open before.
func (f File) open(op string, flags int, known bool) (int, error) {
	if f.policy == nil {
		return -1, At(f.name, nil).failure(op, fs.ErrInvalid) // the zero File
	}
	if !f.valid() {
		return -1, f.failure(op, fs.ErrInvalid)
	}
	dir, err := f.dir.acquire()
	if err != nil {
		return -1, f.failure(op, err)
	}
	defer f.dir.release()
	// Without O_NONBLOCK an open may wait (a fifo in a test's folder), and a
	// driver that knows it answers EAGAIN: pseudo-files are opened plainly.
	fd, err := f.policy.openAt(dir, f.name, flags)
	if err != nil {
		return -1, f.openFailure(op, err, flags != sys.ReadOnly, known)
	}
	return fd, nil
}

func (f File) valid() bool {
	switch {
	case f.invalid:
		return false
	case f.dir == nil:
		return path.IsAbs(f.name) && strings.IndexByte(f.name, 0) < 0
	}
	return sys.IsPath(f.name)
}

// firstBuffer has room for what one show function of sysfs can print, and for
// the byte more that tells the end.
const (
	firstBuffer = page + 1
	lastBuffer  = 1 << 30
)

// readAt is one read(2), n bytes after the beginning. A file that is not kept
// was opened a moment ago and stands there; many of debugfs know no other place.
func (f File) readAt(fd int, buf []byte, n int) (int, error) {
	if !f.policy.Keep {
		return sys.Read(fd, buf)
	}
	return sys.Pread(fd, buf, int64(n))
}

// readAll reads an open file from its beginning into buf, or into a larger one.
func (f File) readAll(fd int, buf []byte) ([]byte, error) {
	n := 0
	for {
		m, err := f.readAt(fd, buf[n:], n)
		if err == syscall.ESPIPE { // no position: what was just opened is at its beginning
			return sys.ReadAll(fd)
		}
		if err != nil {
			return buf[:0], err
		}
		n += m
		if m == 0 || f.policy.OneRead && n < len(buf) {
			return buf[:n], nil
		}
		if n < len(buf) {
			continue
		}
		if len(buf) >= lastBuffer {
			return buf[:0], syscall.EFBIG
		}
		buf = append(buf, make([]byte, 3*len(buf))...)
		if f.policy.OneRead && f.policy.Keep {
			n = 0 // what one read did not take, a sysctl of numbers does not give to the next
		}
	}
}

// readInto reads an open file from its beginning into buf and no other.
func (f File) readInto(fd int, buf []byte) (int, error) {
	n := 0
	for n < len(buf) {
		m, err := f.readAt(fd, buf[n:], n)
		if err == syscall.ESPIPE && n == 0 {
			m, err = sys.Read(fd, buf)
			for m > 0 && err == nil && n+m < len(buf) {
				n += m
				m, err = sys.Read(fd, buf[n:])
			}
			if n += m; n == len(buf) {
				return n, io.ErrShortBuffer
			}
			return n, err
		}
		if err != nil {
			return 0, err
		}
		n += m
		if m == 0 || f.policy.OneRead && n < len(buf) {
			return n, nil
		}
	}
	return n, io.ErrShortBuffer
}
