// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/kerneltest"
)

const myTest = "/sys/fs/my_test/"

func TestSysfsExLogsWhatHappensToFirstAndSecond(t *testing.T) {
	kerneltest.Load(t, "sysfs_ex", nil)
	require.Equal(t, "1\n", cat(t, myTest+"first"))
	require.Equal(t, "2\n", cat(t, myTest+"second"))
	echo(t, "45", myTest+"first")
	require.Equal(t, "45\n", cat(t, myTest+"first"))
	require.ErrorIs(t, put(myTest+"second", "x"), syscall.EINVAL)
	require.ErrorIs(t, put(myTest+"second", "2147483648"), syscall.ERANGE)
	echo(t, "-7", myTest+"second")
	require.Equal(t, "-7\n", cat(t, myTest+"second"))
	require.Equal(t, []string{
		"#: show for kobject: my_test, attr: first",
		"#: show for kobject: my_test, attr: second",
		"#: store for kobject: my_test, attr: first",
		"#: show for kobject: my_test, attr: first",
		"#: store for kobject: my_test, attr: second",
		"#: store for kobject: my_test, attr: second",
		"#: store for kobject: my_test, attr: second",
		"#: show for kobject: my_test, attr: second",
	}, said(kerneltest.Log(t)))
}

func TestSysfsExHasAttributesOfEveryKind(t *testing.T) {
	kerneltest.Load(t, "sysfs_ex", nil)
	for name, want := range map[string]string{
		"event":    "0\n",
		"link":     "0\n",
		"mode":     "lzo [lzo-rle] lz4\n",
		"mask":     "0x000000ff\n",
		"text":     "",
		"readonly": "7\n",
		"full":     strings.Repeat("x", 4095),
		"blob":     strings.Repeat("\x00", 8192),
	} {
		require.Equal(t, want, cat(t, myTest+name), name)
	}
	for _, c := range []struct {
		name, text string
		want       error
		after      string
	}{
		{"mode", "lz4\n", nil, "lzo lzo-rle [lz4]\n"},
		{"mode", "lz", syscall.EINVAL, "lzo lzo-rle [lz4]\n"},
		{"mode", "lzo", nil, "[lzo] lzo-rle lz4\n"},
		{"mask", "0xDEADbeef", nil, "0xdeadbeef\n"},
		{"mask", "0x100000000", syscall.ERANGE, "0xdeadbeef\n"},
		{"mask", "8\n", nil, "0x00000008\n"},
		{"link", "2", syscall.EINVAL, "0\n"},
		{"text", "a", nil, "a"},
		{"text", "a\n", nil, "a\n"},
		{"text", "", nil, "a\n"}, // sysfs drops it
		{"text", "nul\x00 \n\n", nil, "nul\x00 \n\n"},
		{"text", strings.Repeat("t", 4095), nil, strings.Repeat("t", 4095)},
		{"text", strings.Repeat("u", 4096), syscall.EFBIG, strings.Repeat("t", 4095)},
	} {
		require.ErrorIs(t, put(myTest+c.name, c.text), c.want, "%s %.20q", c.name, c.text)
		require.Equal(t, c.after, cat(t, myTest+c.name), "%s %.20q", c.name, c.text)
	}
	require.Empty(t, said(kerneltest.Log(t)))
}

func TestSysfsExHasAttributesWithoutAValue(t *testing.T) {
	kerneltest.Load(t, "sysfs_ex", nil)
	require.ErrorIs(t, catError(t, myTest+"speed"), syscall.EINVAL)
	echo(t, "1", myTest+"link")
	require.Equal(t, "1000\n", cat(t, myTest+"speed"))
	echo(t, "0", myTest+"link")
	require.ErrorIs(t, catError(t, myTest+"speed"), syscall.EINVAL)
	require.ErrorIs(t, catError(t, myTest+"unplugged"), syscall.EOPNOTSUPP)
}

