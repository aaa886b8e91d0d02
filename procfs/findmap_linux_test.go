// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// mapped has the test's own memory be of many kinds.
func mapped(t *testing.T) {
	t.Helper()
	page := os.Getpagesize()
	keep := func(mem []byte, err error) []byte {
		require.NoError(t, err)
		t.Cleanup(func() { unix.Munmap(mem) })
		return mem
	}
	odd := filepath.Join(t.TempDir(), "new\nline and \\ blank")
	require.NoError(t, os.WriteFile(odd, make([]byte, 3*page), 0o644))
	file, err := os.Open(odd)
	require.NoError(t, err)
	defer file.Close()
	keep(unix.Mmap(int(file.Fd()), int64(page), page, unix.PROT_READ, unix.MAP_SHARED))
	require.NoError(t, os.Remove(odd))
	memfd, err := unix.MemfdCreate(" blank first", unix.MFD_CLOEXEC)
	require.NoError(t, err)
	defer unix.Close(memfd)
	require.NoError(t, unix.Ftruncate(memfd, int64(page)))
	keep(unix.Mmap(memfd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE))
	anon := keep(unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON))
	require.NoError(t, unix.Mprotect(anon[page:2*page], unix.PROT_NONE))
	const setVMA, anonName = 0x53564d41, 0
	name := append([]byte("a name"), 0)
	// It fails without CONFIG_ANON_VMA_NAME, and there is no name then.
	_ = unix.Prctl(setVMA, anonName, uintptr(unsafe.Pointer(&anon[0])), uintptr(page), uintptr(unsafe.Pointer(&name[0])))
	shared := keep(unix.Mmap(-1, 0, page, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_ANON))
	runtime.KeepAlive(shared)
}

// allMaps is the text. The runtime may map more between two looks.
func allMaps(t *testing.T, p *procfs.Process) (all []procfs.Map) {
	t.Helper()
	for m, err := range p.Maps() {
		require.NoError(t, err)
		m.Path = slices.Clone(m.Path)
		all = append(all, m)
	}
	return all
}

// same compares what is printed of a mapping; no path is nil or empty.
func same(t *testing.T, want, got procfs.Map) {
	t.Helper()
	require.Equal(t, want.Path.String(), got.Path.String())
	want.Path, got.Path = nil, nil
	require.Equal(t, want, got)
}

// The kernel's own look-up, the text, and the loop agree about every address
// of this process and of another one.
func TestAnAddressIsFoundAsTheTextHasIt(t *testing.T) {
	mapped(t)
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	child := handle(t, start(t))
	for name, p := range map[string]*procfs.Process{"child": child, "self": self} {
		asked, err := p.OpenMemory()
		require.NoError(t, err)
		defer asked.Close()
		text, err := p.OpenMemory()
		require.NoError(t, err)
		defer text.Close()
		procfs.WithoutQuery(text)
		before := allMaps(t, p)
		compared := 0
		for i, m := range before {
			for _, addr := range []uint64{m.Start, m.Start + (m.End-m.Start)/2, m.End - 1} {
				a, errA := asked.Find(addr)
				b, errB := text.Find(addr)
				if name == "self" && (errA != nil || errB != nil || a.Start != b.Start || a.End != b.End) {
					continue // the heap grows
				}
				require.NoError(t, errA, "%x %s", addr, m.Path)
				require.NoError(t, errB, "%x %s", addr, m.Path)
				same(t, b, a)
				if name == "child" {
					same(t, m, a)
				}
				compared++
			}
			if name == "child" && (i+1 == len(before) || before[i+1].Start > m.End) {
				for _, memory := range []*procfs.Memory{asked, text} {
					_, err := memory.Find(m.End)
					require.ErrorIs(t, err, fs.ErrNotExist)
					require.NotErrorIs(t, err, kernlink.ErrGone)
				}
			}
		}
		require.Greater(t, compared, 3*len(before)/2)
		one, err := p.FindMap(before[0].Start)
		require.NoError(t, err)
		same(t, before[0], one)
		for _, addr := range []uint64{0, 1, ^uint64(0)} {
			_, err = p.FindMap(addr)
			require.ErrorIs(t, err, fs.ErrNotExist)
			_, err = text.Find(addr)
			require.ErrorIs(t, err, fs.ErrNotExist)
		}
	}
}

