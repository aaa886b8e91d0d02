// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"cmp"
	"errors"
	"io/fs"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Value is an attribute that is used again and again. It opens its file on
// first use and keeps it open as far as the channel allows, one descriptor for
// reading and one for writing, until Close.
//
// It may be used by several goroutines, who read one after the other.
type Value[T any] struct {
	file    File
	codec   Codec[T]
	counted bool // see countsNumbers

	mu      sync.Mutex // also keeps the files open while they are used
	in, out int        // descriptors, or none
	known   bool       // it has been open once, so that it is gone when it is missing
	closed  bool
	watches map[*watch]struct{} // those that run
	buf     []byte
}

// Get reads a value once: it opens the file, reads it, and closes it. The
// types are those of [Of].
//
// It is a call: it runs in the kernel, and in the driver, to its end. The
// errors are those of [File.Read], and [ErrMalformed] for a text that is no T.
func Get[T any](f File) (T, error) {
	v := Of[T](f)
	text, err := f.Read()
	if err != nil {
		return *new(T), f.renamed("get", err)
	}
	return v.decode("get", text)
}

// Set writes a value once: it opens the file, stores the value in one
// write(2), and closes it. The types are those of [Of]; how the text ends is
// the channel's matter.
//
// It is a call. The errors are those of [File.Write], and [ErrMalformed] for a
// value that has no text, and for more or fewer numbers than a sysctl has,
// which is read to know.
func Set[T any](f File, value T) error {
	v := Of[T](f)
	text, err := v.text(value)
	if err != nil {
		return err
	}
	if v.counted {
		if present, err := f.Read(); err == nil {
			if err := f.checkCount(text, present); err != nil {
				return err
			}
		}
	}
	fd, err := f.open("set", sys.WriteOnly, false)
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	return f.write("set", fd, text)
}

// Text is what [Set] of the value would write to f, the newline included.
// What the value is made of does not matter to the compiler here: any of the
// types of [Of] will do.
//
// It fails with [ErrMalformed] for a value that has no text, and with
// [fs.ErrInvalid] for one that is longer than the channel takes at once.
func Text(f File, value any) ([]byte, error) { return Of[any](f).text(value) }

// Of makes a handle on the attribute. T is an integer of any width (decimal,
// and 0x when reading), bool, string, []byte (the bytes as they are), a type
// with encoding.TextMarshaler and TextUnmarshaler, or a slice or array of
// these (separated as the channel does). It does not look at the file yet.
func Of[T any](f File) *Value[T] {
	var separator byte
	if f.policy != nil {
		separator = f.policy.Separator
	}
	v := With(f, codecOf[T](separator))
	v.counted = countsNumbers[T](f.policy)
	return v
}

// With is [Of] with a codec of the caller's choice, where T does not say it
// all: [Hex], [YN], [Choice], or one of one's own.
func With[T any](f File, c Codec[T]) *Value[T] {
	return &Value[T]{file: f, codec: c, in: none, out: none}
}

// none is no descriptor.
const none = -1

// File returns the attribute that v is a handle on.
func (v *Value[T]) File() File { return v.file }

// Get reads the present value. The errors are those of [Get], and
// [kernlink.ErrGone] for a file that was there and is no more, and
// [fs.ErrClosed] after Close. Numbers and bools are read without allocation.
func (v *Value[T]) Get() (T, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.in != none && v.file.policy.OneRead {
		// What is asked for again and again: one pread(2), and nothing around it.
		n, err := sys.Pread(v.in, v.buf, 0)
		if err == nil && n < len(v.buf) {
			return v.decode("get", v.buf[:n])
		}
		if err = v.grow("get", err); err != nil {
			return *new(T), err
		}
	}
	text, err := v.read("get")
	if err != nil {
		return *new(T), err
	}
	return v.decode("get", text)
}

// grow is for a read that filled the buffer, so that there may be more, and
// for one that failed. v.mu is held.
func (v *Value[T]) grow(op string, err error) error {
	switch err {
	case nil:
		v.buf = make([]byte, 4*len(v.buf))
	case syscall.ESPIPE: // it is no file of this kind, and read in another way
	default:
		return v.failed(op, v.in, err)
	}
	return nil
}

