// SPDX-License-Identifier: Apache-2.0

//go:build linux

package qemu

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// keptLines is how much of the console is remembered, in lines that are cut
// after maxLine bytes.
const (
	keptLines = 4000
	maxLine   = 8192
)

// Console is the guest's first serial line. It may be shared by goroutines.
type Console struct {
	conn  net.Conn
	done  chan struct{}
	mu    sync.Mutex
	lines []string
	last  []byte // the line that has not ended yet
	copy  io.Writer
}

func newConsole(conn net.Conn) *Console {
	c := &Console{conn: conn, done: make(chan struct{})}
	go c.read()
	return c
}

func (c *Console) read() {
	defer close(c.done)
	r := bufio.NewReader(c.conn)
	chunk := make([]byte, 4096)
	for {
		n, err := r.Read(chunk)
		c.mu.Lock()
		if c.copy != nil && n > 0 {
			_, _ = c.copy.Write(chunk[:n]) // a terminal that went away is no reason to stop reading
		}
		for _, b := range chunk[:n] {
			if b != '\n' {
				c.last = append(c.last, b)
			}
			if b == '\n' || len(c.last) == maxLine {
				c.keep()
			}
		}
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *Console) keep() {
	c.lines = append(c.lines, strings.TrimRight(string(c.last), "\r"))
	c.last = c.last[:0]
	if len(c.lines) > 2*keptLines {
		c.lines = append(c.lines[:0], c.lines[len(c.lines)-keptLines:]...)
	}
}

// Lines returns what the console showed so far, with the beginning of a line
// that has not ended: a kernel that hangs may do so in the middle of one.
func (c *Console) Lines() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := slices.Clone(c.lines)
	if len(c.last) > 0 {
		lines = append(lines, strings.TrimRight(string(c.last), "\r"))
	}
	return lines
}

// Drained is closed when the console has ended and all of it was read.
func (c *Console) Drained() <-chan struct{} { return c.done }

// CopyTo copies what the console shows from now on to out.
func (c *Console) CopyTo(out io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.copy = out
}

// Attach copies the console to out from now on and sends in to it, until in
// ends.
func (c *Console) Attach(in io.Reader, out io.Writer) error {
	c.CopyTo(out)
	_, err := io.Copy(c.conn, in)
	return err
}

func (c *Console) close() {
	c.conn.Close()
	<-c.done
}

// monitor speaks QEMU's machine protocol, as far as it is needed here.
type monitor struct {
	conn  net.Conn
	r     *bufio.Reader
	ready bool // the handshake, which may happen once only, is done
}

func newMonitor(conn net.Conn) *monitor { return &monitor{conn: conn, r: bufio.NewReader(conn)} }

func (m *monitor) command(name string) error {
	if err := m.conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	commands := []string{name}
	if !m.ready {
		commands = []string{"qmp_capabilities", name}
	}
	for _, command := range commands {
		if _, err := fmt.Fprintf(m.conn, "{\"execute\":%q}\n", command); err != nil {
			return err
		}
		if err := m.answer(command); err != nil {
			return err
		}
		m.ready = true
	}
	return nil
}

// answer skips the greeting and events up to the reply of one command.
func (m *monitor) answer(command string) error {
	for {
		line, err := m.r.ReadBytes('\n')
		if err != nil {
			return err
		}
		var reply struct {
			Return *json.RawMessage
			Error  *struct{ Desc string }
		}
		if err := json.Unmarshal(line, &reply); err != nil {
			return err
		}
		switch {
		case reply.Error != nil:
			return fmt.Errorf("%s: %s", command, reply.Error.Desc)
		case reply.Return != nil:
			return nil
		}
	}
}

// tail keeps the end of what QEMU itself complains about.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if len(t.buf) > 4096 {
		t.buf = t.buf[len(t.buf)-4096:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.buf))
}
