// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// folder makes an ordinary folder of files that follow policy p.
func folder(t *testing.T, p *Policy, files map[string]string) *Dir {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		full := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(text), 0o644))
	}
	d, err := OpenDir(root, p)
	require.NoError(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func TestAKeptValueIsReadAsOneSystemCallAndWithoutAllocation(t *testing.T) {
	mtu := Of[int](At("/sys/class/net/lo/mtu", Sysfs))
	defer mtu.Close()
	n, err := mtu.Get()
	require.NoError(t, err)
	require.Positive(t, n)
	runtime.LockOSThread() // the counter is a thread's
	defer runtime.UnlockOSThread()
	start := readCalls(t)
	before := readCalls(t)
	own := before - start // what reading the counter adds to it
	const times = 100
	for range times {
		mtu.Get()
	}
	require.Equal(t, times+own, readCalls(t)-before, "one read a value")
	require.Zero(t, testing.AllocsPerRun(100, func() { mtu.Get() }))
	buf := make([]byte, 64)
	require.Zero(t, testing.AllocsPerRun(100, func() { mtu.ReadInto(buf) }))
	up := With(At("/proc/sys/net/ipv4/ip_forward", Sysctl), Codec[bool]{Decode: decodeBool})
	defer up.Close()
	_, err = up.Get()
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(100, func() { up.Get() }))
}

// readCalls is the kernel's own count of this thread's reads.
func readCalls(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/io")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		var n int64
		if _, err := fmt.Sscanf(line, "syscr: %d", &n); err == nil {
			return n
		}
	}
	t.Fatal("no syscr")
	return 0
}

func TestValuesGoThroughAnOrdinaryFolder(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{
		"int": "-12\n", "hex": "0x1f\n", "bool": "Y\n", "text": "a b\n\n", "list": "1 2\t3\n",
		"mode": "lzo [lzo-rle] lz4 \n", "empty": "\n",
	})
	n, err := Get[int8](d.File("int"))
	require.NoError(t, err)
	require.Equal(t, int8(-12), n)
	u, err := Get[uint16](d.File("hex"))
	require.NoError(t, err)
	require.Equal(t, uint16(31), u)
	b, err := Get[bool](d.File("bool"))
	require.NoError(t, err)
	require.True(t, b)
	s, err := Get[string](d.File("text"))
	require.NoError(t, err)
	require.Equal(t, "a b", s)
	raw, err := Get[[]byte](d.File("text"))
	require.NoError(t, err)
	require.Equal(t, "a b\n\n", string(raw))
	l, err := Get[[3]int](d.File("list"))
	require.NoError(t, err)
	require.Equal(t, [3]int{1, 2, 3}, l)
	m, err := Get[Selector](d.File("mode"))
	require.NoError(t, err)
	require.Equal(t, Selector{"lzo-rle", []string{"lzo", "lzo-rle", "lz4"}}, m)
	words, err := Get[[]string](d.File("empty"))
	require.NoError(t, err)
	require.Empty(t, words)

	type watts int64
	w, err := Get[watts](d.File("int"))
	require.NoError(t, err)
	require.Equal(t, watts(-12), w)
}

func TestWhatIsWrittenFollowsThePolicy(t *testing.T) {
	for _, tt := range []struct {
		policy *Policy
		value  any
		want   string
	}{
		{Sysfs, 45, "45\n"},
		{Sysfs, "", "\n"},
		{Sysfs, true, "1\n"},
		{Sysfs, []byte{1, 2}, "\x01\x02"},
		{Sysfs, [2]int{1, 2}, "1 2\n"},
		{Sysfs, Selector{Current: "lz4"}, "lz4\n"},
		{Param, "text", "text"},
		{Param, "", "\n"},
		{Param, []int{1, 2}, "1,2"},
		{Sysctl, []int{1, 2}, "1 2\n"},
	} {
		d := folder(t, tt.policy, map[string]string{"f": ""})
		require.NoError(t, Set(d.File("f"), tt.value))
		got, err := d.File("f").Read()
		require.NoError(t, err)
		require.Equal(t, tt.want, string(got))
	}
}

func TestARefusedValueWritesNothing(t *testing.T) {
	d := folder(t, Param, map[string]string{"f": "old"})
	require.ErrorIs(t, Set(d.File("f"), []string{"a,b"}), ErrMalformed)
	require.ErrorIs(t, Set(d.File("f"), struct{}{}), ErrMalformed)
	require.ErrorIs(t, Set(d.File("f"), strings.Repeat("x", 4097)), fs.ErrInvalid)
	require.ErrorIs(t, d.File("f").Write(nil), fs.ErrInvalid)
	text, err := d.File("f").Read()
	require.NoError(t, err)
	require.Equal(t, "old", string(text))
}

func TestANameThatIsNoneIsRefusedBeforeTheKernelSeesIt(t *testing.T) {
	d := folder(t, Sysfs, nil)
	for _, name := range []string{"", ".", "..", "/", "a/../b", "a\x00b", "/etc/passwd"} {
		_, err := d.File(name).Read()
		require.ErrorIs(t, err, fs.ErrInvalid, name)
		require.ErrorIs(t, d.File(name).Write([]byte("1")), fs.ErrInvalid, name)
	}
	bad := Invalid("/proc/self/stat", Procfs) // good as a path
	_, err := bad.Read()
	require.EqualError(t, err, "procfs: read /proc/self/stat: invalid argument")
	require.ErrorIs(t, bad.Write([]byte("1")), fs.ErrInvalid)
	_, err = bad.Open()
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = Get[int](File{})
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = d.File("missing").Read()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, Set(d.File("missing"), 1), fs.ErrNotExist, "and it is not made")
}

