// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

func TestAThreadThatDoesNotComeBackIsAnError(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs CAP_SYS_ADMIN")
	}
	n, err := openNetNS("/proc/self/ns/net")
	require.NoError(t, err)
	var dropped error
	failed := make(chan error)
	go func() {
		failed <- n.within(func() {
			none := make([]unix.CapUserData, 2)
			dropped = unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0])
		})
	}() // the goroutine ends, and its thread with it
	err = <-failed
	require.NoError(t, dropped)
	e, ok := errors.AsType[*kernlink.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "return from", e.Op)
	require.Contains(t, e.Hint, "let the goroutine end")
	require.ErrorIs(t, err, syscall.EPERM)
	_, ok = errors.AsType[*sys.StrayError](err)
	require.True(t, ok)

	require.NoError(t, n.close())
	err = n.within(func() { t.Error("called") })
	require.ErrorIs(t, err, fs.ErrClosed)
}
