// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kmod_test

import (
	"context"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kmod"
)

// unprivileged runs f on a thread without capabilities, which dies with it.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: nobody else gets this thread
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData // version 3 reads two of them
		err := unix.Capset(&hdr, &none[0])
		if err == nil {
			f()
		}
		done <- err
	}()
	require.NoError(t, <-done)
}

func TestWithoutTheCapabilityTheErrorNamesIt(t *testing.T) {
	path := module(t, "echo")
	ctx := context.Background()
	var insertErr, removeErr error
	unprivileged(t, func() {
		_, insertErr = kmod.Insert(ctx, path, nil)
		removeErr = kmod.Remove(ctx, "echo")
	})
	for _, err := range []error{insertErr, removeErr} {
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorIs(t, err, os.ErrPermission)
		require.ErrorContains(t, err, "needs CAP_SYS_MODULE")
	}
}
