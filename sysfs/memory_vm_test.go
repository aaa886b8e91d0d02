// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

func mapBlob(t testing.TB, off int64, n int) (*sysfs.Binary, *sysfs.Memory) {
	t.Helper()
	blob := myTest(t).Binary("blob")
	t.Cleanup(func() { blob.Close() })
	mem, err := blob.Map(off, n, &sysfs.MapOptions{Write: true})
	require.NoError(t, err)
	t.Cleanup(func() { mem.Close() })
	return blob, mem
}

// What is written through the memory is read through the file, and the other
// way round.
func TestAMappedAttributeIsTheAttribute(t *testing.T) {
	blob, mem := mapBlob(t, 0, 0)
	require.Equal(t, 8192, mem.Len())
	want := make([]byte, 8192)
	for i := range want {
		want[i] = byte(i * 13 >> 2)
	}
	_, err := blob.WriteAt(want, 0)
	require.NoError(t, err)
	got := make([]byte, 8192)
	_, err = mem.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, want, got)
	n, err := mem.ReadAt(got, 8190)
	require.Equal(t, io.EOF, err)
	require.Equal(t, 2, n)

	require.NoError(t, mem.SetUint8(1, 0xfe))
	require.NoError(t, mem.SetUint16(2, 0xfedc))
	require.NoError(t, mem.SetUint32(4, 0xfedcba98))
	require.NoError(t, mem.SetUint64(8, 0xfedcba9876543210))
	_, err = mem.WriteAt([]byte("unaligned"), 4093)
	require.NoError(t, err)
	n, err = mem.WriteAt([]byte("end"), 8190)
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.Equal(t, 2, n)
	_, err = blob.ReadAt(got, 0)
	require.NoError(t, err)
	require.EqualValues(t, 0xfe, got[1])
	require.EqualValues(t, 0xfedc, binary.NativeEndian.Uint16(got[2:]))
	require.EqualValues(t, uint32(0xfedcba98), binary.NativeEndian.Uint32(got[4:]))
	require.EqualValues(t, uint64(0xfedcba9876543210), binary.NativeEndian.Uint64(got[8:]))
	require.Equal(t, "unaligned", string(got[4093:4102]))
	require.Equal(t, "en", string(got[8190:]))
	v, err := mem.Uint64(8)
	require.NoError(t, err)
	require.EqualValues(t, uint64(0xfedcba9876543210), v)
}

func TestAPartOfAnAttributeIsMapped(t *testing.T) {
	blob, mem := mapBlob(t, 4100, 8)
	_, err := blob.WriteAt([]byte("01234567"), 4100)
	require.NoError(t, err)
	v, err := mem.Uint32(0)
	require.NoError(t, err)
	require.Equal(t, binary.NativeEndian.Uint32([]byte("0123")), v)
	_, err = mem.Uint8(8)
	require.ErrorIs(t, err, fs.ErrInvalid)
	_, err = mem.Uint32(2)
	require.ErrorIs(t, err, fs.ErrInvalid, "not aligned")
	_, err = mem.Uint64(0)
	require.ErrorIs(t, err, fs.ErrInvalid, "not aligned in the attribute")
	for _, c := range []struct {
		off int64
		n   int
	}{{-1, 1}, {0, -1}, {8192, 0}, {8192, 1}, {8191, 2}, {0, 8193}, {1 << 62, 1}} {
		_, err := blob.Map(c.off, c.n, nil)
		require.ErrorIs(t, err, fs.ErrInvalid, "%+v", c)
	}
}

// The kernel takes the pages out of the mapping when the module goes, and
// would end the program at the next access.
func TestMemoryWhoseModuleIsUnloadedIsGone(t *testing.T) {
	f := open(t)
	var blob *sysfs.Binary
	var mem *sysfs.Memory
	t.Run("while it is loaded", func(t *testing.T) {
		kerneltest.Load(t, "sysfs_ex", nil)
		o, err := f.Object("fs/my_test")
		require.NoError(t, err)
		t.Cleanup(func() { o.Close() })
		blob = o.Binary("blob")
		mem, err = blob.Map(0, 0, &sysfs.MapOptions{Write: true})
		require.NoError(t, err)
		require.NoError(t, mem.SetUint32(0, 45))
		v, err := mem.Uint32(0)
		require.NoError(t, err)
		require.EqualValues(t, 45, v)
	})
	for _, off := range []int{0, 4096, 8184} {
		_, err := mem.Uint64(off)
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorIs(t, err, syscall.EFAULT)
		require.ErrorIs(t, mem.SetUint64(off, 1), kernlink.ErrGone)
	}
	n, err := mem.ReadAt(make([]byte, 100), 4000)
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.Zero(t, n)
	require.NoError(t, mem.Close())
	_, err = mem.Uint8(0)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, mem.Close(), fs.ErrClosed)
}

