// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmsg"
	"github.com/kernlink/kernlink/sysfs"
)

// put sets a value once, and once through a handle that stays open; arrived is
// what the driver got each time: the attribute text shows it to the byte.
func put[T any](o *sysfs.Object, value T) (arrived [2]string, errs [2]error) {
	file := o.Attr("text")
	kept := attr.Of[T](file)
	defer kept.Close()
	for i, set := range []func(T) error{func(v T) error { return attr.Set(file, v) }, kept.Set} {
		if err := file.Write([]byte("before")); err != nil {
			return arrived, [2]error{err, err}
		}
		errs[i] = set(value)
		text, err := file.Read()
		if err != nil {
			return arrived, [2]error{err, err}
		}
		arrived[i] = string(text)
	}
	return arrived, errs
}

// What a Set puts into the driver's hands: the table of package attr.
func TestAValueArrivesWithItsNewline(t *testing.T) {
	o := myTest(t)
	long := strings.Repeat("x", 4094) // with its newline all that text keeps
	for name, c := range map[string]struct {
		put  func() ([2]string, [2]error)
		want string
	}{
		"string":            {func() ([2]string, [2]error) { return put(o, "a") }, "a\n"},
		"empty string":      {func() ([2]string, [2]error) { return put(o, "") }, "\n"},
		"with a newline":    {func() ([2]string, [2]error) { return put(o, "a\n") }, "a\n\n"},
		"with a zero byte":  {func() ([2]string, [2]error) { return put(o, "a\x00b") }, "a\x00b\n"},
		"long string":       {func() ([2]string, [2]error) { return put(o, long) }, long + "\n"},
		"int":               {func() ([2]string, [2]error) { return put(o, -45) }, "-45\n"},
		"bool":              {func() ([2]string, [2]error) { return put(o, true) }, "1\n"},
		"list":              {func() ([2]string, [2]error) { return put(o, []int{1, 2}) }, "1 2\n"},
		"empty list":        {func() ([2]string, [2]error) { return put(o, []int{}) }, "\n"},
		"bytes":             {func() ([2]string, [2]error) { return put(o, []byte("a")) }, "a"},
		"bytes and newline": {func() ([2]string, [2]error) { return put(o, []byte("a\n")) }, "a\n"},
		"long bytes":        {func() ([2]string, [2]error) { return put(o, []byte(long+"x")) }, long + "x"},
	} {
		arrived, errs := c.put()
		require.Equal(t, [2]error{}, errs, name)
		require.Equal(t, [2]string{c.want, c.want}, arrived, name)
	}
}

// The kernel would not look at nothing, and would cut what is more than a page
// without an error: neither reaches it.
func TestAValueThatTheKernelWouldNotTakeWholeIsNotStored(t *testing.T) {
	o := myTest(t)
	page := strings.Repeat("x", 4096)
	for name, put := range map[string]func() ([2]string, [2]error){
		"no bytes":             func() ([2]string, [2]error) { return put(o, []byte{}) },
		"nil bytes":            func() ([2]string, [2]error) { return put(o, []byte(nil)) },
		"bytes over a page":    func() ([2]string, [2]error) { return put(o, []byte(page+"x")) },
		"a page and a newline": func() ([2]string, [2]error) { return put(o, page) },
	} {
		arrived, errs := put()
		for i, err := range errs {
			require.ErrorIs(t, err, fs.ErrInvalid, name)
			require.NotErrorIs(t, err, syscall.EFBIG, "%s: it came to the driver", name)
			require.Equal(t, "before", arrived[i], name)
		}
	}
	_, errs := put(o, []byte(page))
	require.ErrorIs(t, errs[0], syscall.EFBIG, "a page arrives: this one is the driver's refusal")
	require.ErrorIs(t, o.Attr("text").Write(nil), fs.ErrInvalid)
	require.ErrorIs(t, o.Attr("text").Write([]byte(page+"x")), fs.ErrInvalid)
}

// What the two tests above rest on, seen without this library.
func TestTheKernelDropsAnEmptyWriteAndCutsALongOne(t *testing.T) {
	o := myTest(t)
	write := func(name string, n int) int {
		f, err := os.OpenFile(o.SysPath()+"/"+name, os.O_WRONLY, 0)
		require.NoError(t, err)
		defer f.Close()
		n, err = syscall.Write(int(f.Fd()), make([]byte, n))
		require.NoError(t, err)
		return n
	}
	require.NoError(t, attr.Set(o.Attr("text"), "before"))
	require.Zero(t, write("text", 0))
	text, err := o.Attr("text").Read()
	require.NoError(t, err)
	require.Equal(t, "before\n", string(text))
	require.Equal(t, 4096, write("writeonly", 5000))
}

// Each store of first is logged by the driver: one Set is one store, and a
// refused one is none.
func TestASetIsOneStore(t *testing.T) {
	o := myTest(t)
	first := attr.Of[string](o.Attr("first"))
	defer first.Close()
	require.ErrorIs(t, first.Set(strings.Repeat("0", 4095)+"7"), fs.ErrInvalid)
	require.Zero(t, stores(kerneltest.Log(t)))
	require.NoError(t, first.Set(strings.Repeat("0", 4094)+"7"), "a page with its newline")
	require.Equal(t, 1, stores(kerneltest.Log(t)))
	n, err := attr.Get[int](o.Attr("first"))
	require.NoError(t, err)
	require.Equal(t, 7, n)
	require.NoError(t, first.Set("45"), "through the same open file")
	require.ErrorIs(t, first.Set(""), syscall.EINVAL, "a newline is no number")
	require.Equal(t, 3, stores(kerneltest.Log(t)))
	n, err = attr.Get[int](o.Attr("first"))
	require.NoError(t, err)
	require.Equal(t, 45, n)
}

func stores(log []kmsg.Record) (n int) {
	for _, r := range log {
		if r.Text.String() == "#: store for kobject: my_test, attr: first" {
			n++
		}
	}
	return n
}
