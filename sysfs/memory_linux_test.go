// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// A resource of a page and one of 16 bytes that begins within a page, as
// files of an ordinary folder, whose first byte is that of a page.
const resources = "0x00000000febff000 0x00000000febfffff 0x0000000000040200\n" +
	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n" +
	"0x000000000000c000 0x000000000000c03f 0x0000000000040101\n" +
	"0x00000000febf8010 0x00000000febf801f 0x000000000014220c\n"

func pci(t testing.TB) (*Device, string) {
	t.Helper()
	f, root := fixture(t, tree)
	add(t, root, pciDevice+"/resource", resources)
	page := make([]byte, os.Getpagesize())
	for i := range page {
		page[i] = byte(i)
	}
	for _, name := range []string{"resource0", "resource3"} {
		add(t, root, pciDevice+"/"+name, string(page))
	}
	return deviceAt(t, f, pciDevice), root
}

func TestAResourceIsMappedFromItsFirstByte(t *testing.T) {
	d, _ := pci(t)
	mem, err := d.MapResource(0, nil)
	require.NoError(t, err)
	defer mem.Close()
	require.Equal(t, 4096, mem.Len())
	small, err := d.MapResource(3, &MapOptions{Write: true})
	require.NoError(t, err)
	defer small.Close()
	require.Equal(t, 16, small.Len())
	b, err := small.Uint8(1)
	require.NoError(t, err)
	require.EqualValues(t, 0x11, b)
	_, err = small.Uint32(16)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.NoError(t, small.SetUint64(8, 1))

	for number, want := range map[int]error{1: fs.ErrNotExist, 2: kernlink.ErrNotSupported, 4: fs.ErrNotExist, -1: fs.ErrNotExist} {
		_, err := d.MapResource(number, nil)
		require.ErrorIs(t, err, want, number)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
}

func TestMemoryIsBytesAtOffsets(t *testing.T) {
	d, root := pci(t)
	bin := d.Binary("resource0")
	mem, err := bin.Map(16, 32, &MapOptions{Write: true})
	require.NoError(t, err)
	require.NoError(t, bin.Close(), "the memory stays")
	b := make([]byte, 4)
	n, err := mem.ReadAt(b, 30)
	require.Equal(t, io.EOF, err)
	require.Equal(t, []byte{46, 47}, b[:n])
	n, err = mem.ReadAt(b, 1<<40)
	require.Equal(t, io.EOF, err)
	require.Zero(t, n)
	_, err = mem.ReadAt(b, -1)
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = mem.WriteAt(b, -1)
	require.ErrorIs(t, err, fs.ErrInvalid)
	n, err = mem.WriteAt([]byte("abcd"), 30)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.Equal(t, 2, n)
	text, err := os.ReadFile(filepath.Join(root, pciDevice, "resource0"))
	require.NoError(t, err)
	require.Equal(t, "ab\x30", string(text[46:49]))
	all, err := io.ReadAll(io.NewSectionReader(mem, 0, 64))
	require.NoError(t, err)
	require.Len(t, all, 32)

	require.Zero(t, testing.AllocsPerRun(100, func() {
		mem.Uint8(1)
		mem.Uint32(4)
		mem.SetUint64(8, 1)
		mem.ReadAt(b, 3)
		mem.WriteAt(b, 3)
	}))
	require.NoError(t, os.Truncate(filepath.Join(root, pciDevice, "resource0"), 0))
	_, err = mem.Uint32(0)
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, syscall.EFAULT)
	require.ErrorContains(t, err, "sysfs: read "+bin.Path()+": object is gone: ")
	require.NoError(t, mem.Close())
	require.ErrorIs(t, mem.Close(), fs.ErrClosed)
	require.ErrorIs(t, mem.SetUint8(0, 1), fs.ErrClosed)
	_, err = mem.ReadAt(b, 0)
	require.ErrorIs(t, err, fs.ErrClosed)
}

// What the machines of the tests do not refuse.
func TestARefusedMappingSaysWhatIsMeant(t *testing.T) {
	d, root := pci(t)
	bin := d.Binary("resource0")
	for _, c := range []struct {
		errno syscall.Errno
		write bool
		want  error
		hint  string
	}{
		{syscall.EPERM, false, kernlink.ErrRestricted, "lockdown"},
		{syscall.EACCES, false, kernlink.ErrRestricted, "lockdown"},
		{syscall.EACCES, true, kernlink.ErrReadOnly, "for reading only"},
		{syscall.ENODEV, false, kernlink.ErrNotSupported, "cannot be mapped"},
		{syscall.EINVAL, false, syscall.EINVAL, "a driver has claimed"},
		{syscall.EAGAIN, false, syscall.EAGAIN, "ulimit"},
		{syscall.ENOMEM, false, syscall.ENOMEM, ""},
	} {
		err := bin.mapFailure(c.errno, &MapOptions{Write: c.write})
		require.ErrorIs(t, err, c.want)
		require.ErrorIs(t, err, c.errno)
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, c.hint)
	}
	require.Contains(t, lockdownHint("integrity"), "lockdown is integrity")
	require.NoError(t, os.RemoveAll(filepath.Join(root, pciDevice)))
	require.ErrorIs(t, bin.mapFailure(syscall.ENODEV, new(MapOptions)), kernlink.ErrGone)
	_, err := bin.Map(0, 0, nil)
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = d.MapResource(0, nil)
	require.ErrorIs(t, err, kernlink.ErrGone)
}

func TestResourcesAreParsed(t *testing.T) {
	all, err := ParseResources([]byte(resources))
	require.NoError(t, err)
	require.Equal(t, []Resource{
		{0xfebff000, 0xfebfffff, 0x40200}, {}, {0xc000, 0xc03f, 0x40101}, {0xfebf8010, 0xfebf801f, 0x14220c},
	}, all)
	var sizes []uint64
	var kinds [][3]bool
	for _, r := range all {
		sizes = append(sizes, r.Size())
		kinds = append(kinds, [3]bool{r.IsMemory(), r.IsPorts(), r.IsPrefetchable()})
	}
	require.Equal(t, []uint64{4096, 0, 64, 16}, sizes)
	require.Equal(t, [][3]bool{{true, false, false}, {}, {false, true, false}, {true, false, true}}, kinds)
	require.Zero(t, Resource{Start: 2, End: 1, Flags: 0x200}.Size())
	require.Zero(t, Resource{Flags: 0x200}.Size(), "the bus gave it no address")
	for _, bad := range []string{"0x1 0x2\n", "0x1 0x2 0x3 0x4\n", "1 2 3\n", "0x 0x 0x\n", "0x1 0x2 0x10000000000000000\n", "0x1 0x2 0xg\n", "\n"} {
		_, err := ParseResources([]byte(bad))
		require.ErrorIs(t, err, attr.ErrMalformed, "%q", bad)
	}
	d, root := pci(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, pciDevice, "resource"), []byte("x"), 0o644))
	_, err = d.Resources()
	require.ErrorIs(t, err, attr.ErrMalformed)
	require.ErrorContains(t, err, "sysfs: resources "+d.SysPath()+"/resource: ")
}
