// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"io/fs"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// lostThread runs f on a thread that ends with it, so that f may leave it in
// another state. It is not the first one of the process, which never ends, and
// which /proc shows as the process.
func lostThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == os.Getpid() {
			defer runtime.UnlockOSThread()
			lostThread(f) // on another one, since this one is held
			return
		}
		f()
	}()
	<-done
}

func TestTheNetworkOfAProcessEndsWithIt(t *testing.T) {
	c := start(t)
	p := handle(t, c)
	n := p.Net()
	snmp, err := n.SNMP()
	require.NoError(t, err)
	require.Positive(t, snmp.Len())
	var again procfs.Counters
	require.NoError(t, n.ReadSNMPInto(&again))
	require.Equal(t, snmp.Len(), again.Len())
	c.zombie()
	for _, err := range []error{last(n.Devs()), n.ReadSNMPInto(&again)} {
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.NotErrorIs(t, err, kernlink.ErrNotSupported)
	}
	c.reap()
	for _, err := range []error{last(n.Devs()), n.ReadSNMPInto(&again)} {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
}