func TestManyUseMemoryUntilItsModuleIsUnloaded(t *testing.T) {
	f := open(t)
	var using sync.WaitGroup
	var mem *sysfs.Memory
	t.Run("while it is loaded", func(t *testing.T) {
		kerneltest.Load(t, "sysfs_ex", nil)
		o, err := f.Object("fs/my_test")
		require.NoError(t, err)
		defer o.Close()
		mem, err = o.Binary("blob").Map(0, 0, &sysfs.MapOptions{Write: true})
		require.NoError(t, err)
		var began sync.WaitGroup
		for i := range 4 {
			began.Add(1)
			once := sync.OnceFunc(began.Done)
			using.Go(func() {
				defer once()
				for {
					err := mem.SetUint32(i*4, uint32(i))
					if err == nil {
						_, err = mem.ReadAt(make([]byte, 8192), 0)
					}
					if err != nil {
						if !errors.Is(err, kernlink.ErrGone) {
							t.Error(err)
						}
						return
					}
					once()
				}
			})
		}
		began.Wait()
	})
	using.Wait()
	require.NoError(t, mem.Close())
}

func TestWhatCannotBeMappedSaysWhy(t *testing.T) {
	o := myTest(t)
	for _, c := range []struct {
		name  string
		n     int
		write bool
		want  error
		hint  string
	}{
		{"first", 4096, false, kernlink.ErrNotSupported, "cannot be mapped"},
		{"readonly", 4096, true, kernlink.ErrReadOnly, ""},
		{"none", 0, false, fs.ErrNotExist, ""},
		{"../x", 0, false, fs.ErrInvalid, ""},
	} {
		_, err := o.Binary(c.name).Map(0, c.n, &sysfs.MapOptions{Write: c.write})
		require.ErrorIs(t, err, c.want, c.name)
		require.NotErrorIs(t, err, kernlink.ErrGone)
		require.ErrorContains(t, err, c.hint)
	}
	mem, err := o.Binary("blob").Map(0, 0, nil)
	require.NoError(t, err)
	defer mem.Close()
	require.ErrorIs(t, mem.SetUint8(0, 1), kernlink.ErrReadOnly)
	_, err = mem.WriteAt([]byte{1}, 0)
	require.ErrorIs(t, err, kernlink.ErrReadOnly)
	_, err = mem.Uint8(0)
	require.NoError(t, err)
	blob := o.Binary("blob")
	require.NoError(t, blob.Close())
	_, err = blob.Map(0, 0, nil)
	require.ErrorIs(t, err, fs.ErrClosed)
}

// The kernel's BTF can be mapped since 6.15.
func TestTheKernelsTypesCanBeMapped(t *testing.T) {
	f := open(t)
	kernel, err := f.Object("kernel/btf")
	require.NoError(t, err)
	defer kernel.Close()
	btf := kernel.Binary("vmlinux")
	defer btf.Close()
	mem, err := btf.Map(0, 0, nil)
	if err != nil {
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		version, err := feature.RunningKernel()
		require.NoError(t, err)
		require.False(t, version.AtLeast(6, 15), "%v", version)
		return
	}
	defer mem.Close()
	want, err := os.ReadFile("/sys/kernel/btf/vmlinux")
	require.NoError(t, err)
	got := make([]byte, mem.Len())
	_, err = mem.ReadAt(got, 0)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	_, err = btf.Map(0, 0, &sysfs.MapOptions{Write: true})
	require.ErrorIs(t, err, kernlink.ErrReadOnly)
}

// msix is where a PCI device has its table of interrupts, by its configuration
// space: which resource, and where in it.
func msix(t testing.TB, dev *sysfs.Device) (resource, off, vectors int) {
	t.Helper()
	config := dev.Binary("config")
	defer config.Close()
	var c [256]byte
	_, err := config.ReadAt(c[:], 0)
	require.NoError(t, err)
	for at := c[0x34]; at != 0; at = c[at+1] {
		if c[at] == 0x11 {
			table := binary.LittleEndian.Uint32(c[at+4:])
			return int(table & 7), int(table &^ 7), int(binary.LittleEndian.Uint16(c[at+2:])&0x7ff) + 1
		}
	}
	t.Fatal("no MSI-X")
	return 0, 0, 0
}

