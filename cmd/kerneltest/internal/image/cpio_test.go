// SPDX-License-Identifier: Apache-2.0

//go:build linux

package image

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// entry is what a reader finds.
type entry struct {
	name         string
	mode         int
	nlink        int
	major, minor int
	inode        int
	data         string
}

// read takes an archive apart by the kernel's description of it
// (Documentation/driver-api/early-userspace/buffer-format.rst): a header of
// 110 characters, name and content each padded to four bytes.
func read(t *testing.T, archive []byte) []entry {
	t.Helper()
	var entries []entry
	for at := 0; ; {
		require.Zero(t, at%4)
		require.GreaterOrEqual(t, len(archive), at+110, "no trailer")
		head := string(archive[at : at+110])
		require.Equal(t, "070701", head[:6])
		var field [13]int
		for i := range field {
			n, err := strconv.ParseUint(head[6+8*i:14+8*i], 16, 32)
			require.NoError(t, err)
			field[i] = int(n)
		}
		size, nameSize := field[6], field[11]
		name := string(archive[at+110 : at+110+nameSize])
		require.Equal(t, "\x00", name[nameSize-1:])
		at = padded(at + 110 + nameSize)
		e := entry{
			name: name[:nameSize-1], mode: field[1], nlink: field[4], inode: field[0],
			major: field[9], minor: field[10], data: string(archive[at : at+size]),
		}
		at = padded(at + size)
		if e.name == "TRAILER!!!" {
			require.Len(t, archive, at, "something follows the trailer")
			return entries
		}
		entries = append(entries, e)
	}
}

func padded(n int) int { return (n + 3) &^ 3 }

// write makes an archive and reads it again, without the links and folders
// that every image begins with.
func write(t *testing.T, fill func(*Writer)) []entry {
	t.Helper()
	var buf bytes.Buffer
	img := New(&buf)
	fill(img)
	require.NoError(t, img.Close())
	require.Equal(t, int64(buf.Len()), img.Size())
	return read(t, buf.Bytes())[9:]
}

func names(entries []entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.name
	}
	return out
}

func TestImageBeginsWithAMergedUsr(t *testing.T) {
	var buf bytes.Buffer
	require.NoError(t, New(&buf).Close())
	entries := read(t, buf.Bytes())
	require.Equal(t, []string{"usr", "usr/bin", "bin", "usr/sbin", "sbin", "usr/lib", "lib", "usr/lib64", "lib64"}, names(entries))
	require.Equal(t, entry{name: "usr", mode: 0o40755, nlink: 1, inode: 1}, entries[0])
	require.Equal(t, entry{name: "bin", mode: 0o120777, nlink: 1, inode: 3, data: "usr/bin"}, entries[2])
}

func TestEachKindOfEntryIsReadBack(t *testing.T) {
	got := write(t, func(img *Writer) {
		img.Dir("/proc")
		img.Char("/dev/console", 5, 1)
		img.Bytes("/etc/hosts", []byte("127.0.0.1 localhost\n"), 0o644)
		img.Link("/etc/mtab", "/proc/mounts")
	})
	for i := range got {
		require.Positive(t, got[i].inode)
		got[i].inode, got[i].nlink = 0, 0
	}
	require.Equal(t, []entry{
		{name: "proc", mode: 0o40755},
		{name: "dev", mode: 0o40755},
		{name: "dev/console", mode: 0o20600, major: 5, minor: 1},
		{name: "etc", mode: 0o40755},
		{name: "etc/hosts", mode: 0o100644, data: "127.0.0.1 localhost\n"},
		{name: "etc/mtab", mode: 0o120777, data: "/proc/mounts"},
	}, got)
}

// The kernel links files of one inode number together.
func TestEveryEntryHasAnInodeOfItsOwn(t *testing.T) {
	seen := map[int]string{}
	for _, e := range write(t, func(img *Writer) {
		for i := range 20 {
			img.Bytes(fmt.Sprint("/f", i), []byte("x"), 0o644)
		}
	}) {
		require.Empty(t, seen[e.inode], e.name)
		seen[e.inode] = e.name
	}
}

func TestNamesAndContentsOfEveryLengthArePadded(t *testing.T) {
	var want []string
	got := write(t, func(img *Writer) {
		for n := 1; n <= 9; n++ {
			text := strings.Repeat("n", n)
			img.Bytes("/"+text, []byte(strings.Repeat("c", n-1)), 0o600)
			want = append(want, text)
		}
	})
	require.Equal(t, want, names(got))
	for i, e := range got {
		require.Equal(t, strings.Repeat("c", i), e.data)
	}
}

