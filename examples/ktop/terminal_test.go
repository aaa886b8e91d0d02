// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// asKtop in the environment makes the test binary the program.
const asKtop = "KTOP_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asKtop) != "" {
		main()
	}
	os.Exit(m.Run())
}

func program(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), asKtop+"=1")
	return cmd
}

// pty is a terminal with the program in it. The test sits at the other end.
type pty struct {
	*exec.Cmd
	t             testing.TB
	master, slave *os.File
	before        unix.Termios
	seen          []byte
}

func startInTerminal(t testing.TB, args ...string) *pty {
	t.Helper()
	p := &pty{t: t, Cmd: program(args...)}
	p.openPair()
	p.size(80, 24)
	p.Stdin, p.Stdout, p.Stderr = p.slave, p.slave, p.slave
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.before = p.mode()
	require.NoError(t, p.Start())
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	require.NoError(t, p.master.SetReadDeadline(time.Now().Add(time.Minute)))
	return p
}

func (p *pty) openPair() {
	p.t.Helper()
	var err error
	p.master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { p.master.Close() })
	var number int
	p.control(func(fd int) (err error) {
		if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return err
		}
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		return err
	})
	p.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { p.slave.Close() })
}

func (p *pty) control(f func(fd int) error) {
	p.t.Helper()
	conn, err := p.master.SyscallConn()
	require.NoError(p.t, err)
	require.NoError(p.t, conn.Control(func(fd uintptr) { err = f(int(fd)) }))
	require.NoError(p.t, err)
}

func (p *pty) size(width, height uint16) {
	p.t.Helper()
	p.control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height})
	})
}

func (p *pty) mode() (mode unix.Termios) {
	p.t.Helper()
	p.control(func(fd int) error {
		m, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			mode = *m
		}
		return err
	})
	return mode
}

// until reads on until the text is there, and returns what was read to its
// end and not before.
func (p *pty) until(text string) string {
	p.t.Helper()
	var buf [4096]byte
	for {
		if i := bytes.Index(p.seen, []byte(text)); i >= 0 {
			read := string(p.seen[:i+len(text)])
			p.seen = p.seen[i+len(text):]
			return read
		}
		n, err := p.master.Read(buf[:])
		p.seen = append(p.seen, buf[:n]...)
		require.NoError(p.t, err, "waiting for %q; there is %q", text, p.seen)
	}
}

// frame is the next screen, its lines without control sequences.
func (p *pty) frame() []string {
	p.t.Helper()
	p.until(home)
	text := strings.TrimSuffix(p.until(clearRest), clearRest)
	for _, sequence := range []string{clearLine, reverse, plain} {
		text = strings.ReplaceAll(text, sequence, "")
	}
	return strings.Split(text, "\r\n")
}

func (p *pty) press(keys string) {
	p.t.Helper()
	_, err := p.master.WriteString(keys)
	require.NoError(p.t, err)
}

// left checks that the terminal is as it was.
func (p *pty) left() {
	p.t.Helper()
	p.until(leave)
	require.NoError(p.t, p.Wait())
	require.Equal(p.t, p.before, p.mode())
	require.Empty(p.t, p.seen)
}

func TestTheTerminalIsGivenBackOnEveryWayOut(t *testing.T) {
	for name, end := range map[string]func(*pty){
		"q":      func(p *pty) { p.press("q") },
		"Ctrl-C": func(p *pty) { p.press("\x03") },
		"Ctrl-C while a filter is typed": func(p *pty) {
			p.press("/abc")
			p.until("filter: abc_")
			p.press("\x03")
		},
		"SIGINT":  func(p *pty) { p.Process.Signal(syscall.SIGINT) },
		"SIGTERM": func(p *pty) { p.Process.Signal(syscall.SIGTERM) },
		"SIGHUP":  func(p *pty) { p.Process.Signal(syscall.SIGHUP) },
		"SIGQUIT": func(p *pty) { p.Process.Signal(syscall.SIGQUIT) },
	} {
		t.Run(name, func(t *testing.T) {
			p := startInTerminal(t, "-d", "1h")
			p.until(enter)
			require.Contains(t, p.frame()[headLines-1], "COMMAND")
			require.Zero(t, p.mode().Lflag&(unix.ECHO|unix.ICANON|unix.ISIG))
			end(p)
			p.left()
		})
	}
}

func TestTheTableFitsTheTerminalWhateverItsSize(t *testing.T) {
	p := startInTerminal(t, "-d", "1h")
	require.LessOrEqual(t, len(p.frame()), 24)
	for _, size := range [][2]uint16{{40, 10}, {200, 50}, {5, 3}, {1, 1}} {
		p.size(size[0], size[1])
		lines := p.frame()
		require.LessOrEqual(t, len(lines), int(size[1]))
		for _, line := range lines {
			require.LessOrEqual(t, len([]rune(line)), int(size[0]))
		}
	}
	p.press("q")
	p.left()
}

func TestKeysChooseWhatIsShown(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "seven", start: 1, rss: 1})
	f.put(task{pid: 8, comm: "eight", start: 2, rss: 2})
	p := startInTerminal(t, "-d", "1h", "-proc", f.dir)
	rows := func(keys string) (pids []string) {
		p.press(keys)
		for _, line := range p.frame()[headLines:] {
			pids = append(pids, strings.Fields(line)[0])
		}
		return pids
	}
	p.frame()
	require.Equal(t, []string{"8", "7"}, rows("m"))
	require.Equal(t, []string{"7", "8"}, rows("r"))
	require.Equal(t, []string{"7", "8"}, rows("p"))
	require.Equal(t, []string{"8", "7"}, rows("t"))
	p.press("/sewen\x7f\x7f\x7fven")
	p.until("filter: seven_")
	p.until(clearRest)
	require.Equal(t, []string{"7"}, rows("\r"))
	require.Equal(t, []string{"8", "7"}, rows("\x1b"))
	p.press("q")
	p.left()
}

func TestATerminalThatGoesAwayEndsIt(t *testing.T) {
	p := startInTerminal(t, "-d", "1h")
	p.frame()
	require.NoError(t, p.slave.Close())
	require.NoError(t, p.master.Close())
	p.Wait() // and does not hang
	require.True(t, p.ProcessState.Exited())
}
