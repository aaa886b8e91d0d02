// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

// rawPipe is descriptors that the runtime's poller does not know.
func rawPipe(t *testing.T) (r, w int) {
	t.Helper()
	var p [2]int
	require.NoError(t, unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK))
	t.Cleanup(func() { sys.Close(p[0]) })
	return p[0], p[1]
}

func TestPollSaysWhatIsReady(t *testing.T) {
	r, w := rawPipe(t)
	events, err := sys.Poll(r, sys.PollIn, 0)
	require.NoError(t, err)
	require.Zero(t, events)
	_, err = sys.Write(w, []byte("x"))
	require.NoError(t, err)
	events, err = sys.Poll(r, sys.PollIn, -1)
	require.NoError(t, err)
	require.EqualValues(t, sys.PollIn, events)
	require.NoError(t, sys.Close(w))
	events, err = sys.Poll(r, sys.PollPri, -1)
	require.NoError(t, err)
	require.EqualValues(t, sys.PollHup, events, "nobody asks for it, and it comes")
}

func TestAnEpollTellsEventsUntilTheyAreTaken(t *testing.T) {
	r, w := rawPipe(t)
	defer sys.Close(w)
	ep, err := sys.NewEpoll(r, sys.PollIn)
	require.NoError(t, err)
	defer sys.Close(ep)
	requireCloseOnExec(t, ep)
	flags, err := unix.FcntlInt(uintptr(ep), unix.F_GETFL, 0)
	require.NoError(t, err)
	require.NotZero(t, flags&unix.O_NONBLOCK)

	require.False(t, sys.DrainEpoll(ep))
	_, err = sys.Write(w, []byte("x"))
	require.NoError(t, err)
	events, err := sys.Poll(ep, sys.PollIn, -1)
	require.NoError(t, err)
	require.EqualValues(t, sys.PollIn, events, "an epoll is itself readable")
	require.True(t, sys.DrainEpoll(ep))
	_, err = sys.Read(r, make([]byte, 1))
	require.NoError(t, err)
	require.False(t, sys.DrainEpoll(ep))
}

func TestAnEdgeIsToldOnceHoweverOftenItIsPolled(t *testing.T) {
	r, w := rawPipe(t)
	defer sys.Close(w)
	ep, err := sys.NewEpoll(r, sys.PollIn|sys.PollEdge)
	require.NoError(t, err)
	defer sys.Close(ep)
	require.Zero(t, sys.EpollEvents(ep))
	for range 2 {
		_, err = sys.Write(w, []byte("x"))
		require.NoError(t, err)
		for range 3 {
			events, err := sys.Poll(ep, sys.PollIn, 0)
			require.NoError(t, err)
			require.EqualValues(t, sys.PollIn, events, "asking the epoll itself takes nothing")
		}
		require.EqualValues(t, sys.PollIn, sys.EpollEvents(ep))
		require.Zero(t, sys.EpollEvents(ep), "although the pipe can still be read")
	}
}

func TestWhatCannotBePolledLeavesNothingOpen(t *testing.T) {
	file := open(t, t.TempDir(), sys.ReadOnly)
	requireNothingStaysOpen(t, func() {
		_, err := sys.NewEpoll(file, sys.PollPri)
		require.Equal(t, syscall.EPERM, err)
		_, err = sys.NewEpoll(-1, sys.PollPri)
		require.Equal(t, syscall.EBADF, err)
	})
}

func TestPwriteStoresAtItsPlace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("0123456789"), 0o600))
	fd := open(t, name, sys.ReadWrite)
	for range 2 { // the file's own position does not move
		n, err := sys.Pwrite(fd, []byte("ab"), 3)
		require.NoError(t, err)
		require.Equal(t, 2, n)
	}
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "012ab56789", string(text))

	_, w := rawPipe(t)
	defer sys.Close(w)
	for fd, want := range map[int]error{open(t, name, sys.ReadOnly): syscall.EBADF, w: syscall.ESPIPE} {
		n, err := sys.Pwrite(fd, []byte("ab"), 0)
		require.Equal(t, want, err)
		require.Zero(t, n)
	}
}

func TestASocketSaysHowMuchThereIs(t *testing.T) {
	fd, err := sys.Socket(sys.FamilyInet, sys.SocketDatagram, 0)
	require.NoError(t, err)
	defer sys.Close(fd)
	requireCloseOnExec(t, fd)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	n, err := sys.Readable(fd)
	require.NoError(t, err)
	require.Zero(t, n)
	own, err := unix.Getsockname(fd)
	require.NoError(t, err)
	sender, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: own.(*unix.SockaddrInet4).Port})
	require.NoError(t, err)
	defer sender.Close()
	_, err = sender.Write([]byte("12345"))
	require.NoError(t, err)
	_, err = sys.Poll(fd, sys.PollIn, -1)
	require.NoError(t, err)
	n, err = sys.Readable(fd)
	require.NoError(t, err)
	require.Equal(t, 5, n)

	_, err = sys.Readable(open(t, "/dev/null", sys.ReadOnly))
	require.Equal(t, syscall.ENOTTY, err)
	_, err = sys.Socket(-1, sys.SocketDatagram, 0)
	require.Equal(t, syscall.EAFNOSUPPORT, err)
}

// A pseudo-terminal stands for the console of a guest.
func TestARawTerminalGivesBytesAsTheyCome(t *testing.T) {
	master := open(t, "/dev/ptmx", sys.ReadWrite)
	require.NoError(t, unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0))
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	require.Zero(t, errno)
	slave := int(peer)
	defer sys.Close(slave)
	require.True(t, sys.IsTerminal(slave))
	require.NoError(t, sys.SetRaw(slave))
	_, err := sys.Write(master, []byte{3, 4, '\r'}) // ^C, ^D, and no end of line
	require.NoError(t, err)
	b := make([]byte, 8)
	n, err := sys.Read(slave, b)
	require.NoError(t, err)
	require.Equal(t, []byte{3, 4, '\r'}, b[:n])
}
