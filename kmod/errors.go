// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/modinfo"
	"github.com/kernlink/kernlink/kmsg"
)

const channel = "kmod"

// What loading a module can fail of, besides the sentinels that all channels
// share.
var (
	// ErrLoaded: a module of this name is loaded already, or built into the
	// kernel.
	ErrLoaded = errors.New("module is already loaded")

	// ErrUnknownSymbol: the module uses a symbol that neither the kernel nor
	// a loaded module exports to it. [kernlink.Error.Hint] names what to load
	// first, where the module says it.
	ErrUnknownSymbol = errors.New("unknown symbol")

	// ErrVermagic: the module was built for another kernel, or for another
	// configuration of it.
	ErrVermagic = errors.New("built for another kernel")

	// ErrFormat: the file is not a kernel module, or a damaged one.
	ErrFormat = errors.New("not a valid kernel module")
)

// LogError is a refusal of the kernel together with its reasons: module
// loading has few errnos and explains itself in the kernel log.
//
// It is found by errors.AsType[*kmod.LogError].
type LogError struct {
	Errno  syscall.Errno
	Reason error // ErrLoaded, ErrUnknownSymbol, ErrVermagic, ErrFormat or nil

	// Records is what the kernel logged during the call, oldest first, other
	// people's records among them. It is empty for a process that may not read
	// the log.
	Records []kmsg.Record
}

// maxErrorLines bounds the text of an error: a module whose init function
// stumbles may log a page of stack trace.
const maxErrorLines = 8

// Error returns the reason, or the errno where none is known, and the kernel's
// lines, the first eight.
func (e *LogError) Error() string {
	var b strings.Builder
	if e.Reason != nil { // "no such file" is not what an unknown symbol is
		b.WriteString(e.Reason.Error())
	} else {
		b.WriteString(e.Errno.Error())
	}
	for i := range e.Records {
		if i == maxErrorLines {
			fmt.Fprintf(&b, "; and %d lines more", len(e.Records)-i)
			break
		}
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(printable(e.Records[i].Text.String()))
	}
	return b.String()
}

// printable keeps what a module was told by a device from reaching a terminal
// as a control sequence, and an error on one line.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// Is matches Reason, Errno, and what package io/fs calls the errno; but never
// fs.ErrNotExist. The kernel says ENOENT for an unknown symbol: the file was
// there, and who skips missing modules must not skip this one.
func (e *LogError) Is(target error) bool {
	switch {
	case target == error(e.Errno):
		return true
	case e.Reason != nil && target == e.Reason:
		return true
	}
	return target != fs.ErrNotExist && e.Errno.Is(target)
}

// As gives out the errno.
func (e *LogError) As(target any) bool {
	errno, ok := target.(*syscall.Errno)
	if ok {
		*errno = e.Errno
	}
	return ok
}

// has reports whether the kernel logged a line with this text in it.
func (e *LogError) has(text string) bool {
	for i := range e.Records {
		if bytes.Contains(e.Records[i].Text, []byte(text)) {
			return true
		}
	}
	return false
}

// infoError wraps what went wrong while a module file was read.
func infoError(path string, err error) error {
	return &kernlink.Error{Channel: channel, Op: "read info", Path: path, Kind: kindOf(err), Err: err}
}

// kindOf returns the sentinel of an error that did not come from loading.
func kindOf(err error) error {
	if errors.Is(err, errors.ErrUnsupported) {
		return kernlink.ErrNotSupported
	}
	return nil
}

// formatError tells damage from a failure to read.
func formatError(err error) error {
	for _, e := range []error{modinfo.ErrNotELF, modinfo.ErrMalformed, modinfo.ErrNoModinfo} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	return err
}

// unpackError does the same for the decompressors, which have no common error
// for damage; what the kernel said of the file is an errno.
func unpackError(f format, limit int64, err error) error {
	if err == syscall.EFBIG {
		return fmt.Errorf("more than %d bytes uncompressed: %w", limit, err)
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok || f == plain {
		return err
	}
	return fmt.Errorf("%w: %v: %w", ErrFormat, f, err)
}
