// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debugfs_test

import (
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
)

// raw is what the kernel prints, by the standard library.
func raw(t *testing.T, f attr.File) string {
	t.Helper()
	b, err := os.ReadFile(f.Path())
	require.NoError(t, err)
	return string(b)
}

// value reads, writes and reads back a file, once and by a handle that is kept.
func value[T any](t *testing.T, v *attr.Value[T], first T, printed string, second T, stored string) {
	t.Helper()
	defer v.Close()
	require.Equal(t, printed, raw(t, v.File()))
	for range 2 {
		got, err := v.Get()
		require.NoError(t, err, v.File())
		require.Equal(t, first, got, v.File())
	}
	require.NoError(t, v.Set(second))
	require.NoError(t, v.Set(second), "again")
	require.Equal(t, stored, raw(t, v.File()))
	got, err := v.Get()
	require.NoError(t, err)
	require.Equal(t, second, got)
}

func TestEveryHelperOfTheKernelHasItsType(t *testing.T) {
	f := load(t)
	file := func(name string) attr.File { return f.File("debugfs_ex/" + name) }
	value(t, attr.Of[uint8](file("u8")), 8, "8\n", 255, "255\n")
	value(t, attr.Of[uint16](file("u16")), 16, "16\n", 65535, "65535\n")
	value(t, attr.Of[uint32](file("u32")), 32, "32\n", 1<<32-1, "4294967295\n")
	value(t, attr.Of[uint64](file("u64")), 64, "64\n", 1<<64-1, "18446744073709551615\n")
	value(t, attr.Of[uint64](file("size_t")), 1<<20, "1048576\n", 1<<40, "1099511627776\n")
	value(t, attr.Of[uint64](file("ulong")), 1000, "1000\n", 7, "7\n")
	value(t, attr.Of[int32](file("atomic")), -1, "-1\n", -1<<31, "-2147483648\n")
	value(t, attr.Of[int64](file("signed")), -5, "-5\n", 100, "100\n")
	value(t, attr.With(file("x8"), attr.Hex[uint8]()), 8, "0x08\n", 0xff, "0xff\n")
	value(t, attr.With(file("x16"), attr.Hex[uint16]()), 0x16, "0x0016\n", 0xbeef, "0xbeef\n")
	value(t, attr.With(file("x32"), attr.Hex[uint32]()), 0x32, "0x00000032\n", 0xdeadbeef, "0xdeadbeef\n")
	value(t, attr.With(file("x64"), attr.Hex[uint64]()), 0x64, "0x0000000000000064\n", 1<<63, "0x8000000000000000\n")
	value(t, attr.Of[uint32](file("x32")), 0xdeadbeef, "0xdeadbeef\n", 10, "0x0000000a\n")
	value(t, attr.Of[bool](file("bool")), true, "Y\n", false, "N\n")
	value(t, attr.With(file("bool"), attr.YN()), false, "N\n", true, "Y\n")

	words, err := attr.Get[[]uint32](file("u32s"))
	require.NoError(t, err)
	require.Equal(t, []uint32{1, 20, 300, 1<<32 - 1}, words)
	four, err := attr.Get[[4]uint32](file("u32s"))
	require.NoError(t, err)
	require.Equal(t, [4]uint32(words), four)

	blob, err := attr.Get[[]byte](file("blob"))
	require.NoError(t, err)
	require.Equal(t, "\x7fblob\x00\n\xff", string(blob))

	text, err := attr.Get[string](file("str"))
	require.NoError(t, err)
	require.Equal(t, "a text", text)

	whole, err := attr.Get[string](file("records"))
	require.NoError(t, err)
	require.Equal(t, 1000, strings.Count(whole, "record "), "a seq_file is read to its end")
	require.True(t, strings.HasSuffix(whole, "record 999"))
}

// What the kernel cannot keep is refused here where it would be cut off there:
// a u8 that is written 300 is 44.
func TestANumberThatIsTooLargeIsNotCutOff(t *testing.T) {
	f := load(t)
	u8 := f.File("debugfs_ex/u8")
	require.NoError(t, u8.Write([]byte("300")))
	require.Equal(t, "44\n", raw(t, u8), "the kernel's own way")
	v := attr.Of[uint8](u8)
	require.NoError(t, v.Set(200))
	n, err := v.Get()
	require.NoError(t, err)
	require.EqualValues(t, 200, n)

	require.NoError(t, attr.Set(f.File("debugfs_ex/u64"), uint64(1<<40)))
	_, err = attr.Get[uint32](f.File("debugfs_ex/u64"))
	require.ErrorIs(t, err, attr.ErrMalformed)
	_, err = attr.Get[uint32](f.File("debugfs_ex/atomic"))
	require.ErrorIs(t, err, attr.ErrMalformed, "-1 is no uint32")
}

