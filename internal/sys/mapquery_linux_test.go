// SPDX-License-Identifier: Apache-2.0

package sys_test

import (
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/internal/sys"
)

func TestAnAddressIsLookedUpInAMapOfMemory(t *testing.T) {
	page := os.Getpagesize()
	mem, err := unix.Mmap(-1, 0, 2*page, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON)
	require.NoError(t, err)
	defer unix.Munmap(mem)
	require.NoError(t, unix.Mprotect(mem[page:], unix.PROT_NONE)) // two mappings
	addr := uint64(uintptr(unsafe.Pointer(&mem[0])))
	maps := open(t, "/proc/self/maps", sys.ReadOnly)
	q := sys.NewMapQuery()
	err = q.Find(maps, addr+1)
	if err == syscall.ENOTTY {
		return // before Linux 6.11
	}
	require.NoError(t, err)
	start, end := q.Range()
	require.LessOrEqual(t, start, addr, "the kernel may have joined it to a neighbour")
	require.Equal(t, addr+uint64(page), end)
	require.EqualValues(t, sys.PermRead, q.Perms())
	major, minor, inode, offset := q.File()
	require.Zero(t, [4]uint64{uint64(major), uint64(minor), inode, offset})

	code := uint64(**(**uintptr)(unsafe.Pointer(&[]func(){func() {}}[0])))
	require.NoError(t, q.Find(maps, code))
	require.EqualValues(t, sys.PermRead|sys.PermExec, q.Perms())
	exe, err := os.Executable()
	require.NoError(t, err)
	require.Equal(t, exe, string(q.Name()))
	st, err := sys.StatAt(sys.CWD, exe, true)
	require.NoError(t, err)
	_, _, inode, _ = q.File()
	require.Equal(t, st.Ino, inode)

	require.Equal(t, syscall.ENOENT, q.Find(maps, 0))
	require.Empty(t, q.Name(), "nothing is left of the one before")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if q.Find(maps, code) != nil {
			panic("it went")
		}
	}))
}

func TestAFileThatIsNoMapCannotBeAsked(t *testing.T) {
	require.Equal(t, syscall.ENOTTY, sys.NewMapQuery().Find(open(t, "/proc/self/stat", sys.ReadOnly), 1))
	require.Equal(t, syscall.EBADF, sys.NewMapQuery().Find(-1, 1))
}
