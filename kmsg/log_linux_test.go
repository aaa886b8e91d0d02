// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kernlink/kernlink"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestOpenSaysWhatIsMissing(t *testing.T) {
	for name, open := range map[string]func(path string) error{
		"log":    func(path string) error { _, err := Open(&Options{Path: path}); return err },
		"writer": func(path string) error { _, err := OpenWriter(&WriterOptions{Path: path}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			err := open(filepath.Join(t.TempDir(), "kmsg"))
			require.ErrorIs(t, err, kernlink.ErrNotSupported)
			require.ErrorIs(t, err, errors.ErrUnsupported)
			require.ErrorIs(t, err, fs.ErrNotExist)
			require.ErrorContains(t, err, "CONFIG_PRINTK")
		})
	}
}

func TestOpenSaysWhatForbids(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EPERM, syscall.EACCES} {
		err := openFailure(devicePath, errno)
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorIs(t, err, errno)
		require.ErrorIs(t, err, fs.ErrPermission)
		e, _ := errors.AsType[*kernlink.Error](err)
		require.NotEmpty(t, e.Hint)
	}
	require.ErrorIs(t, openFailure(devicePath, errors.ErrUnsupported), kernlink.ErrNotSupported)
}

func TestOpenRefusesAnUnknownFrom(t *testing.T) {
	before := descriptors(t)
	_, err := Open(&Options{From: 3, Path: os.DevNull})
	require.ErrorIs(t, err, syscall.EINVAL)
	require.Equal(t, before, descriptors(t), "a descriptor was left open")
}

func TestDescriptorStaysNonBlocking(t *testing.T) {
	f := newFake(t, All)
	f.say(1)
	for _, err := range f.Pending() {
		require.NoError(t, err)
	}
	require.NoError(t, f.conn.Control(func(fd uintptr) {
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		require.NoError(t, err)
		require.NotZero(t, flags&unix.O_NONBLOCK)
	}))
}

func TestCloseGivesTheDescriptorBack(t *testing.T) {
	// /dev/zero has no end, so that only Open and Close are looked at.
	l, err := Open(&Options{Path: "/dev/zero"})
	require.NoError(t, err)
	require.NoError(t, l.Close())
	before := descriptors(t)
	for range 10 {
		l, err := Open(&Options{Path: "/dev/zero"})
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
	require.Equal(t, before, descriptors(t))
}

func TestEverythingFailsAfterClose(t *testing.T) {
	f := newFake(t, All)
	f.say(1)
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	require.ErrorIs(t, f.ReadInto(t.Context(), new(Record)), fs.ErrClosed)
	for name, seq := range map[string]func(func(*Record, error) bool){
		"All":     f.All(context.Background()),
		"Pending": f.Pending(),
	} {
		var errs []error
		for rec, err := range seq {
			require.Nil(t, rec, name)
			errs = append(errs, err)
		}
		require.Len(t, errs, 1, name)
		require.ErrorIs(t, errs[0], fs.ErrClosed, name)
		require.True(t, strings.HasPrefix(errs[0].Error(), "kmsg: read fake: "), errs[0].Error())
	}
}

func TestCloseUnblocksAWaitingReader(t *testing.T) {
	for range 20 {
		f := newFake(t, All)
		done := make(chan error, 1)
		go func() { done <- f.ReadInto(context.Background(), new(Record)) }()
		untilParked(t)
		require.NoError(t, f.Close())
		require.ErrorIs(t, <-done, fs.ErrClosed)
	}
}

func TestCloseEndsALoopThatWaits(t *testing.T) {
	f := newFake(t, All)
	done := make(chan error, 1)
	go func() {
		for _, err := range f.All(t.Context()) {
			done <- err
		}
		close(done)
	}()
	untilParked(t)
	require.NoError(t, f.Close())
	require.ErrorIs(t, <-done, fs.ErrClosed)
	_, more := <-done
	require.False(t, more)
}

func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(d)
}
