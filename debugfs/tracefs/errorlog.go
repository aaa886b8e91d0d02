// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// LogError is what the kernel wrote to error_log about a command that it
// refused: a probe, a filter, a histogram. [errors.AsType] finds it in the
// error of the call.
type LogError struct {
	Errno   syscall.Errno // 0 for one that ParseErrorLog has read
	Time    time.Duration // since boot
	Source  string        // "trace_kprobe", "event filter parse error"
	Text    string        // "Invalid probed address or symbol"
	Command string        // as the kernel has read it: one blank between words
	Column  int           // the byte of Command that the kernel points at
}

// Error returns the kernel's sentence, and where in the command it points.
func (e *LogError) Error() string {
	switch {
	case e.Column <= 0:
		return fmt.Sprintf("%s, in %q", e.Text, e.Command)
	case e.Column >= len(e.Command):
		return fmt.Sprintf("%s, at the end of %q", e.Text, e.Command)
	}
	word, _, _ := strings.Cut(e.Command[e.Column:], " ")
	return fmt.Sprintf("%s, near %q in %q", e.Text, word, e.Command)
}

// Unwrap is the errno of the write(2).
func (e *LogError) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Caret is the command, and below it a ^ where the kernel points: two lines,
// for a terminal.
func (e *LogError) Caret() string {
	return e.Command + "\n" + strings.Repeat(" ", max(e.Column, 0)) + "^"
}

// ErrorLog reads what the kernel has to say about the last commands that it
// refused, at most eight, the oldest first. Whoever else made mistakes is
// there too.
//
// errors.Is finds [kernlink.ErrNotSupported] before Linux 5.2.
func (i *Instance) ErrorLog() ([]LogError, error) {
	text, err := i.File("error_log").Read()
	if err != nil {
		return nil, without("Linux 5.2", err)
	}
	return ParseErrorLog(text)
}

const (
	logCommand = "  Command: "
	logError   = ": error: "
)

// ParseErrorLog reads the text of error_log. errors.Is finds [ErrMalformed].
func ParseErrorLog(text []byte) ([]LogError, error) {
	var all []LogError
	rest := string(text)
	for rest != "" {
		var head string
		head, rest, _ = strings.Cut(rest, "\n")
		e, ok := parseLogHead(head)
		if !ok {
			return all, malformed("parse error_log", []byte(head), "no entry begins so")
		}
		body, ok := strings.CutPrefix(rest, logCommand)
		if !ok {
			return all, malformed("parse error_log", []byte(rest), "no command")
		}
		if e.Command, e.Column, rest, ok = cutCaret(body); !ok {
			return all, malformed("parse error_log", []byte(body), "no caret below the command")
		}
		all = append(all, e)
	}
	return all, nil
}

// parseLogHead reads "[   12.345678] trace_kprobe: error: Invalid argument".
func parseLogHead(line string) (e LogError, ok bool) {
	rest, ok := strings.CutPrefix(line, "[")
	if !ok {
		return e, false
	}
	stamp, rest, ok := strings.Cut(rest, "] ")
	if !ok {
		return e, false
	}
	if e.Time, ok = parseSeconds(strings.TrimLeft(stamp, " ")); !ok {
		return e, false
	}
	e.Source, e.Text, ok = strings.Cut(rest, logError)
	return e, ok
}

// cutCaret takes a command and the line with the caret off the text. A command
// may have lines of its own.
func cutCaret(text string) (command string, column int, rest string, ok bool) {
	end := 0
	for line := range strings.Lines(text) {
		mark := strings.TrimSuffix(line, "\n")
		if end > 0 && strings.TrimLeft(mark, " ") == "^" {
			column = len(mark) - 1 - len(logCommand)
			return text[:end-1], max(column, 0), text[end+len(line):], true
		}
		if !strings.HasSuffix(line, "\n") {
			break
		}
		end += len(line)
	}
	return "", 0, "", false
}

// parseSeconds reads "12.345678" or "12.345678901".
func parseSeconds(text string) (time.Duration, bool) {
	whole, part, ok := strings.Cut(text, ".")
	if !ok || len(part) == 0 || len(part) > 9 {
		return 0, false
	}
	s, err := strconv.ParseUint(whole, 10, 63)
	if err != nil || s > uint64(maxTime/time.Second) {
		return 0, false
	}
	n, err := strconv.ParseUint(part, 10, 32)
	if err != nil {
		return 0, false
	}
	for range 9 - len(part) {
		n *= 10
	}
	return time.Duration(s)*time.Second + time.Duration(n), true
}

// maxTime leaves room for the part of a second.
const maxTime = time.Duration(1<<63-1) - time.Second

// logMark is how error_log ended before a command was written, to tell what was
// said about that command from what was said before about one like it. Times
// would not do: those of two CPUs need not be in order.
type logMark struct {
	inst *Instance
	last LogError
}

func (i *Instance) markLog() logMark {
	m := logMark{inst: i}
	if all, err := i.ErrorLog(); err == nil && len(all) > 0 {
		m.last = all[len(all)-1]
	}
	return m
}

// explain puts what the kernel has logged about a refused command into the
// error. Where it logged nothing, the error stays as it is.
func (m logMark) explain(err error, command string) error {
	no, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return err
	}
	all, failed := m.inst.ErrorLog()
	if failed != nil {
		return err
	}
	for n := len(all) - 1; n >= 0 && all[n] != m.last; n-- {
		if sameCommand(all[n].Command, command) {
			all[n].Errno = no
			return &all[n]
		}
	}
	return err
}

// sameCommand compares a command with how the kernel has logged it: cut, and
// with single blanks.
func sameCommand(logged, command string) bool {
	const least = 100 // of what the kernel keeps of a command, which was 256 bytes at first
	logged, command = oneBlank(logged), oneBlank(command)
	return logged == command || len(logged) >= least && strings.HasPrefix(command, logged)
}

func oneBlank(text string) string { return strings.Join(strings.Fields(text), " ") }
