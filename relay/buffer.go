// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"errors"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Buffer is the buffer of one CPU. It belongs to its [Channel], and is closed
// with it.
type Buffer struct {
	cpu  int
	file attr.File
	fd   *sys.FD
	path string

	// The rest belongs to the loop that runs.
	chunk chunk
	ready bool // the kernel has something
	ended bool // the kernel reports that the channel was closed: what is left is the last
	over  bool // nothing can come any more
}

func (ch *Channel) openBuffer(cpu int, name string) (*Buffer, error) {
	file := ch.dir.File(name)
	fd, err := file.Open()
	if err != nil {
		return nil, err
	}
	return &Buffer{cpu: cpu, file: file, fd: sys.NewFD(fd), path: file.Path(), chunk: chunk{most: ch.opts.Buffer}}, nil
}

// CPU is the number of the CPU whose records these are.
func (b *Buffer) CPU() int { return b.cpu }

// Path is where the buffer's file was found, for people to read.
func (b *Buffer) Path() string { return b.path }

// ReadInto takes the oldest bytes from the buffer into dst and returns how
// many it were. 0 says that there are none now, and not that this is the end:
// so Buffer is no [io.Reader], and nobody ought to make one of it. What fits
// into dst may be records of several sub-buffers, without the unused bytes
// between them, and ends within a record when dst is full.
//
// It is a call and never waits. errors.Is finds [kernlink.ErrGone] when the
// channel went away, [fs.ErrClosed] after Close. It allocates nothing. What a
// loop has read already is not given again.
func (b *Buffer) ReadInto(dst []byte) (int, error) {
	fd, err := b.fd.Acquire()
	if err != nil {
		return 0, failure("read", b.path, err)
	}
	defer b.fd.Release()
	n, err := sys.Read(fd, dst)
	if err != nil {
		return 0, b.readFailure(fd, err)
	}
	if n == 0 && len(dst) > 0 && finalized(fd) {
		return 0, b.gone()
	}
	return n, nil
}

// read is ReadInto for a loop, which is told by the kernel when it is the end.
func (b *Buffer) read(dst []byte) (int, error) {
	fd, err := b.fd.Acquire()
	if err != nil {
		return 0, failure("read", b.path, err)
	}
	defer b.fd.Release()
	n, err := sys.Read(fd, dst)
	if err != nil {
		return 0, b.readFailure(fd, err)
	}
	return n, nil
}

func (b *Buffer) finalized() bool {
	fd, err := b.fd.Acquire()
	if err != nil {
		return false
	}
	defer b.fd.Release()
	return finalized(fd)
}

// finalized reports whether the channel of an open file was closed. A file
// without debugfs's guard says nothing else of it.
func finalized(fd int) bool {
	events, err := sys.Poll(fd, 0, 0)
	return err == nil && events&(sys.PollErr|sys.PollHup) != 0
}

var errFinalized = errors.New("the channel was closed")

func (b *Buffer) gone() error {
	return &kernlink.Error{Channel: channel, Op: "read", Path: b.path, Kind: kernlink.ErrGone, Err: errFinalized}
}

func (b *Buffer) readFailure(fd int, err error) error {
	err = b.file.ReadFailure("read", fd, err)
	if e, ok := errors.AsType[*kernlink.Error](err); ok {
		e.Channel = channel
	}
	return err
}
