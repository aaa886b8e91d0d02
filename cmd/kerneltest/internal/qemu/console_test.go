// SPDX-License-Identifier: Apache-2.0

//go:build linux

package qemu

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// console returns a console and the guest's end of its line.
func console(t *testing.T) (*Console, net.Conn) {
	t.Helper()
	host, guest := net.Pipe()
	c := newConsole(host)
	t.Cleanup(c.close)
	return c, guest
}

func TestConsoleKeepsLinesHoweverTheyArrive(t *testing.T) {
	c, guest := console(t)
	for _, part := range []string{"one\r\nt", "w", "o\r", "\n\n\r\nla", "st"} {
		_, err := guest.Write([]byte(part))
		require.NoError(t, err)
	}
	require.NoError(t, guest.Close())
	<-c.Drained()
	require.Equal(t, []string{"one", "two", "", "", "last"}, c.Lines())
}

func TestConsoleShowsALineThatHasNotEnded(t *testing.T) {
	c, guest := console(t)
	var seen bytes.Buffer
	c.CopyTo(&seen)
	_, err := guest.Write([]byte("done\nhangs in the mid"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(c.Lines()) == 2 }, 10*time.Second, time.Millisecond)
	require.Equal(t, []string{"done", "hangs in the mid"}, c.Lines())
	c.close()
	require.Equal(t, "done\nhangs in the mid", seen.String())
}

func TestConsoleForgetsTheOldestLines(t *testing.T) {
	c, guest := console(t)
	for i := range 3 * keptLines {
		_, err := fmt.Fprintln(guest, i)
		require.NoError(t, err)
	}
	require.NoError(t, guest.Close())
	<-c.Drained()
	lines := c.Lines()
	require.GreaterOrEqual(t, len(lines), keptLines)
	require.LessOrEqual(t, len(lines), 2*keptLines)
	for i, line := range lines {
		require.Equal(t, fmt.Sprint(3*keptLines-len(lines)+i), line)
	}
}

func TestConsoleCutsALineWithoutEnd(t *testing.T) {
	c, guest := console(t)
	_, err := guest.Write([]byte(strings.Repeat("x", 2*maxLine+5) + "\n"))
	require.NoError(t, err)
	require.NoError(t, guest.Close())
	<-c.Drained()
	lines := c.Lines()
	require.Len(t, lines, 3)
	require.Len(t, lines[0], maxLine)
	require.Equal(t, "xxxxx", lines[2])
}

func TestAttachSendsTheInputToTheGuest(t *testing.T) {
	c, guest := console(t)
	got := make(chan string)
	go func() {
		b := make([]byte, 16)
		n, _ := guest.Read(b)
		_, _ = guest.Write([]byte("answer"))
		guest.Close()
		got <- string(b[:n])
	}()
	var out bytes.Buffer
	require.NoError(t, c.Attach(strings.NewReader("ls\n"), &out))
	require.Equal(t, "ls\n", <-got)
	<-c.Drained()
	require.Equal(t, "answer", out.String())
}

func TestMonitorReportsWhatIsNoAnswer(t *testing.T) {
	for _, text := range []string{"garbage\n", ""} {
		host, guest := net.Pipe()
		go func() {
			b := make([]byte, 100)
			_, _ = guest.Read(b)
			_, _ = guest.Write([]byte(text))
			guest.Close()
		}()
		require.Error(t, newMonitor(host).command("inject-nmi"))
		host.Close()
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var got tail
	for i := range 5000 {
		n, err := fmt.Fprintf(&got, "line %d\n", i)
		require.NoError(t, err)
		require.Positive(t, n)
	}
	require.LessOrEqual(t, len(got.String()), 4096)
	require.True(t, strings.HasSuffix(got.String(), "line 4998\nline 4999"))
	var empty tail
	require.Empty(t, empty.String())
}
