// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Marker writes text into an instance's trace, where it stands among the
// kernel's events in the order of time, as the event ftrace:print with the
// text "tracing_mark_write: ...".
//
// It is an [io.Writer]: one Write is one event, so fmt.Fprintf makes one. It
// owns one descriptor until Close, and may be used by several goroutines.
type Marker struct {
	writer
	mu  sync.Mutex
	buf []byte // of WriteString
}

// Marker opens trace_marker. errors.Is finds [kernlink.ErrGone] when the
// instance was removed, and [kernlink.ErrRestricted]. While it is open, the
// instance cannot be removed.
func (i *Instance) Marker() (*Marker, error) {
	w, err := i.openWriter("trace_marker")
	if err != nil {
		return nil, err
	}
	return &Marker{writer: w}, nil
}

// Write makes an event with the text b, to which the kernel adds the newline
// that it lacks. An empty b makes none.
//
// It is a call, and takes as long as recording an event. errors.Is finds
// [io.ErrShortWrite] when the kernel cut the text: it takes 1024 bytes, since
// Linux 6.8 about as many as fit into a page of the buffer, and n says how
// many it took. It finds [syscall.EBADF] while tracing_on is 0, with a Hint.
//
// It does not allocate.
func (m *Marker) Write(b []byte) (n int, err error) { return m.write(b) }

// WriteString is Write for a string.
func (m *Marker) WriteString(text string) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buf = append(m.buf[:0], text...)
	return m.write(m.buf)
}

var (
	_ io.WriteCloser  = (*Marker)(nil)
	_ io.StringWriter = (*Marker)(nil)
)

// RawMarker writes bytes with a number of one's own into an instance's trace,
// as the event ftrace:raw_data. It owns one descriptor until Close, and may be
// used by several goroutines.
type RawMarker struct {
	writer
	mu  sync.Mutex
	buf []byte
}

// RawMarker opens trace_marker_raw, as [Instance.Marker] does trace_marker.
func (i *Instance) RawMarker() (*RawMarker, error) {
	w, err := i.openWriter("trace_marker_raw")
	if err != nil {
		return nil, without("Linux 4.9", err)
	}
	return &RawMarker{writer: w}, nil
}

// Write makes an event with the number id, which says to its readers what the
// data are. They find id and data in the fields id and buf of the event's
// [Format]; buf may end with bytes that fill it up.
//
// The errors are those of [Marker.Write], and [syscall.EINVAL] for much more
// than the kernel takes: it takes 1020 bytes of data, and newer ones 3 KiB.
func (m *RawMarker) Write(id uint32, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buf = binary.NativeEndian.AppendUint32(m.buf[:0], id)
	m.buf = append(m.buf, data...)
	_, err := m.write(m.buf)
	return err
}

// writer is a file that takes one event with each write(2).
type writer struct {
	inst *Instance
	path string
	fd   *sys.FD
}

func (i *Instance) openWriter(name string) (writer, error) {
	fd, err := i.openFile("open", name, sys.WriteOnly)
	if err != nil {
		return writer{}, err
	}
	return writer{inst: i, path: i.where(name), fd: sys.NewFD(fd)}, nil
}

func (w *writer) write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	fd, err := w.fd.Acquire()
	if err != nil {
		return 0, failure("write", w.path, err)
	}
	defer w.fd.Release()
	n, err := sys.Write(fd, b)
	switch {
	case err != nil:
		return n, w.refused(err)
	case n < len(b):
		return n, failure("write", w.path, fmt.Errorf("%w: the kernel took %d of %d bytes", io.ErrShortWrite, n, len(b)))
	}
	return n, nil
}

// refused finds out what an errno of a marker means.
func (w *writer) refused(err error) error {
	e := failure("write", w.path, err).(*kernlink.Error)
	switch {
	case errors.Is(err, syscall.EBADF):
		e.Hint = "nothing is recorded now: tracing_on is 0, or the buffer is being resized"
	case errors.Is(err, syscall.EINVAL):
		e.Hint = "the option markers of the instance is off, or this is more than the kernel takes"
	}
	return e
}

// Close gives the descriptor back. A second Close fails with [fs.ErrClosed],
// as does what is written after it.
func (w *writer) Close() error {
	if err := w.fd.Close(); err != nil {
		return failure("close", w.path, err)
	}
	return nil
}
