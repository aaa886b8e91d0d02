// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Splice moves the sub-buffers that are complete into the file dst, at its
// position, without a copy in this process, and returns how many bytes it were:
// 0 when there are none now. The rest of the last sub-buffer moves when the
// module has flushed it. Do not read the same buffer in another way.
//
// Only an ordinary file will do: a pipe or a socket would keep pages of the
// buffer that the kernel does not hold for it. One that was opened to append
// is EINVAL.
//
// It is a call. errors.Is finds [kernlink.ErrNotSupported] when the channel
// does not offer it: Linux 6.8 took it out of relay, and before that debugfs
// hides it, unless the module makes its files with debugfs_create_file_unsafe;
// [fs.ErrInvalid] for another kind of dst; [kernlink.ErrGone]; [fs.ErrClosed].
// What was taken from the buffer and could not be written is lost.
func (b *Buffer) Splice(dst syscall.Conn) (int64, error) {
	conn, err := dst.SyscallConn()
	if err != nil {
		return 0, failure("splice", b.path, err)
	}
	from, err := b.fd.Acquire()
	if err != nil {
		return 0, failure("splice", b.path, err)
	}
	defer b.fd.Release()
	var n int64
	var failed error
	// The descriptor is lent while the closure runs.
	if err := conn.Control(func(to uintptr) { n, failed = b.splice(from, int(to)) }); err != nil {
		failed = failure("splice", b.path, err)
	}
	return n, failed
}

func (b *Buffer) splice(from, to int) (sum int64, err error) {
	st, err := sys.Fstat(to)
	if err != nil {
		return 0, failure("splice", b.path, err)
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return 0, failure("splice", b.path, fmt.Errorf("%w: not to an ordinary file", fs.ErrInvalid))
	}
	r, w, err := sys.Pipe()
	if err != nil {
		return 0, failure("splice", b.path, err)
	}
	// What is left in the pipe must not outlive the buffer, whose it is.
	defer sys.Close(r)
	defer sys.Close(w)
	for {
		n, err := sys.Splice(from, w, 1<<30)
		switch {
		case err == syscall.EAGAIN, err == nil && n == 0:
			return sum, nil
		case err == syscall.EINVAL:
			return sum, b.unoffered("splice", err, "splice: Linux 6.8 took it out of relay, and debugfs hides it before: read instead")
		case err != nil:
			return sum, b.readFailure(from, err)
		}
		for n > 0 {
			m, err := sys.Splice(r, to, n)
			if err != nil {
				return sum, failure("splice", b.path, err)
			}
			n -= m
			sum += int64(m)
		}
	}
}

// unoffered says that a channel does not have what it need not have.
func (b *Buffer) unoffered(op string, err error, hint string) error {
	if finalizedErr := b.check(); finalizedErr != nil && errors.Is(finalizedErr, kernlink.ErrGone) {
		return finalizedErr
	}
	return &kernlink.Error{
		Channel: channel, Op: op, Path: b.path, Kind: kernlink.ErrNotSupported, Err: err,
		Hint: "this channel offers no " + hint,
	}
}

// check reports whether the channel is still there.
func (b *Buffer) check() error {
	_, err := b.ReadInto(nil)
	return err
}
