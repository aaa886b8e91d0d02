// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

func TestASignalReachesTheProcessOnly(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	require.NoError(t, p.Signal(0))
	require.NoError(t, p.Signal(syscall.SIGTERM))
	require.NoError(t, p.Wait(t.Context()))
	st, err := p.Stat()
	require.NoError(t, err)
	require.Equal(t, procfs.Zombie, st.State)
	require.EqualValues(t, syscall.SIGTERM, st.ExitCode)
	require.NoError(t, p.Signal(0), "a zombie can be signalled")
	require.Error(t, c.Wait())
	require.ErrorIs(t, p.Signal(0), kernlink.ErrGone)
	require.NoError(t, p.Wait(t.Context()), "what was reaped has ended")
}

func TestAHandleFromBeforeTheEndNeverSignalsAnother(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	c.reap()
	require.ErrorIs(t, p.Signal(0), kernlink.ErrGone, "the pidfd is opened only now")
	require.NoError(t, p.Wait(t.Context()))
}

func TestWaitEndsWithItsContext(t *testing.T) {
	p := handle(t, start(t))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.Wait(ctx), context.DeadlineExceeded)
	require.ErrorIs(t, p.Wait(ctx), context.DeadlineExceeded)
	require.NoError(t, p.Signal(0), "the handle is good after it")
}

func TestWaitsAreApartAndCloseEndsThem(t *testing.T) {
	p := handle(t, start(t))
	short, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- p.Wait(short) }()
	go func() { second <- p.Wait(context.Background()) }()
	waitParked(t, 2)
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	select {
	case err := <-second:
		t.Fatal(err)
	default:
	}
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-second, fs.ErrClosed)
	require.ErrorIs(t, p.Wait(t.Context()), fs.ErrClosed)
}

// waitParked returns when so many goroutines sleep on the poller in a Wait.
func waitParked(t *testing.T, n int) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for t.Context().Err() == nil {
		parked := 0
		for _, g := range bytes.Split(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
			head, _, _ := bytes.Cut(g, []byte("\n"))
			if bytes.Contains(head, []byte("IO wait")) && bytes.Contains(g, []byte("procfs.sleep")) {
				parked++
			}
		}
		if parked == n {
			return
		}
		runtime.Gosched()
	}
}

func TestAFolderOfFilesIsNotSignalled(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, strconv.Itoa(os.Getpid()))
	require.NoError(t, os.Mkdir(dir, 0o755))
	stat, err := os.ReadFile("testdata/sleep.stat")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stat"), stat, 0o644))
	f, err := procfs.OpenAt(root, nil)
	require.NoError(t, err)
	defer f.Close()
	p, err := f.Process(os.Getpid())
	require.NoError(t, err)
	defer p.Close()
	for _, err := range []error{p.Signal(0), p.Wait(t.Context())} {
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorIs(t, err, errors.ErrUnsupported)
	}
	_, err = p.IO()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
}

func TestAThreadCannotBeWaitedFor(t *testing.T) {
	threads, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	other, err := strconv.Atoi(threads[len(threads)-1].Name())
	require.NoError(t, err)
	require.NotEqual(t, os.Getpid(), other, "the runtime has more than one")
	p, err := open(t).Process(other)
	require.NoError(t, err)
	defer p.Close()
	require.ErrorIs(t, p.Signal(0), kernlink.ErrNotSupported)
}