func TestAnOpenedFileIsTheCallers(t *testing.T) {
	d := folder(t, Procfs, map[string]string{"a": "12345"})
	fd, err := d.File("a").Open()
	require.NoError(t, err)
	text, err := sys.ReadAll(fd)
	require.NoError(t, err)
	require.Equal(t, "12345", string(text))
	require.NoError(t, sys.Close(fd))
	_, err = d.File("none").Open()
	require.ErrorIs(t, err, fs.ErrNotExist)

	fd, err = d.File("a").OpenBoth()
	require.NoError(t, err)
	_, err = sys.Write(fd, []byte("6"))
	require.NoError(t, err)
	text, err = sys.ReadAll(fd)
	require.NoError(t, err)
	require.Equal(t, "2345", string(text), "neither cut nor read from elsewhere")
	require.NoError(t, sys.Close(fd))
	_, err = d.File("none").OpenBoth()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestAnObjectThatWentAwayIsTold(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"dev/a": "1\n"})
	dev, err := d.OpenDir("dev")
	require.NoError(t, err)
	defer dev.Close()
	require.False(t, dev.Gone())
	require.NoError(t, os.RemoveAll(dev.Path()))
	require.NoError(t, os.MkdirAll(dev.Path(), 0o755)) // another one of that name
	_, err = dev.File("a").Read()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.True(t, dev.Gone())
}

func TestTextThatIsNoValueSaysSo(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"word": "abc\n", "big": "300\n", "empty": ""})
	_, err := Get[int](d.File("word"))
	require.ErrorIs(t, err, ErrMalformed)
	require.ErrorContains(t, err, `"abc\n" is no int`)
	for _, name := range []string{"word", "big", "empty"} {
		_, err = Get[uint8](d.File(name))
		require.ErrorIs(t, err, ErrMalformed, name)
		_, err = Get[bool](d.File(name))
		require.ErrorIs(t, err, ErrMalformed, name)
	}
}

func TestAClosedHandleIsClosed(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	v := Of[int](d.File("a"))
	_, err := v.Get()
	require.NoError(t, err)
	require.NoError(t, v.Set(2))
	require.NoError(t, v.Close())
	require.ErrorIs(t, v.Close(), fs.ErrClosed)
	_, err = v.Get()
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, v.Set(1), fs.ErrClosed)
	require.NoError(t, d.Close())
	_, err = d.File("a").Read()
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, d.Close(), fs.ErrClosed)
}

func TestReadIntoSaysWhenThereIsMore(t *testing.T) {
	d := folder(t, Procfs, map[string]string{"a": "12345"})
	buf := make([]byte, 6)
	n, err := d.File("a").ReadInto(buf)
	require.NoError(t, err)
	require.Equal(t, "12345", string(buf[:n]))
	for _, size := range []int{0, 1, 5} {
		_, err = d.File("a").ReadInto(buf[:size])
		require.ErrorIs(t, err, io.ErrShortBuffer, size)
	}
}

func TestLongFilesAreReadToTheirEnd(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 4096)
	for _, p := range []*Policy{Sysfs, Procfs, Sysctl, new(Policy)} {
		d := folder(t, p, map[string]string{"a": long})
		got, err := d.File("a").Read()
		require.NoError(t, err)
		require.Equal(t, long, string(got))
		v := Of[string](d.File("a"))
		for range 2 {
			s, err := v.Get()
			require.NoError(t, err)
			require.Equal(t, long, s)
		}
		require.NoError(t, v.Close())
	}
}

func TestLoadFillsWhatItCan(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{
		"address": "00:11\n", "mtu": "many\n", "flags": "0x1003\n", "mode": "a [b]\n", "speed": "10\n",
	})
	link := struct {
		Address string  `attr:"address"`
		MTU     int     `attr:"mtu"`
		Flags   uint32  `attr:"flags,hex"`
		Mode    string  `attr:"mode,choice"`
		Speed   *int    `attr:"speed"`
		Gone    *string `attr:"missing"`
		Other   int
	}{MTU: 7, Gone: new(string)}
	err := Load(d, &link)
	require.ErrorIs(t, err, ErrMalformed)
	require.ErrorContains(t, err, "mtu")
	require.Equal(t, "00:11", link.Address)
	require.Equal(t, 7, link.MTU)
	require.Equal(t, uint32(0x1003), link.Flags)
	require.Equal(t, "b", link.Mode)
	require.Equal(t, 10, *link.Speed)
	require.Nil(t, link.Gone)

	require.ErrorIs(t, Load(d, link), ErrMalformed)
	var bad struct {
		N int `attr:"n,hex"`
	}
	require.ErrorIs(t, Load(d, &bad), ErrMalformed)
}

// The loopback device has no speed: EINVAL on 6.1, and the pointer is nil.
func TestAnAttributeWithoutValueIsNoValue(t *testing.T) {
	d, err := OpenDir("/sys/class/net/lo", Sysfs)
	require.NoError(t, err)
	defer d.Close()
	_, err = Get[int](d.File("speed"))
	require.ErrorIs(t, err, kernlink.ErrNoValue)
	require.True(t, errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EOPNOTSUPP))
	var link struct {
		MTU   int  `attr:"mtu"`
		Speed *int `attr:"speed"`
	}
	require.NoError(t, Load(d, &link))
	require.Nil(t, link.Speed)
	require.Positive(t, link.MTU)
	require.ErrorIs(t, Set(d.File("address"), "x"), kernlink.ErrReadOnly, "even root")
}
