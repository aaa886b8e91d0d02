// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// lostThread is [ownThread] that returns when f does.
func lostThread(f func()) {
	done := make(chan struct{})
	ownThread(func() {
		defer close(done)
		f()
	})
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
