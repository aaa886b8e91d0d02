// SPDX-License-Identifier: Apache-2.0

package modinfo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

const sample = "license=GPL\x00\x00\x00parm=cnt:how many\x00parmtype=cnt:int\x00"

func TestReadFindsModinfoInEveryClassAndByteOrder(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, wide := range []bool{true, false} {
			for _, far := range []int{0, 3, slack - 1, slack, 10 * slack} {
				m := modinfoImage(order, wide, sample)
				m.far = far
				var r Reader
				info, err := r.Read(bytes.NewReader(m.bytes()))
				require.NoError(t, err)
				require.Equal(t, sample, string(info.Section))
				require.Equal(t, order == binary.BigEndian, info.BigEndian)
				require.Equal(t, map[bool]int{true: 64, false: 32}[wide], info.Bits)
				require.EqualValues(t, 62, info.Machine)
			}
		}
	}
}

func TestReadOfARealModule(t *testing.T) {
	f, err := os.Open("testdata/echo.elf")
	require.NoError(t, err)
	defer f.Close()
	var r Reader
	info, err := r.Read(f)
	require.NoError(t, err)
	name, ok := info.Get("name")
	require.True(t, ok)
	require.Equal(t, "echo", string(name))
	_, ok = info.Get("nonsense")
	require.False(t, ok)
	var parms []string
	for k, v := range info.All() {
		if string(k) == "parmtype" {
			parms = append(parms, string(v))
		}
	}
	require.ElementsMatch(t, []string{"cnt:int", "args:array of charp"}, parms)
}

func TestReaderIsReusedForLargeThenSmall(t *testing.T) {
	large := bytes.Repeat([]byte("alias=pci:v*\x00"), 20_000)
	var r Reader
	info, err := r.Read(bytes.NewReader(modinfoImage(binary.LittleEndian, true, string(large)).bytes()))
	require.NoError(t, err)
	require.Equal(t, large, info.Section)
	info, err = r.Read(bytes.NewReader(modinfoImage(binary.BigEndian, false, sample).bytes()))
	require.NoError(t, err)
	require.Equal(t, sample, string(info.Section))
}

func TestReadAllocatesNothingOnceTheBufferHasGrown(t *testing.T) {
	src := bytes.NewReader(modinfoImage(binary.LittleEndian, true, sample).bytes())
	var r Reader
	n := 0
	require.Zero(t, testing.AllocsPerRun(100, func() {
		info, err := r.Read(src)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range info.All() {
			n += len(k) + len(v)
		}
	}))
	broken := bytes.NewReader(modinfoImage(binary.LittleEndian, true, sample).bytes()[:100])
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := r.Read(broken); err == nil {
			t.Fatal("no error")
		}
	}))
}

// counting counts the reads: each is a system call on a real file.
type counting struct {
	io.ReaderAt
	calls int
}

func (c *counting) ReadAt(b []byte, off int64) (int, error) {
	c.calls++
	return c.ReaderAt.ReadAt(b, off)
}

func TestReadTakesAtMostFourReads(t *testing.T) {
	for far, want := range map[int]int{0: 3, 10 * slack: 4} {
		m := modinfoImage(binary.LittleEndian, true, sample)
		m.far = far
		src := &counting{ReaderAt: bytes.NewReader(m.bytes())}
		r := Reader{Buf: make([]byte, 64<<10)}
		_, err := r.Read(src)
		require.NoError(t, err)
		require.Equal(t, want, src.calls, "far %d", far)
	}
}

