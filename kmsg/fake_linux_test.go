// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// fake is a Log on a pipe in packet mode, which keeps the bounds of records
// as /dev/kmsg does: one read takes what one write put in.
type fake struct {
	*Log
	t  *testing.T
	in int
}

func newFake(t *testing.T, from From) *fake {
	t.Helper()
	var p [2]int
	require.NoError(t, unix.Pipe2(p[:], unix.O_DIRECT|unix.O_CLOEXEC|unix.O_NONBLOCK))
	l, err := newLog(p[0], "fake", from)
	require.NoError(t, err)
	f := &fake{Log: l, t: t, in: p[1]}
	t.Cleanup(func() {
		f.hangUp()
		l.file.Close()
	})
	return f
}

// say logs records with these sequence numbers.
func (f *fake) say(sequence ...uint64) {
	f.t.Helper()
	for _, s := range sequence {
		f.raw(fmt.Sprintf("6,%d,1000,-;record %d\n", s, s))
	}
}

func (f *fake) raw(s string) {
	f.t.Helper()
	_, err := unix.Write(f.in, []byte(s))
	require.NoError(f.t, err)
}

// hangUp is the end of the log, which the real one does not have.
func (f *fake) hangUp() {
	if f.in >= 0 {
		unix.Close(f.in)
		f.in = -1
	}
}

// untilParked returns when a goroutine sleeps on the poller in a read of a
// Log. It asks the profile: runtime.Stack, called again and again while
// goroutines come and go, has brought the runtime itself down once.
func untilParked(t *testing.T) {
	t.Helper()
	var buf bytes.Buffer
	for {
		buf.Reset()
		if err := pprof.Lookup("goroutine").WriteTo(&buf, 1); err != nil {
			t.Error(err)
			return
		}
		for g := range bytes.SplitSeq(buf.Bytes(), []byte("\n\n")) {
			if bytes.Contains(g, []byte("poll.runtime_pollWait")) && bytes.Contains(g, []byte("(*Log).readOnce")) {
				return
			}
		}
		runtime.Gosched()
	}
}