func TestAValueThatTheKernelRefusesIsNamed(t *testing.T) {
	f := load(t)
	for _, tt := range []struct {
		name, value string
		want        syscall.Errno
	}{
		{"u32", "-1", syscall.EINVAL},
		{"u32", "seven", syscall.EINVAL},
		{"u64", "99999999999999999999", syscall.ERANGE},
		{"atomic", "1 2", syscall.EINVAL},
		{"signed", "101", syscall.ERANGE},
		{"slow", "2001", syscall.EINVAL},
		{"visitor", "", syscall.EINVAL},
	} {
		before := raw(t, f.File("debugfs_ex/"+tt.name))
		err := attr.Set(f.File("debugfs_ex/"+tt.name), tt.value)
		require.ErrorIs(t, err, tt.want, tt.name)
		require.Contains(t, err.Error(), "the kernel does not take the value \""+tt.value+"\"")
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.Equal(t, before, raw(t, f.File("debugfs_ex/"+tt.name)))
	}
	// A bool takes what it knows, and says nothing of what it does not.
	require.NoError(t, attr.Set(f.File("debugfs_ex/bool"), "maybe"))
	require.Equal(t, "Y\n", raw(t, f.File("debugfs_ex/bool")))
}

func TestWhatCannotBeReadOrWrittenSaysSo(t *testing.T) {
	f := load(t)
	for _, name := range []string{"count", "u32s", "regs", "records"} {
		err := attr.Set(f.File("debugfs_ex/"+name), 1)
		require.ErrorIs(t, err, kernlink.ErrReadOnly, name)
		require.Contains(t, err.Error(), "its mode is 0444", name)
	}
	_, err := attr.Get[string](f.File("debugfs_ex/say"))
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.Contains(t, err.Error(), "its mode is 0200, owner 0:0: it can only be written")
	_, err = attr.Get[string](f.File("debugfs_ex/folder"))
	require.ErrorIs(t, err, syscall.EISDIR)
	_, err = attr.Get[string](f.File("debugfs_ex/none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	for _, path := range []string{"", "../x", "/debugfs_ex/u8", "debugfs_ex//u8", "a\x00"} {
		_, err = attr.Get[string](f.File(path))
		require.ErrorIs(t, err, fs.ErrInvalid, path)
	}
}

// An errno of the driver's is the driver's: a file whose name still leads to
// it is not gone, whatever it answers.
func TestADriversErrnoIsNoSignThatItIsGone(t *testing.T) {
	f := load(t)
	fail := f.File("debugfs_ex/fail")
	v := attr.Of[int](fail)
	defer v.Close()
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOENT, syscall.ENODEV, syscall.ETIMEDOUT, 4094} {
		require.NoError(t, attr.Set(fail, int(errno)))
		for range 2 {
			_, err := v.Get()
			require.ErrorIs(t, err, errno)
			require.NotErrorIs(t, err, kernlink.ErrGone)
		}
	}
	require.NoError(t, attr.Set(fail, 0))
	n, err := v.Get()
	require.NoError(t, err)
	require.Zero(t, n)
}

// A string is for reading before 6.7, and loses the blanks at its end when it
// is stored.
func TestAStringIsStoredWhereTheKernelCan(t *testing.T) {
	f := load(t)
	str := f.File("debugfs_ex/str")
	st, err := os.Stat(str.Path())
	require.NoError(t, err)
	err = attr.Set(str, " another text ")
	if st.Mode().Perm() == 0o444 {
		require.ErrorIs(t, err, kernlink.ErrReadOnly)
		require.Equal(t, "a text\n", raw(t, str))
		return
	}
	require.NoError(t, err)
	require.Equal(t, " another text\n", raw(t, str))
	require.NoError(t, attr.Set(str, ""))
	require.Equal(t, "\n", raw(t, str))
	require.ErrorIs(t, str.Write([]byte(strings.Repeat("x", 5000))), syscall.E2BIG)
	require.NoError(t, str.Write([]byte(strings.Repeat("x", 4000))))
	text, err := attr.Get[string](str)
	require.NoError(t, err)
	require.Len(t, text, 4000)
}

// A blob is for reading before 6.2, and takes as much as it has room for: a
// shell that goes on with the rest writes nothing for ever.
func TestABlobIsStoredWhereTheKernelCan(t *testing.T) {
	f := load(t)
	blob := f.File("debugfs_ex/blob")
	st, err := os.Stat(blob.Path())
	require.NoError(t, err)
	err = attr.Set(blob, []byte("\x00\nAB"))
	if st.Mode().Perm() == 0o444 {
		require.ErrorIs(t, err, kernlink.ErrReadOnly)
		require.Equal(t, "\x7fblob\x00\n\xff", raw(t, blob))
		return
	}
	require.NoError(t, err)
	require.Equal(t, "\x00\nABb\x00\n\xff"[:2]+"AB"+"b\x00\n\xff", raw(t, blob), "the rest stays")
	require.ErrorIs(t, blob.Write([]byte("0123456789")), io.ErrShortWrite)
	require.Equal(t, "01234567", raw(t, blob))
}

func TestRegistersOfADeviceHaveNamesAndValues(t *testing.T) {
	f := load(t)
	got := map[string]uint32{}
	for r, err := range debugfs.Registers(f.File("debugfs_ex/regs")) {
		require.NoError(t, err)
		got[r.Name.String()] = r.Value
	}
	require.Equal(t, map[string]uint32{"CTRL": 1, "STATUS": 0xdeadbeef, "IRQ MASK": 0x80000000}, got)
	for _, err := range debugfs.Registers(f.File("debugfs_ex/none")) {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}