func TestReadRefusesWhatIsNoModule(t *testing.T) {
	good := func(edit func([]byte)) []byte {
		b := modinfoImage(binary.LittleEndian, true, sample).bytes()
		edit(b)
		return b
	}
	u16, u64 := binary.LittleEndian.PutUint16, binary.LittleEndian.PutUint64
	table := func(b []byte) int { return int(binary.LittleEndian.Uint64(b[40:])) }
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":                 {nil, ErrNotELF},
		"short text":            {[]byte("\x7fEL"), ErrNotELF},
		"xz":                    {append([]byte("\xfd7zXZ\x00"), make([]byte, 100)...), ErrNotELF},
		"only the magic":        {[]byte("\x7fELF"), ErrTruncated},
		"64-bit, 60 bytes":      {good(func([]byte) {})[:60], ErrTruncated},
		"class 3":               {good(func(b []byte) { b[4] = 3 }), ErrMalformed},
		"byte order 0":          {good(func(b []byte) { b[5] = 0 }), ErrMalformed},
		"no section headers":    {good(func(b []byte) { u16(b[60:], 0) }), ErrMalformed},
		"headers at 0":          {good(func(b []byte) { u64(b[40:], 0) }), ErrMalformed},
		"entry size 40":         {good(func(b []byte) { u16(b[58:], 40) }), ErrMalformed},
		"names index 0":         {good(func(b []byte) { u16(b[62:], 0) }), ErrMalformed},
		"names index too large": {good(func(b []byte) { u16(b[62:], 4) }), ErrMalformed},
		"names without bits":    {good(func(b []byte) { b[table(b)+3*64+4] = 8 }), ErrMalformed},
		"headers beyond end":    {good(func(b []byte) { u64(b[40:], 1<<40) }), ErrTruncated},
		"headers beyond int64":  {good(func(b []byte) { u64(b[40:], 1<<64-1) }), ErrMalformed},
		"65535 headers":         {good(func(b []byte) { u16(b[60:], 65535) }), ErrTruncated},
		"names 1 EiB":           {good(func(b []byte) { u64(b[table(b)+3*64+32:], 1<<60) }), ErrTooLarge},
		"names size wraps":      {good(func(b []byte) { u64(b[table(b)+3*64+32:], 1<<64-1) }), ErrTooLarge},
		"names offset wraps":    {good(func(b []byte) { u64(b[table(b)+3*64+24:], 1<<64-1) }), ErrMalformed},
		"section 15 MiB":        {good(func(b []byte) { u64(b[table(b)+2*64+32:], 15<<20) }), ErrTruncated},
		"section 1 EiB":         {good(func(b []byte) { u64(b[table(b)+2*64+32:], 1<<60) }), ErrTooLarge},
		"section without bits":  {good(func(b []byte) { b[table(b)+2*64+4] = 8 }), ErrMalformed},
		"section compressed":    {good(func(b []byte) { b[table(b)+2*64+9] = 8 }), ErrMalformed},
		"name out of range":     {good(func(b []byte) { u16(b[table(b)+2*64+2:], 9) }), ErrNoModinfo},
		"other name":            {image{order: binary.LittleEndian, wide: true}.bytes(), ErrNoModinfo},
	} {
		t.Run(name, func(t *testing.T) {
			var r Reader
			_, err := r.Read(bytes.NewReader(c.file))
			require.ErrorIs(t, err, c.want)
			if c.want != ErrNotELF && c.want != ErrNoModinfo {
				require.ErrorIs(t, err, ErrMalformed)
			}
			require.LessOrEqual(t, cap(r.Buf), 4*step, "memory taken on a header's word")
		})
	}
}

func TestReadPassesOnTheErrorOfTheFile(t *testing.T) {
	broken := errors.New("I/O error")
	good := modinfoImage(binary.LittleEndian, true, sample).bytes()
	for calls := range 3 {
		src := &failing{counting{ReaderAt: bytes.NewReader(good)}, calls, broken}
		var r Reader
		_, err := r.Read(src)
		require.ErrorIs(t, err, broken)
	}
}

type failing struct {
	counting
	after int
	err   error
}

func (f *failing) ReadAt(b []byte, off int64) (int, error) {
	if f.calls == f.after {
		return 0, f.err
	}
	return f.counting.ReadAt(b, off)
}

func TestParamNamesComeFromTheSymbolNames(t *testing.T) {
	m := modinfoImage(binary.LittleEndian, true, sample)
	m.sections = append(m.sections, fakeSection{name: ".strtab", kind: 3,
		data: []byte("\x00init\x00__param_str_hashsize\x00__param_hashsize\x00__param_str_a\x00__param_str_\x00__param_str_cut")})
	var r Reader
	names, err := r.ParamNames(bytes.NewReader(m.bytes()))
	require.NoError(t, err)
	require.Equal(t, []string{"hashsize", "a"}, names)

	names, err = r.ParamNames(bytes.NewReader(modinfoImage(binary.LittleEndian, true, sample).bytes()))
	require.NoError(t, err, "stripped")
	require.Empty(t, names)

	_, err = r.ParamNames(bytes.NewReader(nil))
	require.ErrorIs(t, err, ErrNotELF)
}