// The machine's serial line is a PCI device. The memory that its driver has
// not claimed is its table of interrupts: where each one goes, an address that
// on this machine begins with 0xfee.
func TestAResourceOfARealDeviceIsMapped(t *testing.T) {
	f := open(t)
	dev := virtio(t, f)
	all, err := dev.Resources()
	require.NoError(t, err)
	number, off, vectors := msix(t, dev)
	require.True(t, all[number].IsMemory())
	require.False(t, all[number].IsPorts())
	size, err := dev.Binary("resource1").Size()
	require.NoError(t, err)
	require.EqualValues(t, size, all[1].Size())

	mem, err := dev.MapResource(number, nil)
	if lockdown := feature.Lockdown("/"); lockdown != "none" {
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorContains(t, err, "the kernel's lockdown is "+lockdown)
		config := dev.Binary("config")
		defer config.Close()
		var line [1]byte // of its interrupt, which is a note to the kernel
		_, err := config.ReadAt(line[:], 0x3c)
		require.NoError(t, err)
		_, err = config.WriteAt(line[:], 0x3c)
		require.ErrorIs(t, err, kernlink.ErrRestricted)
		require.ErrorContains(t, err, "the kernel's lockdown is "+lockdown)
		return
	}
	require.NoError(t, err)
	defer mem.Close()
	require.EqualValues(t, all[number].Size(), mem.Len())
	used := 0
	for i := range vectors {
		address, err := mem.Uint32(off + 16*i)
		require.NoError(t, err)
		masked, err := mem.Uint32(off + 16*i + 12)
		require.NoError(t, err)
		if masked&1 == 0 {
			used++
			require.EqualValues(t, 0xfee, address>>20)
		}
	}
	require.Greater(t, used, 0)
	require.LessOrEqual(t, used, vectors)
}

// virtio is the PCI device that the machine talks to its host through.
func virtio(t testing.TB, f *sysfs.FS) *sysfs.Device {
	t.Helper()
	for dev, err := range f.Devices(&sysfs.Filter{
		Subsystems: []string{"pci"}, Driver: "virtio-pci", Attrs: map[string]string{"vendor": "0x1af4"},
	}) {
		require.NoError(t, err)
		kept, err := dev.Open()
		require.NoError(t, err)
		t.Cleanup(func() { kept.Close() })
		return kept
	}
	t.Fatal("no virtio device")
	return nil
}

// On this machine the bus' addresses are the processor's: each resource lies
// where the device's own register says.
func TestResourcesAreWhatTheDeviceItselfSays(t *testing.T) {
	dev := virtio(t, open(t))
	all, err := dev.Resources()
	require.NoError(t, err)
	config := dev.Binary("config")
	defer config.Close()
	seen := 0
	for i, r := range all[:6] {
		var b [4]byte
		_, err := config.ReadAt(b[:], int64(0x10+4*i))
		require.NoError(t, err)
		bar := binary.LittleEndian.Uint32(b[:])
		if r.Size() == 0 {
			continue
		}
		seen++
		require.Equal(t, bar&1 == 1, r.IsPorts())
		require.Equal(t, bar&1 == 0, r.IsMemory())
		if r.IsPorts() {
			require.EqualValues(t, bar&^3, r.Start)
		} else {
			require.EqualValues(t, bar&^15, uint32(r.Start))
			require.Equal(t, bar&8 != 0, r.IsPrefetchable())
		}
		size, err := dev.Binary(fmt.Sprint("resource", i)).Size()
		require.NoError(t, err)
		require.EqualValues(t, size, r.Size())
	}
	require.GreaterOrEqual(t, seen, 3)
}

func TestAResourceThatIsNotForMappingSaysWhy(t *testing.T) {
	f := open(t)
	dev := virtio(t, f)
	all, err := dev.Resources()
	require.NoError(t, err)
	text, err := dev.Attr("resource").Read()
	require.NoError(t, err)
	require.Len(t, all, strings.Count(string(text), "\n"))
	for i, r := range all {
		mem, err := dev.MapResource(i, nil)
		if err == nil {
			require.NoError(t, mem.Close())
		}
		switch {
		case r.Size() == 0:
			require.ErrorIs(t, err, fs.ErrNotExist, i)
			require.NotErrorIs(t, err, kernlink.ErrGone)
		case r.IsPorts():
			require.ErrorIs(t, err, kernlink.ErrNotSupported, i)
		case err != nil: // the driver has claimed it
			require.ErrorIs(t, err, syscall.EINVAL, i)
			require.ErrorContains(t, err, "a driver has claimed")
		}
	}
	for _, number := range []int{-1, len(all)} {
		_, err := dev.MapResource(number, nil)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	lo, err := f.Device("net", "lo")
	require.NoError(t, err)
	defer lo.Close()
	_, err = lo.MapResource(0, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
}