func TestPathsGoWhereTheMergedUsrHasThem(t *testing.T) {
	got := write(t, func(img *Writer) {
		img.Bytes("/bin/a", nil, 0o755)
		img.Bytes("/usr/bin/a", []byte("the second"), 0o755)
		img.Link("/sbin/b", "../bin/a")
		img.Link("/usr/sbin/b", "elsewhere")
		img.Bytes("lib/x86_64-linux-gnu/c.so", nil, 0o644)
		img.Dir("/lib64/d/")
		img.Bytes("/library/e", nil, 0o644)
		require.True(t, img.Has("/bin/a"))
		require.True(t, img.Has("/usr/sbin/b"))
		require.False(t, img.Has("/sbin/a"))
	})
	require.Equal(t, []string{"usr/bin/a", "usr/sbin/b", "usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/c.so", "usr/lib64/d", "library", "library/e"}, names(got))
	require.Empty(t, got[0].data)
	require.Equal(t, "../bin/a", got[1].data)
}

func TestParentsComeOnceAndBeforeWhatIsInThem(t *testing.T) {
	got := write(t, func(img *Writer) {
		img.Bytes("/a/b/c/one", nil, 0o644)
		img.Bytes("/a/b/two", nil, 0o644)
		img.Dir("/a/b")
		img.Dir("/a/../a/b/./d")
	})
	require.Equal(t, []string{"a", "a/b", "a/b/c", "a/b/c/one", "a/b/two", "a/b/d"}, names(got))
}

func TestFileKeepsItsPermissionsAndContent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"), 0o750))
	link := file + ".so.1"
	require.NoError(t, os.Symlink(file, link))
	got := write(t, func(img *Writer) {
		img.File("/f", file)
		img.File("/f", "/nonexistent")
		img.File("/g", link)
	})
	require.Equal(t, []string{"f", "g"}, names(got))
	require.Equal(t, 0o100750, got[0].mode)
	require.Equal(t, "#!/bin/sh\n", got[0].data)
	require.Equal(t, "#!/bin/sh\n", got[1].data, "what a link leads to, under the link's name")
}

func TestFirstErrorIsKept(t *testing.T) {
	for name, fill := range map[string]func(*Writer){
		"no such file":    func(img *Writer) { img.File("/f", "/nonexistent") },
		"no regular file": func(img *Writer) { img.File("/f", t.TempDir()) },
		"changed": func(img *Writer) {
			img.entry("f", typeFile|0o644, 5, 0, 0, strings.NewReader("four"))
		},
		"too large": func(img *Writer) { img.entry("f", typeFile, 1<<32, 0, 0, strings.NewReader("")) },
	} {
		img := New(io.Discard)
		fill(img)
		img.Dir("/later")
		img.File("/g", "/also nonexistent")
		require.ErrorContains(t, img.Close(), name)
	}
}

func TestFileThatGrowsIsCutWhereItEnded(t *testing.T) {
	got := write(t, func(img *Writer) {
		img.entry("f", typeFile|0o644, 4, 0, 0, strings.NewReader("four and more"))
		img.Bytes("/g", []byte("intact"), 0o644)
	})
	require.Equal(t, "four", got[0].data)
	require.Equal(t, "intact", got[1].data)
}

type brokenDisk struct{ left int }

var errFull = errors.New("disk full")

func (d *brokenDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestDiskThatFillsUpIsTold(t *testing.T) {
	for _, room := range []int{0, 3 << 20} {
		img := New(&brokenDisk{room})
		img.Bytes("/large", make([]byte, 4<<20), 0o644)
		require.ErrorIs(t, img.Close(), errFull)
	}
}

// Another reader than ours, where the machine has one.
func TestCpioAndBsdtarReadIt(t *testing.T) {
	dir := t.TempDir()
	var buf bytes.Buffer
	img := New(&buf)
	img.Bytes("/etc/odd", []byte("12345"), 0o640)
	img.Link("/etc/link", "odd")
	img.Dir("/proc")
	require.NoError(t, img.Close())
	for _, reader := range [][]string{{"cpio", "-idm", "--quiet"}, {"bsdtar", "-xf", "-"}, {"busybox", "cpio", "-idm"}} {
		if _, err := exec.LookPath(reader[0]); err != nil {
			continue
		}
		into := filepath.Join(dir, reader[0])
		require.NoError(t, os.Mkdir(into, 0o755))
		cmd := exec.Command(reader[0], reader[1:]...)
		cmd.Dir, cmd.Stdin = into, bytes.NewReader(buf.Bytes())
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		text, err := os.ReadFile(filepath.Join(into, "etc/link"))
		require.NoError(t, err)
		require.Equal(t, "12345", string(text))
		info, err := os.Stat(filepath.Join(into, "etc/odd"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o640), info.Mode())
		target, err := os.Readlink(filepath.Join(into, "lib64"))
		require.NoError(t, err)
		require.Equal(t, "usr/lib64", target)
		return
	}
	t.Skip("no cpio, bsdtar or busybox here: install one of them")
}