// What the kernel lends to all stands in the text, and is no mapping that it
// can be asked for.
func TestWhatIsNobodysOwnMappingIsFoundToo(t *testing.T) {
	p := handle(t, start(t))
	all := allMaps(t, p)
	want := all[len(all)-1]
	if want.Path.String() != "[vsyscall]" {
		return // this kernel lends none
	}
	m, err := p.OpenMemory()
	require.NoError(t, err)
	defer m.Close()
	for range 2 {
		got, err := m.Find(want.Start)
		require.NoError(t, err)
		same(t, want, got)
	}
	_, err = m.Find(want.End)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestTheNameOfAMappedFileIsAsInTheText(t *testing.T) {
	mapped(t)
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	found := 0
	for _, m := range allMaps(t, self) {
		path := m.Path.String()
		if filepath.Base(path) != `new\012line and \ blank (deleted)` && path != "/memfd: blank first (deleted)" {
			continue
		}
		got, err := self.FindMap(m.Start)
		require.NoError(t, err)
		same(t, m, got)
		found++
	}
	require.Equal(t, 2, found)
}

// The kernel is asked where it can be: since 6.11.
func TestTheKernelIsAskedSinceLinux6_11(t *testing.T) {
	self, err := open(t).Self()
	require.NoError(t, err)
	defer self.Close()
	m, err := self.OpenMemory()
	require.NoError(t, err)
	defer m.Close()
	_, err = m.Find(0)
	require.ErrorIs(t, err, fs.ErrNotExist)
	var u unix.Utsname
	require.NoError(t, unix.Uname(&u))
	var major, minor int
	_, err = fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	require.NoError(t, err)
	require.Equal(t, major > 6 || major == 6 && minor >= 11, procfs.WithoutQuery(m))
}

// Memory is that of the program that ran when it was opened.
func TestAMemoryIsGoneWithItsProgram(t *testing.T) {
	for _, text := range []bool{false, true} {
		c := startAs(t, nil, "sh", "-c", "read line; echo $line; read line; exec cat")
		p := handle(t, c)
		m, err := p.OpenMemory()
		require.NoError(t, err)
		if text {
			procfs.WithoutQuery(m)
		}
		first := allMaps(t, p)[0]
		_, err = m.Find(first.Start)
		require.NoError(t, err)
		_, err = c.stdin.Write([]byte("\n"))
		require.NoError(t, err)
		c.echo()
		_, err = m.Find(first.Start)
		require.ErrorIs(t, err, kernlink.ErrGone)
		require.ErrorIs(t, err, syscall.ESRCH)
		require.False(t, p.Gone())
		now := allMaps(t, p)[0]
		found, err := p.FindMap(now.Start)
		require.NoError(t, err)
		same(t, now, found)
		require.NoError(t, m.Close())
		require.ErrorIs(t, m.Close(), fs.ErrClosed)
		_, err = m.Find(now.Start)
		require.ErrorIs(t, err, fs.ErrClosed)

		m, err = p.OpenMemory()
		require.NoError(t, err)
		defer m.Close()
		if text {
			procfs.WithoutQuery(m)
		}
		c.zombie()
		_, err = m.Find(now.Start)
		require.ErrorIs(t, err, kernlink.ErrGone)
		c.reap()
		_, err = m.Find(now.Start)
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
}

func TestAMapIsFoundInAFolderOfFiles(t *testing.T) {
	stat, err := os.ReadFile("testdata/sleep.stat")
	require.NoError(t, err)
	maps, err := os.ReadFile("testdata/sleep.maps")
	require.NoError(t, err)
	p, err := folder(t, map[string]string{"88/stat": string(stat), "88/maps": string(maps)}).Process(88)
	require.NoError(t, err)
	defer p.Close()
	m, err := p.OpenMemory()
	require.NoError(t, err)
	defer m.Close()
	for _, want := range allMaps(t, p) {
		got, err := m.Find(want.End - 1)
		require.NoError(t, err)
		same(t, want, got)
	}
	require.False(t, procfs.WithoutQuery(m))
}

func TestFindingAnAddressDoesNotAllocate(t *testing.T) {
	p := handle(t, start(t))
	code := allMaps(t, p)[1].Start
	for _, text := range []bool{false, true} {
		m, err := p.OpenMemory()
		require.NoError(t, err)
		defer m.Close()
		if text {
			procfs.WithoutQuery(m)
		}
		_, err = m.Find(code)
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			if _, err := m.Find(code); err != nil {
				panic(err)
			}
		}), "text: %v", text)
	}
}
