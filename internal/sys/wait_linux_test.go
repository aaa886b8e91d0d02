// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/sys"
)

// pipe is two ends, closed with the test.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// requireReadable says that no deadline is left behind.
func requireReadable(t *testing.T, r, w *os.File) {
	t.Helper()
	go w.Write([]byte{7}) // later than the read, or not: either must do
	var b [1]byte
	_, err := r.Read(b[:])
	require.NoError(t, err)
	require.EqualValues(t, 7, b[0])
}

func TestTheEndOfAContextEndsARead(t *testing.T) {
	r, w := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := sys.EndWith(ctx, r)
	ended := make(chan error)
	go func() {
		_, err := r.Read(make([]byte, 1))
		ended <- err
	}()
	cancel()
	require.ErrorIs(t, <-ended, os.ErrDeadlineExceeded)
	release()
	requireReadable(t, r, w)
}

func TestAContextThatHadEndedEndsAReadAtOnce(t *testing.T) {
	r, w := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	release := sys.EndWith(ctx, r)
	_, err := r.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	release()
	requireReadable(t, r, w)
}

func TestAReleasedReadIsTheContextsNoMore(t *testing.T) {
	r, w := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	sys.EndWith(ctx, r)()
	cancel()
	requireReadable(t, r, w)

	sys.EndWith(context.Background(), r)() // one that never ends
	requireReadable(t, r, w)
}

// A deadline of the caller's own stays, unless ctx ended meanwhile.
func TestADeadlineIsLeftAloneByAContextThatGoesOn(t *testing.T) {
	r, _ := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	require.NoError(t, r.SetReadDeadline(time.Unix(1, 0)))
	sys.EndWith(ctx, r)()
	_, err := r.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}

// Whichever comes first, the end of ctx or release, no deadline remains.
func TestAnEndThatRacesWithReleaseLeavesNoDeadline(t *testing.T) {
	r, w := pipe(t)
	for range 2000 {
		ctx, cancel := context.WithCancel(t.Context())
		release := sys.EndWith(ctx, r)
		go cancel()
		release()
		requireReadable(t, r, w)
	}
}
