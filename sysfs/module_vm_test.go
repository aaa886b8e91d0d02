// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need modules=../kmod/reference/sysfs_ex

// The session of the article: cat first; echo 45 > first; cat first.
func ExampleFS_Object() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("sysfs_ex"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	sys, err := sysfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer obj.Close()
	first := attr.Of[int](obj.Attr("first"))
	defer first.Close()
	fmt.Println(first.Get())
	fmt.Println(first.Set(45))
	fmt.Println(first.Get())
	// Output:
	// 1 <nil>
	// <nil>
	// 45 <nil>
}

func myTest(t testing.TB) *sysfs.Object {
	t.Helper()
	f := open(t)
	kerneltest.Load(t, "sysfs_ex", nil)
	o, err := f.Object("fs/my_test")
	require.NoError(t, err)
	t.Cleanup(func() { o.Close() })
	return o
}

func TestTheAttributesOfAModule(t *testing.T) {
	o := myTest(t)
	all := map[string]error{
		"first": nil, "second": nil, "event": nil, "link": nil, "mode": nil, "mask": nil, "text": nil,
		"readonly": nil, "full": nil, "blob": nil,
		"speed": kernlink.ErrNoValue, "unplugged": kernlink.ErrNoValue,
		"trigger": kernlink.ErrNotSupported, "writeonly": kernlink.ErrNotSupported,
	}
	for a, err := range o.Attrs() {
		require.NoError(t, err)
		want, ok := all[a.Name()]
		require.True(t, ok, a.Name())
		delete(all, a.Name())
		_, err = a.Read()
		require.ErrorIs(t, err, want, a.Name())
	}
	require.Empty(t, all)
	require.ErrorIs(t, attr.Set(o.Attr("readonly"), 1), kernlink.ErrReadOnly)
	_, err := o.Attr("none").Read()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
}

// Two pages of bytes: more than one read(2) or write(2) of sysfs carries.
func TestABlobOfTwoPages(t *testing.T) {
	o := myTest(t)
	blob := o.Binary("blob")
	defer blob.Close()
	size, err := blob.Size()
	require.NoError(t, err)
	require.EqualValues(t, 8192, size)
	want := make([]byte, size)
	for i := range want {
		want[i] = byte(i * 7 >> 3)
	}
	n, err := blob.WriteAt(want, 0)
	require.NoError(t, err)
	require.EqualValues(t, size, n)
	got, err := io.ReadAll(io.NewSectionReader(blob, 0, size+1))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))

	n, err = blob.WriteAt([]byte("abcd"), 8190)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.Equal(t, 2, n)
	b := make([]byte, 4)
	n, err = blob.ReadAt(b, 8190)
	require.Equal(t, io.EOF, err)
	require.Equal(t, "ab", string(b[:n]))
	_, err = o.Binary("readonly").WriteAt(b, 0)
	require.ErrorIs(t, err, kernlink.ErrReadOnly)
}

func TestABlobWhoseModuleIsUnloadedIsGone(t *testing.T) {
	f := open(t)
	var o *sysfs.Object
	var blob *sysfs.Binary
	t.Run("while it is loaded", func(t *testing.T) {
		kerneltest.Load(t, "sysfs_ex", nil)
		var err error
		o, err = f.Object("fs/my_test")
		require.NoError(t, err)
		blob = o.Binary("blob")
		_, err = blob.ReadAt(make([]byte, 4), 0)
		require.NoError(t, err)
	})
	defer o.Close()
	defer blob.Close()
	_, err := blob.ReadAt(make([]byte, 4), 0) // on the descriptor that is still open
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = blob.WriteAt([]byte{1}, 0)
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = o.Attr("first").Read()
	require.ErrorIs(t, err, kernlink.ErrGone)
	again, err := o.Open() // the same object, which is as gone
	require.NoError(t, err)
	defer again.Close()
	_, err = again.Attr("first").Read()
	require.ErrorIs(t, err, kernlink.ErrGone)
}
