// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package progress shows one line that says what is being prepared: rewritten
// in place on a terminal, a line a step elsewhere.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/kernlink/kernlink/internal/sys"
)

// Line is a progress line on some output. The zero value shows nothing; a
// Line may be shared by goroutines.
type Line struct {
	mu    sync.Mutex
	out   io.Writer
	tty   bool
	shown string
	began time.Time
}

// New returns a Line on f, in the terminal's manner when f is one.
func New(f *os.File) *Line {
	return &Line{out: f, tty: IsTerminal(f), began: time.Now()}
}

// IsTerminal reports whether f is a terminal that understands control
// sequences.
func IsTerminal(f *os.File) bool {
	conn, err := f.SyscallConn()
	if err != nil || os.Getenv("TERM") == "dumb" {
		return false
	}
	tty := false
	if err := conn.Control(func(fd uintptr) { tty = sys.IsTerminal(int(fd)) }); err != nil {
		return false
	}
	return tty
}

// Step says what begins now.
func (l *Line) Step(format string, args ...any) {
	if l == nil || l.out == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if text == l.shown {
		return
	}
	l.shown = text
	if l.tty {
		fmt.Fprintf(l.out, "\r\x1b[K· %s", text)
		return
	}
	fmt.Fprintf(l.out, "· %s\n", text)
}

// Tick is a Step for steps that follow each other fast: it shows only on a
// terminal.
func (l *Line) Tick(format string, args ...any) {
	if l != nil && l.tty {
		l.Step(format, args...)
	}
}

// Clear takes the line away, so that other output can follow.
func (l *Line) Clear() {
	if l == nil || l.out == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tty && l.shown != "" {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
	l.shown = ""
}
