// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// maxWrite is the longest write that any kernel takes, priority and newline
// included: LOG_LINE_MAX, later PRINTKRB_RECORD_MAX.
const maxWrite = 1024

// Writer puts records into the kernel log. It may be shared by goroutines.
type Writer struct {
	path     string
	facility Facility

	mu  sync.Mutex
	fd  int // -1 when closed
	buf [maxWrite]byte
}

// OpenWriter opens the kernel log for writing. nil options write as [User].
//
// errors.Is finds [kernlink.ErrRestricted] (no write permission, or
// kernel.printk_devkmsg off) and [kernlink.ErrNotSupported] (no /dev/kmsg),
// with a Hint. Reading permission is not needed.
func OpenWriter(opts *WriterOptions) (*Writer, error) {
	var o WriterOptions
	if opts != nil {
		o = *opts
	}
	path := cmp.Or(o.Path, devicePath)
	fd, err := sys.Open(path, sys.WriteOnly)
	if err != nil {
		return nil, openFailure(path, err)
	}
	return &Writer{path: path, facility: o.Facility, fd: fd}, nil
}

// Write logs text as one record, with one write(2). It is a call: when it
// returns, the record is in the log, and a console that is set to show this
// level may have made it slow.
//
// A newline at the end of text may be there or not, as in package log; those
// within it stay, and dmesg shows the lines of one record indented.
//
// errors.Is finds [syscall.EINVAL] for what the kernel would not store whole:
// text that is too long (the limit is 1024 bytes with a prefix such as "<14>"
// and the newline; before Linux 6.3 it was 992, or 976 with
// CONFIG_PRINTK_CALLER, so that 969 bytes of text fit everywhere), text with
// a NUL byte in it, or an unknown level.
//
// The kernel may drop a record and still say that all is well: by default
// (kernel.printk_devkmsg=ratelimit) it takes 10 records in 5 seconds from one
// Writer, and it says how many it dropped only when the Writer is closed, in
// the log: "NAME: 4 output lines suppressed due to ratelimiting". With
// kernel.printk_devkmsg=on it keeps all, with off it silently keeps none.
// To be sure, read the record back.
//
// It does not allocate.
func (w *Writer) Write(level Level, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return failure("write", w.path, fs.ErrClosed)
	}
	if level > Debug {
		return w.refuse("levels are 0 (emerg) to 7 (debug)")
	}
	if strings.IndexByte(text, 0) >= 0 {
		return w.refuse("the kernel would cut the text at its NUL byte")
	}
	text = strings.TrimSuffix(text, "\n")
	b := append(w.buf[:0], '<')
	b = strconv.AppendUint(b, uint64(w.facility)<<3|uint64(level), 10)
	b = append(b, '>')
	if len(b)+len(text)+1 > len(w.buf) {
		return w.refuse(hintTooLong)
	}
	b = append(b, text...)
	// Without the newline the record would stay open, and unseen, until
	// somebody writes the next one.
	b = append(b, '\n')
	n, err := sys.Write(w.fd, b)
	switch {
	case err == syscall.EINVAL:
		return w.refuse(hintTooLong)
	case err != nil:
		return failure("write", w.path, err)
	case n != len(b):
		return failure("write", w.path, io.ErrShortWrite)
	}
	return nil
}

const hintTooLong = "a record holds 969 bytes of text on every kernel, and 1017 since Linux 6.3"

func (w *Writer) refuse(hint string) error {
	return &kernlink.Error{Channel: channel, Op: "write", Path: w.path, Err: syscall.EINVAL, Hint: hint}
}

// Close gives the device back. It waits for a Write that is under way. After
// it, Write and Close return an error for which errors.Is finds
// [fs.ErrClosed].
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return failure("close", w.path, fs.ErrClosed)
	}
	err := sys.Close(w.fd)
	w.fd = -1
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return failure("close", w.path, err)
	}
	return nil
}