// sysfs refuses by the mode, even root.
func TestSysfsExHasAttributesOfOneDirection(t *testing.T) {
	kerneltest.Load(t, "sysfs_ex", nil)
	for _, name := range []string{"readonly", "event", "speed", "unplugged", "full"} {
		require.ErrorIs(t, put(myTest+name, "1"), fs.ErrPermission, name)
	}
	for _, name := range []string{"writeonly", "trigger"} {
		require.ErrorIs(t, catError(t, myTest+name), fs.ErrPermission, name)
		echo(t, "anything", myTest+name)
	}
}

// notified is what poll says of a notification within a time: at once with 0,
// and in the end with -1.
func notified(t *testing.T, f *os.File, millis int) int16 {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}
	_, err := unix.Poll(fds, millis)
	require.NoError(t, err)
	return fds[0].Revents
}

func TestSysfsExNotifiesOfAnEvent(t *testing.T) {
	kerneltest.Load(t, "sysfs_ex", nil)
	f, err := os.Open(myTest + "event")
	require.NoError(t, err)
	defer f.Close()
	read := func() string {
		_, err := f.Seek(0, io.SeekStart)
		require.NoError(t, err)
		b, err := io.ReadAll(f)
		require.NoError(t, err)
		return string(b)
	}
	require.Equal(t, "0\n", read())
	require.Zero(t, notified(t, f, 0))
	echo(t, "now", myTest+"trigger")
	require.EqualValues(t, unix.POLLPRI|unix.POLLERR, notified(t, f, -1))
	require.Equal(t, "1\n", read())
	require.Zero(t, notified(t, f, 0))
}

func TestSysfsExBlobIsReadAndWrittenAnywhere(t *testing.T) {
	kerneltest.Load(t, "sysfs_ex", nil)
	f, err := os.OpenFile(myTest+"blob", os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	require.EqualValues(t, 8192, info.Size())

	_, err = f.WriteAt([]byte("across"), 4093)
	require.NoError(t, err)
	end := make([]byte, 6)
	_, err = f.ReadAt(end, 4093)
	require.NoError(t, err)
	require.Equal(t, "across", string(end))

	n, err := unix.Pwrite(int(f.Fd()), []byte("behind"), 8190)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	_, err = unix.Pwrite(int(f.Fd()), []byte("x"), 8192)
	require.ErrorIs(t, err, syscall.EFBIG)
	n, err = unix.Pread(int(f.Fd()), end, 8190)
	require.NoError(t, err)
	require.Equal(t, "be", string(end[:n]))
}

func TestSysfsExUnloadsUnderAnOpenFile(t *testing.T) {
	m := kerneltest.Load(t, "sysfs_ex", nil)
	f, err := os.Open(myTest + "mask")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, m.Remove(t.Context()))
	_, err = f.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ENODEV)
	_, err = os.Stat(myTest)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestSysfsExUnloadsInAStorm(t *testing.T) {
	texts := []string{"lz4", "lzo", "1", "0", "45", "0xff"}
	names := []string{"mode", "mask", "link", "speed", "event", "text", "full"}
	storm(t, "sysfs_ex", nil, 15,
		func(i int) error { return put(myTest+names[i%len(names)], texts[i%len(texts)]) },
		func(i int) error { return read(myTest + names[i%len(names)]) },
		func(int) error { return put(myTest+"trigger", "x") },
		func(i int) error { return errors.Join(put(myTest+"first", fmt.Sprint(i)), read(myTest+"first")) },
		func(i int) error { return put(myTest+"blob", strings.Repeat("x", i%8193)) },
		func(int) error { return read(myTest + "blob") },
		func(int) error { return pollEvent() },
	)
}

// pollEvent waits for an event, but not for ever: the kernel does not wake who
// waits for an attribute that goes.
func pollEvent() error {
	f, err := os.Open(myTest + "event")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Read(make([]byte, 16)); err != nil {
		return err
	}
	_, err = unix.Poll([]unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}, 100)
	return err
}
