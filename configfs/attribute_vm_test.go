// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// What was read once is what an open file shows for ever, so no file is kept.
func TestAKeptValueShowsWhatOthersWrote(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	kept := attr.Of[int](a.Attr("number"))
	defer kept.Close()
	fd, err := a.Attr("number").Open()
	require.NoError(t, err)
	defer unix.Close(fd)
	buf := make([]byte, 64)
	for _, want := range []int{0, 1, -45, 1 << 30} {
		require.NoError(t, attr.Set(a.Attr("number"), want))
		for range 2 {
			n, err := kept.Get()
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		n, err := unix.Pread(fd, buf, 0)
		require.NoError(t, err)
		require.Equal(t, "0\n", string(buf[:n]), "what the kernel does")
	}
}

// The row of configfs in the table of package attr: what arrives at the driver,
// by a set for once and by a kept handle.
func TestTheTextThatArrivesAtTheDriver(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	text := a.Attr("text")
	for _, tt := range []struct {
		set  func() error
		want string
	}{
		{func() error { return attr.Set(text, "value") }, "value\n"},
		{func() error { return attr.Set(text, 64) }, "64\n"},
		{func() error { return attr.Set(text, true) }, "1\n"},
		{func() error { return attr.Set(text, "") }, "\n"},
		{func() error { return attr.Set(text, []byte("raw")) }, "raw"},
		{func() error { return text.Write([]byte("written")) }, "written"},
		{func() error { v := attr.Of[string](text); defer v.Close(); return v.Set("kept") }, "kept\n"},
		{func() error { return attr.Set(text, strings.Repeat("x", 4094)) }, strings.Repeat("x", 4094) + "\n"},
	} {
		require.NoError(t, tt.set())
		require.Equal(t, tt.want, raw(t, text))
	}
	for _, refused := range []func() error{
		func() error { return text.Write(nil) },
		func() error { return text.Write(bytes.Repeat([]byte("x"), 4096)) },
		func() error { return attr.Set(text, strings.Repeat("y", 4095)) },
	} {
		require.ErrorIs(t, refused(), fs.ErrInvalid)
		require.Equal(t, 4095, len(raw(t, text)), "the kernel was not asked")
	}
	// What the kernel takes at once, and what a write of nothing does.
	fd, err := unix.Open(a.ConfigPath()+"/text", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	n, err := unix.Write(fd, bytes.Repeat([]byte("z"), 5000))
	require.NoError(t, err)
	require.Equal(t, 4095, n)
}

// The UDC of a gadget: what takes the controller away is a line with nothing in
// it, and a write of nothing does nothing.
func TestAnEmptyValueIsALine(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	udc := attr.Of[string](a.Attr("udc"))
	defer udc.Close()
	require.NoError(t, udc.Set("dummy_udc.0"))
	err := udc.Set("other")
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorContains(t, err, "switch it off first")
	fd, err := unix.Open(a.ConfigPath()+"/udc", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	_, err = unix.Write(fd, nil)
	require.Error(t, err, "EFAULT or nothing at all")
	require.NoError(t, unix.Close(fd))
	require.Equal(t, "dummy_udc.0", get(t, a.Attr("udc")))
	require.NoError(t, udc.Set(""))
	require.Empty(t, get(t, a.Attr("udc")))
	require.NoError(t, udc.Set("other"))
}

// Three ways of drivers to say that the item is active.
func TestAnAttributeOfAnActiveItem(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	require.NoError(t, attr.Set(a.Attr("enable"), true))
	for name, want := range map[string]struct{ errno, kind error }{
		"number":  {unix.EBUSY, kernlink.ErrBusy},  // null_blk
		"guarded": {unix.EACCES, kernlink.ErrBusy}, // nvmet
		"picky":   {unix.EINVAL, nil},              // netconsole
	} {
		err := attr.Set(a.Attr(name), 1)
		require.ErrorIs(t, err, want.errno, name)
		require.ErrorContains(t, err, "refuse while the item is active", name)
		if want.kind != nil {
			require.ErrorIs(t, err, want.kind, name)
		}
		require.NotErrorIs(t, err, kernlink.ErrRestricted, name)
	}
	require.NoError(t, attr.Set(a.Attr("enable"), false))
	require.NoError(t, attr.Set(a.Attr("guarded"), 1))
}

func TestAttributesOfOneDirectionAndTrouble(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	require.ErrorIs(t, attr.Set(a.Attr("readonly"), 1), kernlink.ErrReadOnly)
	_, err := attr.Get[int](a.Attr("writeonly"))
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "can only be written")
	_, err = attr.Get[int](a.Attr("no_such"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	// One that is to be made by O_CREAT is EACCES, which says nothing.
	_, err = unix.Open(a.ConfigPath()+"/no_such", unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o644)
	require.ErrorIs(t, err, unix.EACCES)

	require.ErrorIs(t, attr.Set(a.Attr("stubborn"), 7), unix.EINVAL)
	require.Equal(t, "fine", get(t, a.Attr("trouble")))
	for _, errno := range []unix.Errno{unix.EIO, unix.ENODEV, unix.EOPNOTSUPP, unix.ENOENT, unix.EPERM, unix.EAGAIN} {
		require.NoError(t, attr.Set(a.Attr("errno"), int(errno)))
		_, err := attr.Get[string](a.Attr("trouble"))
		require.ErrorIs(t, err, errno)
		require.NotErrorIs(t, err, kernlink.ErrGone, "the item is there")
		err = attr.Set(a.Attr("trouble"), 1)
		require.ErrorIs(t, err, errno)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
}

func TestABinaryAttributeIsReadAndWrittenWhole(t *testing.T) {
	_, group := ex(t, "")
	a := create(t, group, "a")
	blob := a.Binary("blob")
	b, err := blob.Read()
	require.NoError(t, err)
	require.Equal(t, "blob", string(b))
	for _, size := range []int{1, 4095, 4096, 4097, 16384, 3} {
		want := bytes.Repeat([]byte{0, 1, 2}, size/3+1)[:size]
		require.NoError(t, blob.Write(want), size)
		b, err := blob.Read()
		require.NoError(t, err)
		require.Equal(t, want, b)
	}
	err = blob.Write(make([]byte, 16385))
	require.ErrorIs(t, err, unix.EFBIG)
	require.ErrorIs(t, blob.Write(nil), fs.ErrInvalid)
	b, err = blob.Read()
	require.NoError(t, err)
	require.Len(t, b, 3)
	_, err = a.Binary("no_such").Read()
	require.ErrorIs(t, err, fs.ErrNotExist)

	// The driver is asked at close(2), and what it says there is lost.
	require.NoError(t, blob.Write([]byte("!refused")))
	fd, err := unix.Open(blob.Path(), unix.O_WRONLY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	_, err = unix.Write(fd, []byte("!refused"))
	require.NoError(t, err)
	require.NoError(t, unix.Close(fd), "what the kernel does")
	b, err = blob.Read()
	require.NoError(t, err)
	require.Len(t, b, 3, "what was there is there still")

	// Reading and writing are not for one descriptor.
	fd, err = unix.Open(blob.Path(), unix.O_RDWR|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	_, err = unix.Read(fd, make([]byte, 8))
	require.NoError(t, err)
	_, err = unix.Write(fd, []byte("x"))
	require.ErrorIs(t, err, unix.ETXTBSY)
}
