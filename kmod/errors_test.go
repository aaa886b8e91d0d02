// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kmsg"
)

func logged(errno syscall.Errno, lines ...string) *LogError {
	l := &LogError{Errno: errno}
	for _, line := range lines {
		l.Records = append(l.Records, kmsg.Record{Text: kmsg.Text(line)})
	}
	return l
}

func TestLogErrorSpeaksInTheKernelsWords(t *testing.T) {
	require.EqualError(t, logged(syscall.EINVAL), "invalid argument")
	require.EqualError(t, logged(syscall.EINVAL, "echo: `x' invalid for parameter `cnt'"),
		"invalid argument: echo: `x' invalid for parameter `cnt'")
	require.EqualError(t, logged(syscall.EIO, "a", "\x1b[31mb"), `input/output error: a; "\x1b[31mb"`)

	long := logged(syscall.EIO, strings.Split("abcdefghijkl", "")...)
	require.EqualError(t, long, "input/output error: a; b; c; d; e; f; g; h; and 4 lines more")
}

func TestAnUnknownSymbolIsNoMissingFile(t *testing.T) {
	l := logged(syscall.ENOENT, "echo: Unknown symbol nobody (err -2)")
	err := explain("echo.ko", "echo", &Info{}, l)
	require.ErrorIs(t, err, ErrUnknownSymbol)
	require.ErrorIs(t, err, syscall.ENOENT)
	require.NotErrorIs(t, err, fs.ErrNotExist)
	errno, ok := errors.AsType[syscall.Errno](err)
	require.True(t, ok)
	require.Equal(t, syscall.ENOENT, errno)
}

func TestExplainSaysWhatAnErrnoMeans(t *testing.T) {
	cases := []struct {
		name string
		log  *LogError
		is   error
		text string
	}{
		{"vermagic", logged(syscall.ENOEXEC, "echo: version magic '6.1.0 SMP ' should be '6.12.0 SMP preempt '"), ErrVermagic,
			"built for another kernel: echo: version magic '6.1.0 SMP ' should be '6.12.0 SMP preempt ' (build it"},
		{"other flavour", logged(syscall.ENOEXEC, "echo: disagrees about version of symbol module_layout"), ErrVermagic, "another flavour"},
		{"not for this machine", logged(syscall.ENOEXEC, "Invalid ELF header"), ErrFormat, "Invalid ELF header"},
		{"built in", logged(syscall.EINVAL, "echo: module is already loaded"), ErrLoaded, "built into the kernel"},
		{"unsigned, enforced", logged(errnoKeyRejected, "Loading of unsigned module is rejected"), kernlink.ErrRestricted, "module.sig_enforce"},
		{"blacklisted", logged(syscall.EPERM, "Module echo is blacklisted"), kernlink.ErrRestricted, "module_blacklist="},
		{"locked down", logged(syscall.EPERM, "Lockdown: insmod: unsigned module loading is restricted; see man kernel_lockdown.7"), kernlink.ErrRestricted, "it takes only modules signed"},
		{"security module", logged(syscall.EACCES), kernlink.ErrRestricted, "SELinux"},
		{"open for writing", logged(syscall.ETXTBSY), kernlink.ErrBusy, "open for writing"},
		{"on its way", logged(syscall.EBUSY), kernlink.ErrBusy, "being loaded or unloaded"},
		{"no modules", logged(syscall.ENOSYS), kernlink.ErrNotSupported, "CONFIG_MODULES"},
		{"the module's own", logged(syscall.ENODEV), syscall.ENODEV, "no such device"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := explain("/tmp/echo.ko", "echo", &Info{}, c.log)
			require.ErrorIs(t, err, c.is)
			require.ErrorIs(t, err, c.log.Errno)
			require.ErrorContains(t, err, c.text)
			require.ErrorContains(t, err, "kmod: insert /tmp/echo.ko: ")
		})
	}
}

func TestBusyErrorNamesTheUsers(t *testing.T) {
	e := &BusyError{RefCount: 1, Errno: syscall.EAGAIN, Cause: errors.New("over")}
	require.EqualError(t, e, "in use (1 reference): over")
	e = &BusyError{RefCount: 2, Holders: []string{"a", "b"}, Errno: syscall.EAGAIN, Cause: errors.New("over")}
	require.EqualError(t, e, "in use (2 references; by a, b): over")
	require.ErrorIs(t, e, syscall.EAGAIN)
}
