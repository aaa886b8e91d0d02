// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

func TestAnEpollSetSaysWhoIsReadyAsLongAsThatHolds(t *testing.T) {
	ep, err := sys.NewEpollSet()
	require.NoError(t, err)
	defer sys.Close(ep)
	requireCloseOnExec(t, ep)
	var ready [4]sys.Ready
	require.Zero(t, sys.EpollReady(ep, ready[:]))

	r0, w0 := rawPipe(t)
	r1, w1 := rawPipe(t)
	defer sys.Close(w1)
	require.NoError(t, sys.EpollAdd(ep, r0, sys.PollIn, 10))
	require.NoError(t, sys.EpollAdd(ep, r1, sys.PollIn, 11))
	require.ErrorIs(t, sys.EpollAdd(ep, r1, sys.PollIn, 12), syscall.EEXIST)
	require.Zero(t, sys.EpollReady(ep, ready[:]))
	_, err = sys.Write(w1, []byte("x"))
	require.NoError(t, err)
	for range 2 {
		require.Equal(t, 1, sys.EpollReady(ep, ready[:]))
		require.Equal(t, sys.Ready{ID: 11, Events: sys.PollIn}, ready[0])
	}
	require.NoError(t, sys.Close(w0))
	require.Equal(t, 2, sys.EpollReady(ep, ready[:]))
	require.Equal(t, 1, sys.EpollReady(ep, ready[:1]), "as many as there is room for")
	require.NoError(t, sys.EpollDel(ep, r0))
	require.NoError(t, sys.EpollDel(ep, r1))
	require.Zero(t, sys.EpollReady(ep, ready[:]))
	require.ErrorIs(t, sys.EpollDel(ep, r1), syscall.ENOENT)
	require.Zero(t, sys.EpollReady(-1, ready[:]))
}

func TestAnOrdinaryFileCannotBeInAnEpollSet(t *testing.T) {
	ep, err := sys.NewEpollSet()
	require.NoError(t, err)
	defer sys.Close(ep)
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	fd, err := sys.Open(name, sys.ReadOnly)
	require.NoError(t, err)
	defer sys.Close(fd)
	require.ErrorIs(t, sys.EpollAdd(ep, fd, sys.PollIn, 0), syscall.EPERM)
}

func TestSpliceMovesBytesByWayOfAPipe(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "from"), []byte("some bytes"), 0o600))
	from, err := sys.Open(filepath.Join(dir, "from"), sys.ReadOnly)
	require.NoError(t, err)
	defer sys.Close(from)
	to, err := unix.Open(filepath.Join(dir, "to"), unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	require.NoError(t, err)
	defer sys.Close(to)
	r, w, err := sys.Pipe()
	require.NoError(t, err)
	defer sys.Close(r)
	defer sys.Close(w)
	requireCloseOnExec(t, r)
	requireCloseOnExec(t, w)
	_, err = sys.Splice(r, to, 100)
	require.ErrorIs(t, err, syscall.EAGAIN, "the pipe is empty")
	n, err := sys.Splice(from, w, 4)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	n, err = sys.Splice(from, w, 1<<30)
	require.NoError(t, err)
	require.Equal(t, 6, n)
	n, err = sys.Splice(r, to, 100)
	require.NoError(t, err)
	require.Equal(t, 10, n)
	b, err := os.ReadFile(filepath.Join(dir, "to"))
	require.NoError(t, err)
	require.Equal(t, "some bytes", string(b))
	_, err = sys.Splice(from, to, 1)
	require.ErrorIs(t, err, syscall.EINVAL, "none is a pipe")
}
