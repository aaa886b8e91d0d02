// SPDX-License-Identifier: Apache-2.0

package kernlink_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func TestErrorSaysWhatItHas(t *testing.T) {
	tests := []struct {
		name string
		err  kernlink.Error
		want string
	}{
		{
			"everything",
			kernlink.Error{Channel: "kmod", Op: "remove", Path: "echo", Kind: kernlink.ErrBusy, Err: syscall.EAGAIN, Hint: "stop it"},
			"kmod: remove echo: in use: resource temporarily unavailable (stop it)",
		},
		{
			"a cause that begins with its meaning",
			kernlink.Error{Channel: "kmod", Op: "remove", Path: "echo", Kind: kernlink.ErrBusy, Err: errors.New("in use (1 reference; by nf_nat)")},
			"kmod: remove echo: in use (1 reference; by nf_nat)",
		},
		{
			"no object",
			kernlink.Error{Channel: "kmsg", Op: "open", Err: syscall.ENOENT},
			"kmsg: open: no such file or directory",
		},
		{
			"only the meaning",
			kernlink.Error{Channel: "sysfs", Op: "set", Path: "mtu", Kind: kernlink.ErrReadOnly},
			"sysfs: set mtu: read only",
		},
		{
			"the cause says more than the meaning, and not all of it",
			kernlink.Error{Channel: "sysfs", Op: "set", Path: "mtu", Kind: kernlink.ErrGone, Err: errors.New("eth0 was unplugged")},
			"sysfs: set mtu: object is gone: eth0 was unplugged",
		},
		{
			"a hint without a cause",
			kernlink.Error{Channel: "alg", Op: "dial", Hint: "modprobe af_alg"},
			"alg: dial (modprobe af_alg)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.EqualError(t, &tt.err, tt.want) })
	}
}

func TestErrorIsItsMeaningAndItsCause(t *testing.T) {
	cause := &os.PathError{Op: "open", Path: "/dev/kmsg", Err: syscall.EACCES}
	err := fmt.Errorf("starting: %w", &kernlink.Error{Channel: "kmsg", Op: "open", Kind: kernlink.ErrRestricted, Err: cause})

	require.ErrorIs(t, err, kernlink.ErrRestricted)
	require.ErrorIs(t, err, syscall.EACCES)
	require.ErrorIs(t, err, fs.ErrPermission)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.NotErrorIs(t, err, fs.ErrNotExist)

	found, ok := errors.AsType[*os.PathError](err)
	require.True(t, ok)
	require.Same(t, cause, found)
	errno, ok := errors.AsType[syscall.Errno](err)
	require.True(t, ok)
	require.Equal(t, syscall.EACCES, errno)
}

func TestErrorFindsAllOfAJoinedCause(t *testing.T) {
	err := &kernlink.Error{Channel: "kmod", Op: "remove", Kind: kernlink.ErrBusy, Err: errors.Join(syscall.EAGAIN, context.DeadlineExceeded)}
	for _, target := range []error{kernlink.ErrBusy, syscall.EAGAIN, context.DeadlineExceeded} {
		require.ErrorIs(t, err, target)
	}
}

func TestErrorWithoutMeaningOrCauseUnwrapsToNothing(t *testing.T) {
	err := &kernlink.Error{Channel: "kmod", Op: "find"}
	require.Empty(t, err.Unwrap())
	for _, target := range sentinels() {
		require.NotErrorIs(t, err, target)
	}
}

func TestSentinelsAreDistinct(t *testing.T) {
	for i, a := range sentinels() {
		for j, b := range sentinels() {
			require.Equal(t, i == j, errors.Is(a, b), "%v and %v", a, b)
		}
	}
}

func TestNotSupportedIsTheStandardLibrarysToo(t *testing.T) {
	require.ErrorIs(t, kernlink.ErrNotSupported, errors.ErrUnsupported)
	err := &kernlink.Error{Channel: "relay", Op: "open", Kind: kernlink.ErrNotSupported}
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	for _, other := range sentinels()[:5] {
		require.NotErrorIs(t, other, errors.ErrUnsupported)
	}
}

func sentinels() []error {
	return []error{
		kernlink.ErrGone, kernlink.ErrNoValue, kernlink.ErrBusy,
		kernlink.ErrReadOnly, kernlink.ErrRestricted, kernlink.ErrNotSupported,
	}
}
