// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// mapped is a file of two pages, and a mapping of n bytes of it from off on.
func mapped(t testing.TB, off int64, n int) (*os.File, *Mapping) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	all := make([]byte, 2*os.Getpagesize())
	for i := range all {
		all[i] = byte(i + i>>8)
	}
	_, err = f.Write(all)
	require.NoError(t, err)
	m, err := Mmap(int(f.Fd()), off, n, ProtRead|ProtWrite, MapShared)
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return f, m
}

func TestAMappingIsTheFile(t *testing.T) {
	for _, off := range []int64{0, 1, 7, 4096, 5000} {
		f, m := mapped(t, off, 100)
		require.Equal(t, 100, m.Len())
		want := make([]byte, 200)
		_, err := f.ReadAt(want, off)
		require.NoError(t, err)
		for skip := range 10 {
			got := make([]byte, 200)
			n, err := m.ReadAt(got, skip)
			require.NoError(t, err)
			require.Equal(t, 100-skip, n)
			require.Equal(t, want[skip:100], got[:n])
			n, err = m.WriteAt(bytes.Repeat([]byte{0xa5}, 11), skip*9)
			require.NoError(t, err)
			require.Equal(t, 11, n)
			_, err = f.ReadAt(want, off)
			require.NoError(t, err)
		}
		n, err := m.ReadAt(want, 100)
		require.NoError(t, err)
		require.Zero(t, n)
		mem, err := m.Acquire()
		require.NoError(t, err)
		require.Equal(t, 100, cap(mem), "what was not asked for is not lent")
		m.Release()
	}
}

func TestAnAccessIsOfItsWidthAndAligned(t *testing.T) {
	f, m := mapped(t, 0, 64)
	for width, value := range map[int]uint64{1: 0xfe, 2: 0xfedc, 4: 0xfedcba98, 8: 0xfedcba9876543210} {
		require.NoError(t, m.Store(16, width, 1<<63|value))
		value &= 1<<(8*width-1)<<1 - 1
		got, err := m.Load(16, width)
		require.NoError(t, err)
		want := make([]byte, 8)
		_, err = f.ReadAt(want[:width], 16)
		require.NoError(t, err)
		if width == 8 {
			value |= 1 << 63
		}
		require.Equal(t, value, got)
		if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
			require.Equal(t, value, binary.LittleEndian.Uint64(want))
		}
		for _, off := range []int{-1, -8, 65 - width, 64, 1<<31 - 1, -1 << 31} {
			_, err := m.Load(off, width)
			require.ErrorIs(t, err, fs.ErrInvalid, "%d at %d", width, off)
			require.NotErrorIs(t, err, ErrUnaligned)
			require.ErrorIs(t, m.Store(off, width, 0), fs.ErrInvalid)
		}
		if width > 1 {
			_, err := m.Load(width-1, width)
			require.ErrorIs(t, err, ErrUnaligned)
			require.ErrorIs(t, m.Store(1, width, 0), ErrUnaligned)
		}
		_, err = m.Load(64-width, width)
		require.NoError(t, err)
	}
	_, err := m.Load(0, 3)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.ErrorIs(t, m.Store(0, 16, 0), fs.ErrInvalid)
	for _, off := range []int{-1, 65} {
		_, err := m.ReadAt(make([]byte, 1), off)
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
}

func TestAMappingOfNothingIsRefused(t *testing.T) {
	f, _ := mapped(t, 0, 1)
	fd := int(f.Fd())
	for _, c := range []struct {
		off int64
		n   int
	}{{-1, 1}, {0, 0}, {0, -1}, {1<<63 - 1, 1}} {
		_, err := Mmap(fd, c.off, c.n, ProtRead, MapShared)
		require.ErrorIs(t, err, syscall.EINVAL, "%+v", c)
	}
	_, err := Mmap(-1, 0, 1, ProtRead, MapShared)
	require.ErrorIs(t, err, syscall.EBADF)
	_, err = Mmap(fd, 1, int(^uint(0)>>1), ProtRead, MapShared)
	require.Error(t, err)
}

func TestAClosedMappingIsAnErrorAndNoFault(t *testing.T) {
	_, m := mapped(t, 0, 64)
	mem, err := m.Acquire()
	require.NoError(t, err)
	require.NoError(t, m.Close())
	require.ErrorIs(t, m.Close(), fs.ErrClosed)
	require.EqualValues(t, 1, mem[1], "still lent")
	m.Release()
	_, err = m.Acquire()
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = m.Load(0, 4)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, m.Store(0, 4, 1), fs.ErrClosed)
	_, err = m.ReadAt(make([]byte, 4), 0)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.NotPanics(t, func() { defer m.Catch(debug.SetPanicOnFault(true), &err); touch(mem) })
	require.ErrorIs(t, err, syscall.EFAULT, "it is unmapped")
}

// The kernel answers an access to what was there with SIGBUS.
func TestMemoryThatGoesAwayIsAnError(t *testing.T) {
	f, m := mapped(t, 0, 2*os.Getpagesize())
	require.NoError(t, f.Truncate(int64(os.Getpagesize())))
	for _, off := range []int{os.Getpagesize(), 2*os.Getpagesize() - 8} {
		for _, width := range []int{1, 2, 4, 8} {
			_, err := m.Load(off, width)
			require.ErrorIs(t, err, syscall.EFAULT)
			require.ErrorIs(t, m.Store(off, width, 1), syscall.EFAULT)
		}
	}
	b := make([]byte, 64)
	n, err := m.ReadAt(b, os.Getpagesize()-10)
	require.ErrorIs(t, err, syscall.EFAULT)
	require.Equal(t, 10, n, "what there was")
	n, err = m.WriteAt(b, os.Getpagesize()-7)
	require.ErrorIs(t, err, syscall.EFAULT)
	require.Equal(t, 7, n)
	_, err = m.Load(0, 8)
	require.NoError(t, err, "the other page")
	require.False(t, debug.SetPanicOnFault(false), "as it was before")
}

func TestOnlyFaultsOfTheMappingAreCaught(t *testing.T) {
	_, m := mapped(t, 0, 64)
	_, other := mapped(t, 0, 64)
	mem, err := other.Acquire()
	require.NoError(t, err)
	other.Release()
	require.NoError(t, other.Close())
	for name, use := range map[string]func(){
		"another's": func() { touch(mem) }, "of its own": func() { panic("mine") }, "nil": func() { _ = *(*int)(nil) },
	} {
		var err error
		require.Panics(t, func() { defer m.Catch(debug.SetPanicOnFault(true), &err); use() }, name)
		require.NoError(t, err)
	}
	require.False(t, debug.SetPanicOnFault(false))
}

func TestManyUseAMappingUntilItIsClosed(t *testing.T) {
	for range 100 {
		_, m := mapped(t, 0, 64)
		var users sync.WaitGroup
		for i := range 4 {
			users.Go(func() {
				for {
					_, err := m.Load(i*8, 8)
					if err == nil {
						_, err = m.ReadAt(make([]byte, 16), i)
					}
					if err != nil {
						if err != fs.ErrClosed {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		require.NoError(t, m.Close())
		users.Wait()
	}
}

func TestAccessesDoNotAllocate(t *testing.T) {
	_, m := mapped(t, 0, 4096)
	b := make([]byte, 4096)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		m.Load(8, 4)
		m.Store(8, 4, 1)
		m.ReadAt(b, 1)
		m.WriteAt(b, 1)
	}))
}

// touch reads what the compiler might leave out.
//
//go:noinline
func touch(mem []byte) byte { return mem[1] }
