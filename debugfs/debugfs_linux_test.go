// SPDX-License-Identifier: Apache-2.0

package debugfs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
)

// fixture is an ordinary folder, with these files and links ("-> target").
func fixture(t testing.TB, files map[string]string) *debugfs.FS {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, link := strings.CutPrefix(text, "-> "); link {
			require.NoError(t, os.Symlink(target, path))
		} else {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		}
	}
	f, err := debugfs.OpenAt(root, nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func TestAFolderOfOnesOwnIsRead(t *testing.T) {
	f := fixture(t, map[string]string{"a/x": "0x10\n", "a/b/y": "Y\n", "u32s": "1 2 3\n"})
	x, err := attr.With(f.File("a/x"), attr.Hex[uint32]()).Get()
	require.NoError(t, err)
	require.EqualValues(t, 16, x)
	d, err := f.Dir("a/b")
	require.NoError(t, err)
	defer d.Close()
	y, err := attr.Get[bool](d.File("y"))
	require.NoError(t, err)
	require.True(t, y)
	names, err := f.List("a")
	require.NoError(t, err)
	require.Equal(t, []attr.Entry{{Name: "b", Kind: attr.FolderKind}, {Name: "x", Kind: attr.FileKind}}, names)
	names, err = f.List(".")
	require.NoError(t, err)
	require.Len(t, names, 2)
	_, err = f.List("a/x")
	require.ErrorIs(t, err, syscall.ENOTDIR)
}

func TestAWalkGoesThroughFoldersByName(t *testing.T) {
	f := fixture(t, map[string]string{
		"b/2": "", "b/1/x": "", "a": "", "loop": "-> .", "b/up": "-> ..", "c/-": "", "dangling": "-> none",
	})
	all := func(path string, most int) (got []string) {
		for e, err := range f.Walk(path) {
			require.NoError(t, err)
			require.Equal(t, strings.HasSuffix(e.Path, "loop") || strings.HasSuffix(e.Path, "up") || e.Path == "dangling", e.Kind == attr.LinkKind)
			if got = append(got, e.Path); len(got) == most {
				break
			}
		}
		return got
	}
	want := []string{"a", "b", "b/1", "b/1/x", "b/2", "b/up", "c", "c/-", "dangling", "loop"}
	require.Equal(t, want, all(".", 0))
	require.Equal(t, want[2:6], all("b", 0))
	for n := 1; n < len(want); n++ {
		require.Equal(t, want[:n], all(".", n), "who breaks gets no more")
	}
}

func TestAWalkOfNothingSaysWhy(t *testing.T) {
	f := fixture(t, map[string]string{"file": ""})
	for path, want := range map[string]error{"none": fs.ErrNotExist, "file": syscall.ENOTDIR, "../x": fs.ErrInvalid, "": fs.ErrInvalid} {
		n := 0
		for e, err := range f.Walk(path) {
			require.ErrorIs(t, err, want, path)
			require.Equal(t, path, e.Path)
			n++
		}
		require.Equal(t, 1, n, path)
	}
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	for _, err := range f.Walk(".") {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	_, err := f.Dir("file")
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = f.File("file").Read()
	require.ErrorIs(t, err, fs.ErrClosed)
}

func TestRegistersAreReadAsTheKernelPrintsThem(t *testing.T) {
	for line, want := range map[string]debugfs.Register{
		"CTRL = 0x00000001":       {Name: debugfs.Text("CTRL"), Value: 1},
		"IRQ MASK = 0xdeadbeef\n": {Name: debugfs.Text("IRQ MASK"), Value: 0xdeadbeef},
		"a = 0x1 = 0xffffffff":    {Name: debugfs.Text("a = 0x1"), Value: 1<<32 - 1},
		" = 0x00000000":           {Name: debugfs.Text("")},
	} {
		r, err := debugfs.ParseRegister([]byte(line))
		require.NoError(t, err, line)
		require.Equal(t, want, r, line)
	}
	for _, line := range []string{"", "CTRL", "CTRL = 1", "CTRL = 0x1", "CTRL = 0x000000001", "CTRL = 0xDEADBEEF", "CTRL = 0x0000000g", "= 0x00000000", "CTRL=0x00000000"} {
		_, err := debugfs.ParseRegister([]byte(line))
		require.ErrorIs(t, err, debugfs.ErrMalformed, line)
		require.ErrorAs(t, err, new(*kernlink.Error))
	}
	f := fixture(t, map[string]string{"regs": "A = 0x00000001\nnonsense\nB = 0x00000002"})
	var got []uint32
	for r, err := range debugfs.Registers(f.File("regs")) {
		if err != nil {
			require.ErrorIs(t, err, debugfs.ErrMalformed)
			require.Contains(t, err.Error(), f.Path()+"/regs")
		}
		got = append(got, r.Value)
	}
	require.Equal(t, []uint32{1, 0, 2}, got)
}

func TestRegistersDoNotAllocateEach(t *testing.T) {
	allocs := func(n int) float64 {
		file := fixture(t, map[string]string{"regs": strings.Repeat("A REGISTER = 0x00000001\n", n)}).File("regs")
		return testing.AllocsPerRun(20, func() {
			for r, err := range debugfs.Registers(file) {
				if r.Value != 1 || err != nil {
					panic(err)
				}
			}
		})
	}
	require.Equal(t, allocs(1), allocs(10000))
}

func FuzzParseRegister(f *testing.F) {
	f.Add([]byte("CTRL = 0x00000001\n"))
	f.Add([]byte("IRQ MASK = 0xdeadbeef"))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := debugfs.ParseRegister(line)
		if err != nil {
			return
		}
		require.Equal(t, strings.TrimSuffix(string(line), "\n"), r.String())
	})
}
