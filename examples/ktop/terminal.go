// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is the one that the program was started in, in raw mode.
type terminal struct {
	file          *os.File
	before        unix.Termios
	width, height int
	buf           []byte
	keys          chan byte // closed when the terminal has no more
	resized       chan os.Signal
	done          chan struct{}
}

// The control sequences (ECMA-48, and xterm's private modes): enter has a
// screen of our own without cursor, on which lines are cut and not wrapped.
const (
	enter     = "\x1b[?1049h\x1b[?25l\x1b[?7l"
	leave     = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	home      = "\x1b[H"
	clearLine = "\x1b[K"
	clearRest = "\x1b[J"
	reverse   = "\x1b[7m"
	plain     = "\x1b[m"
)

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// openTerminal takes the terminal over. Its own descriptor is non-blocking, so
// that close ends the goroutine that waits for keys.
func openTerminal() (*terminal, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	t := &terminal{file: file, keys: make(chan byte), resized: make(chan os.Signal, 1), done: make(chan struct{})}
	if err := t.raw(); err != nil {
		file.Close()
		return nil, err
	}
	signal.Notify(t.resized, syscall.SIGWINCH)
	t.measure()
	go t.listen()
	if _, err := file.WriteString(enter); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// close gives the terminal back as it was.
func (t *terminal) close() {
	signal.Stop(t.resized)
	close(t.done)
	t.file.WriteString(leave)
	t.control(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS, &t.before) })
	t.file.Close()
}

// raw has keys come one by one, unseen, and Ctrl-C as a key.
func (t *terminal) raw() error {
	return t.control(func(fd int) error {
		mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		t.before = *mode
		mode.Iflag &^= unix.IXON | unix.ICRNL
		mode.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN
		mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
		return unix.IoctlSetTermios(fd, unix.TCSETS, mode)
	})
}

// measure asks for the size; what has none is like the oldest.
func (t *terminal) measure() {
	t.width, t.height = 80, 24
	t.control(func(fd int) error {
		size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if err == nil && size.Col > 0 && size.Row > 0 {
			t.width, t.height = int(size.Col), int(size.Row)
		}
		return err
	})
}

// control lends the descriptor; os.File.Fd would make it a blocking one.
func (t *terminal) control(f func(fd int) error) error {
	conn, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	if lent := conn.Control(func(fd uintptr) { err = f(int(fd)) }); lent != nil {
		return lent
	}
	return err
}

func (t *terminal) listen() {
	defer close(t.keys)
	var buf [64]byte
	for {
		n, err := t.file.Read(buf[:])
		if n == 0 || err != nil {
			return
		}
		for _, key := range buf[:n] {
			select {
			case t.keys <- key:
			case <-t.done:
				return
			}
		}
	}
}

// draw shows lines from the top, the titles in reverse. It goes out in one
// write, so that nothing flickers.
func (t *terminal) draw(table []byte) error {
	b := append(t.buf[:0], home...)
	for line := 1; len(table) > 0 && line <= t.height; line++ {
		end := 0
		for table[end] != '\n' {
			end++
		}
		if line > 1 {
			b = append(b, '\n')
		}
		if line == headLines {
			b = append(b, reverse...)
		}
		b = append(append(b, table[:end]...), clearLine...)
		if line == headLines {
			b = append(b, plain...)
		}
		table = table[end+1:]
	}
	t.buf = append(b, clearRest...)
	_, err := t.file.Write(t.buf)
	return err
}