// ReadInto reads the file's bytes into dst, as [File.ReadInto] does, without
// allocation.
func (v *Value[T]) ReadInto(dst []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fd, err := v.open("read")
	if err != nil {
		return 0, err
	}
	n, err := v.file.readInto(fd, dst)
	if err != nil {
		return n, v.failed("read", fd, err)
	}
	v.settle(nil)
	return n, nil
}

// Set stores a value, as [Set] does.
func (v *Value[T]) Set(value T) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	text, err := v.text(value)
	if err != nil {
		return err
	}
	if v.closed {
		return v.file.failure("set", fs.ErrClosed)
	}
	if v.counted {
		if present, err := v.read("set"); err == nil {
			if err := v.file.checkCount(text, present); err != nil {
				return err
			}
		}
	}
	if v.out == none {
		fd, err := v.file.open("set", sys.WriteOnly, v.known)
		if err != nil {
			return err
		}
		v.out, v.known = fd, true
	}
	err = v.file.pwrite("set", v.out, text)
	v.settle(err)
	return err
}

// Close gives the descriptors back. A watch on v ends with [fs.ErrClosed], as
// does everything after it, a second Close included. A Value that was never
// used needs no Close.
func (v *Value[T]) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return v.file.failure("close", fs.ErrClosed)
	}
	v.closed = true
	for w := range v.watches {
		w.end()
	}
	v.drop()
	return nil
}

// open makes sure that the file is open for reading. v.mu is held.
func (v *Value[T]) open(op string) (int, error) {
	if v.closed {
		return -1, v.file.failure(op, fs.ErrClosed)
	}
	if v.in == none {
		fd, err := v.file.open(op, sys.ReadOnly, v.known)
		if err != nil {
			return -1, err
		}
		v.in, v.known = fd, true
	}
	return v.in, nil
}

func (v *Value[T]) read(op string) ([]byte, error) {
	fd, err := v.open(op)
	if err != nil {
		return nil, err
	}
	if len(v.buf) == 0 {
		v.buf = make([]byte, cmp.Or(v.file.policy.Buffer, firstBuffer))
	}
	text, err := v.file.readAll(fd, v.buf)
	if err != nil {
		return nil, v.failed(op, fd, err)
	}
	v.buf = text[:cap(text)] // it may have grown
	v.settle(nil)
	return text, nil
}

// failed is for a read of fd that failed.
func (v *Value[T]) failed(op string, fd int, err error) error {
	err = v.file.readFailure(op, fd, err)
	v.settle(err)
	return err
}

// settle closes what the channel does not let be kept, and what is of no use
// any more: a file that is named by its path ([At]) may be there again when it
// is looked up anew.
func (v *Value[T]) settle(err error) {
	if !v.file.policy.Keep || errors.Is(err, kernlink.ErrGone) {
		v.drop()
	}
}

func (v *Value[T]) drop() {
	for _, fd := range [...]int{v.in, v.out} {
		if fd != none {
			sys.Close(fd)
		}
	}
	v.in, v.out = none, none
}

func (v *Value[T]) decode(op string, text []byte) (T, error) {
	if v.codec.Decode == nil {
		return *new(T), v.file.failure(op, malformed(text, "type that can be read", nil))
	}
	value, err := v.codec.Decode(text)
	if err != nil {
		return *new(T), v.file.failure(op, err)
	}
	return value, nil
}

// text is what is written: the value, and the newline that the channel wants.
func (v *Value[T]) text(value T) ([]byte, error) {
	if v.codec.Append == nil {
		return nil, v.file.failure("set", malformed(nil, "type that can be written", nil))
	}
	b, err := v.codec.Append(make([]byte, 0, 64), value)
	if err != nil {
		return nil, v.file.failure("set", err)
	}
	_, raw := any(value).([]byte)
	if p := v.file.policy; p != nil && !raw && (p.Newline || len(b) == 0) {
		b = append(b, '\n')
	}
	return b, v.file.checkWrite("set", b)
}

// renamed gives an error of a step the name of the whole.
func (f File) renamed(op string, err error) error {
	if e, ok := err.(*kernlink.Error); ok {
		e.Op = op
	}
	return err
}
