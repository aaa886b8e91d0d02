// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// Sizes of the buffer for one record: what no kernel so far has exceeded
// (CONSOLE_EXT_LOG_MAX), and where growing stops.
const (
	firstBuffer = 8 << 10
	lastBuffer  = 1 << 20
)

// Log is a reader of the kernel log with a position of its own.
//
// One goroutine at a time may read from it. Close may be called from any, at
// any time.
type Log struct {
	path   string
	from   From
	file   *os.File
	conn   syscall.RawConn
	closed atomic.Bool

	// One read: its buffer, whether it waits, what came of it. tryRead is
	// bound once, because a closure for each read would be an allocation.
	buf     []byte
	wait    bool
	n       int
	err     error
	tryRead func(fd uintptr) bool

	rec    Record
	held   bool   // rec was read and a Gap stood before it
	lost   bool   // records were passed over since the last one
	known  bool   // expect is valid
	expect uint64 // the next sequence number
}

// Open opens the kernel log for reading. nil options read all of it.
//
// Nothing that is logged after Open has returned is missed, unless the ring
// buffer overflows before it is read, which shows as a [Gap].
//
// errors.Is finds [kernlink.ErrRestricted] (without CAP_SYSLOG where
// kernel.dmesg_restrict is 1, or with kernel.printk_devkmsg off) and
// [kernlink.ErrNotSupported] (no /dev/kmsg), with a Hint.
//
// It allocates a buffer of 8 KiB, which all records share.
func Open(opts *Options) (*Log, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	path := cmp.Or(o.Path, devicePath)
	fd, err := sys.Open(path, sys.ReadOnly|sys.NonBlock)
	if err != nil {
		return nil, openFailure(path, err)
	}
	if err := position(fd, o.From); err != nil {
		sys.Close(fd)
		return nil, failure("seek", path, err)
	}
	return newLog(fd, path, o.From)
}

func position(fd int, from From) error {
	var err error
	switch from {
	case All: // where open(2) begins
	case Clear:
		_, err = sys.Seek(fd, 0, sys.SeekData)
	case Now:
		_, err = sys.Seek(fd, 0, sys.SeekEnd)
	default:
		err = syscall.EINVAL
	}
	return err
}

// newLog takes over fd, which must be non-blocking: os.NewFile then puts it
// onto the runtime's poller, and nothing here calls Fd, which would make it
// blocking again.
func newLog(fd int, path string, from From) (*Log, error) {
	file := os.NewFile(uintptr(fd), path)
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, failure("open", path, err)
	}
	l := &Log{path: path, from: from, file: file, conn: conn, buf: make([]byte, firstBuffer)}
	l.tryRead = func(fd uintptr) bool {
		l.n, l.err = sys.Read(int(fd), l.buf)
		return l.err != syscall.EAGAIN || !l.wait
	}
	return l, nil
}

// Close ends the reading: a read that waits returns at once with an error for
// which errors.Is finds [fs.ErrClosed], as does everything after it, a second
// Close included.
func (l *Log) Close() error {
	if l.closed.Swap(true) {
		return failure("close", l.path, fs.ErrClosed)
	}
	if err := l.file.Close(); err != nil {
		return failure("close", l.path, err)
	}
	return nil
}

// readOnce reads one record into the buffer. With wait it sleeps on the
// runtime's poller until there is one; without, it returns EAGAIN.
func (l *Log) readOnce(wait bool) (int, error) {
	l.wait = wait
	if err := l.conn.Read(l.tryRead); err != nil {
		if l.closed.Load() {
			err = fs.ErrClosed // the poller's own word for it is not exported
		}
		return 0, err
	}
	return l.n, l.err
}

// ended turns the failure of a wait into ctx's error if that was the cause.
func (l *Log) ended(ctx context.Context, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return failure("read", l.path, ctx.Err())
	}
	return err
}
