// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

// away is a Within that counts, and that fails after a look-up or without one.
type away struct {
	looks  int
	before error
	after  error
}

func (a *away) within(look func()) error {
	if a.before != nil {
		return a.before
	}
	a.looks++
	look()
	return a.after
}

func TestNamesAreLookedUpWithinAndOpenFilesUsedWithout(t *testing.T) {
	a := new(away)
	d := folder(t, &Policy{Keep: true, OneRead: true, Within: a.within}, map[string]string{"a/n": "1\n"})
	require.Equal(t, 1, a.looks, "the folder itself")
	kept := Of[int](d.File("a/n"))
	defer kept.Close()
	for range 3 {
		n, err := kept.Get()
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, kept.Set(1))
	}
	require.Equal(t, 3, a.looks, "to read and to write, once each")
	_, err := Get[int](d.File("a/n"))
	require.NoError(t, err)
	require.Equal(t, 4, a.looks)
	sub, err := d.OpenDir("a")
	require.NoError(t, err)
	defer sub.Close()
	entries, err := sub.List()
	require.NoError(t, err)
	require.Equal(t, []Entry{{"n", FileKind}}, entries)
	require.False(t, sub.Gone())
	require.Equal(t, 7, a.looks)
}

// That nobody could look says nothing of what was looked for.
func TestALookUpThatWasNotMadeIsNoMissingFile(t *testing.T) {
	a := new(away)
	d := folder(t, &Policy{Keep: true, Gone: []syscall.Errno{syscall.EISDIR}, Within: a.within}, map[string]string{"n": "1\n"})
	for _, cause := range []error{syscall.EPERM, syscall.ENOENT, syscall.EACCES} {
		refused := &kernlink.Error{Channel: "test", Op: "enter", Err: cause}
		a.before = refused
		_, err := Get[int](d.File("n"))
		require.Same(t, refused, err)
		require.Same(t, refused, Set(d.File("n"), 1))
		_, err = d.OpenDir(".")
		require.ErrorIs(t, err, fs.ErrInvalid)
		_, err = d.OpenDir("n")
		require.Same(t, refused, err)
		_, err = d.List()
		require.Same(t, refused, err)
		require.False(t, d.Gone())
		a.before = nil
		fd, err := d.File("n").Open()
		require.NoError(t, err)
		a.before = refused
		require.NotErrorIs(t, d.File("n").ReadFailure("read", fd, syscall.EISDIR), kernlink.ErrGone)
		a.before = nil
		require.NoError(t, syscall.Close(fd))
	}
}

func TestAFileThatWasOpenedWithoutAWayBackIsClosed(t *testing.T) {
	a := new(away)
	d := folder(t, &Policy{Within: a.within}, map[string]string{"n": "1\n"})
	a.after = &kernlink.Error{Channel: "test", Op: "return", Err: errors.New("lost")}
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	before := count()
	_, err := Get[int](d.File("n"))
	require.Same(t, a.after, err)
	_, err = d.List()
	require.Same(t, a.after, err)
	require.Equal(t, 3, a.looks)
	require.Equal(t, before, count())
}

func TestAListOfAnotherLengthIsRefusedWhereTheKernelWouldTakeIt(t *testing.T) {
	d := folder(t, &Policy{Keep: true, OneRead: true, Newline: true, Counted: true}, map[string]string{
		"one": "60\n", "two": "32768\t60999\n", "big": "18446744073709551615 -1\n",
		"none": "\n", "words": "reno cubic\n", "list": "1-2,5\n",
	})
	type port uint16
	one := Of[[2]int32](d.File("one"))
	defer one.Close()
	for _, err := range []error{
		Set(d.File("one"), []int{60, 70}), Set(d.File("two"), [1]uint64{1}), Set(d.File("two"), []port{1, 2, 3}),
		Set(d.File("big"), []int{1}), one.Set([2]int32{60, 70}),
	} {
		require.ErrorIs(t, err, ErrMalformed)
	}
	require.EqualError(t, Set(d.File("one"), []int{60, 70}), `attr: set `+filepath.Join(d.Path(), "one")+
		`: not a value of this type: "60 70" is 2 numbers for a file of 1, which the kernel would store in part`)
	for name, text := range map[string]string{"one": "60\n", "two": "32768\t60999\n"} {
		b, err := os.ReadFile(filepath.Join(d.Path(), name))
		require.NoError(t, err)
		require.Equal(t, text, string(b), "nothing was written")
	}
	kept := Of[[2]int](d.File("two"))
	defer kept.Close()
	require.NoError(t, kept.Set([2]int{32769, 60998}))
	require.NoError(t, Set(d.File("two"), []int{32767, 60997}))
	require.NoError(t, Set(d.File("two"), 5), "one number is what an int says")
	require.NoError(t, Set(d.File("none"), []int{1, 2}))
	require.NoError(t, Set(d.File("words"), []string{"bbr"}))
	require.NoError(t, Set(d.File("words"), []int{1, 2, 3}))
	require.NoError(t, Set(d.File("list"), Bits{1, 3, 5}))
	require.NoError(t, Set(d.File("list"), []byte("1 2 3")))
}
