// SPDX-License-Identifier: Apache-2.0

package dyndbg

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
	"github.com/kernlink/kernlink/kmsg"
)

const channel = "dyndbg"

// ErrMalformed is what errors.Is finds when a line is not what the kernel
// prints of a call site, and when a text is no set of flags.
var ErrMalformed = errors.New("not what the kernel prints there")

func malformed(path string, b []byte, problem string) error {
	return &kernlink.Error{
		Channel: channel, Op: "parse", Path: path,
		Err: fmt.Errorf("%w: %s: %q", ErrMalformed, problem, string(b[:min(len(b), 40)])),
	}
}

// refused says why a query has no text that the kernel would take for it.
func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", fs.ErrInvalid, fmt.Sprintf(format, args...))
}

// LogError is a query that the kernel refused, together with its reasons: the
// errno is always EINVAL, and the reason is in the kernel log.
//
// It is found by errors.AsType[*dyndbg.LogError].
type LogError struct {
	Errno syscall.Errno
	Query string // as it was written

	// Records is what dynamic debug logged during the call, oldest first. It
	// is empty for a process that may not read the log.
	Records []kmsg.Record
}

// prefix is how the kernel's lines about dynamic debug begin.
const prefix = "dyndbg: "

// Error returns the errno, the query, and the kernel's lines.
func (e *LogError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Errno, printable(e.Query))
	for i, r := range e.Records {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + printable(strings.TrimPrefix(r.Text.String(), prefix)))
	}
	return b.String()
}

// Unwrap returns the errno.
func (e *LogError) Unwrap() error { return e.Errno }

// has reports whether the kernel logged a line with this text in it.
func (e *LogError) has(text string) bool {
	for _, r := range e.Records {
		if bytes.Contains(r.Text, []byte(text)) {
			return true
		}
	}
	return false
}

// printable keeps a query out of the terminal's control sequences, and an
// error on one line.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
