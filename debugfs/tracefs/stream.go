// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// stream is a file that is read as events come, non-blocking and on the
// runtime's poller.
type stream struct {
	path   string
	file   *os.File
	conn   syscall.RawConn
	closed atomic.Bool

	// One read: where to, whether it waits, what came of it. try is bound
	// once, because a closure for each read would be an allocation.
	buf  []byte
	wait bool
	n    int
	err  error
	try  func(fd uintptr) bool
}

// openStream opens a file of the instance.
func (i *Instance) openStream(name string) (*stream, error) {
	fd, err := i.openFile("open", name, sys.ReadOnly|sys.NonBlock)
	if err != nil {
		return nil, err
	}
	// A descriptor that is non-blocking already goes onto the runtime's
	// poller; nothing here calls Fd, which would make it blocking again.
	s := &stream{path: i.where(name), file: os.NewFile(uintptr(fd), i.where(name))}
	if s.conn, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, failure("open", s.path, err)
	}
	s.try = func(fd uintptr) bool {
		s.n, s.err = sys.Read(int(fd), s.buf)
		return s.err != syscall.EAGAIN || !s.wait
	}
	return s, nil
}

// Close ends the reading; a read that waits returns fs.ErrClosed.
func (s *stream) Close() error {
	if s.closed.Swap(true) {
		return failure("close", s.path, fs.ErrClosed)
	}
	if err := s.file.Close(); err != nil {
		return failure("close", s.path, err)
	}
	return nil
}

// errDrained is the word for EAGAIN; no caller ever sees it.
var errDrained = errors.New("nothing more has happened yet")

// read is one read(2), and errDrained when there is nothing now. The end,
// which only an ordinary file has, is io.EOF.
func (s *stream) read(ctx context.Context, b []byte) (int, error) {
	s.buf, s.wait = b, false
	if err := s.conn.Read(s.try); err != nil {
		return 0, s.failed(ctx, err)
	}
	return s.outcome()
}

// await is read, and waits until the file is said to be readable, for so long
// at most.
func (s *stream) await(ctx context.Context, b []byte, limit time.Duration) (int, error) {
	s.file.SetReadDeadline(time.Now().Add(limit))
	// After the deadline, so that either this sees the end of ctx, or the
	// deadline that the end of ctx sets is the later one.
	err := ctx.Err()
	if err == nil {
		s.buf, s.wait = b, true
		err = s.conn.Read(s.try)
	}
	s.file.SetReadDeadline(time.Time{})
	switch {
	case err == nil:
		return s.outcome()
	case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil:
		return s.read(ctx, b)
	}
	return 0, s.failed(ctx, err)
}

func (s *stream) outcome() (int, error) {
	switch {
	case s.err == syscall.EAGAIN:
		return 0, errDrained
	case s.err == syscall.ENODEV:
		e := failure("read", s.path, s.err).(*kernlink.Error)
		e.Kind = kernlink.ErrGone
		return 0, e
	case s.err != nil:
		return 0, failure("read", s.path, s.err)
	case s.n == 0:
		return 0, failure("read", s.path, io.EOF)
	}
	return s.n, nil
}

func (s *stream) failed(ctx context.Context, err error) error {
	switch {
	case s.closed.Load():
		err = fs.ErrClosed // the poller's own word for it is not exported
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	return failure("read", s.path, err)
}

// isLast reports whether nothing more can come after err.
func isLast(err error) bool {
	if err == nil || errors.Is(err, ErrMalformed) {
		return false
	}
	_, lost := errors.AsType[*Lost](err)
	return !lost
}
