// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/procfs"
)

func folder(t *testing.T, files map[string]string) *procfs.FS {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	f, err := procfs.OpenAt(root, nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func text(b []byte) (string, error) { return string(b), nil }

func TestRecordsAreTheLinesOfAnyLength(t *testing.T) {
	long := strings.Repeat("x", 8<<10-1) // with its newline just the first buffer
	for name, want := range map[string][]string{
		"none":          nil,
		"empty lines":   {"", "", "a"},
		"one buffer":    {long, "b"},
		"more than one": {"a", strings.Repeat("y", 100<<10), "b", strings.Repeat("z", 20<<10)},
		"many":          strings.Split(strings.Repeat("record of some length\n", 5000), "\n")[:5000],
	} {
		t.Run(name, func(t *testing.T) {
			whole := strings.Join(want, "\n")
			for _, end := range []string{"\n", ""} {
				if want == nil {
					end = ""
				}
				var got []string
				for rec, err := range procfs.Records(folder(t, map[string]string{"f": whole + end}).Entry("f"), text) {
					require.NoError(t, err)
					got = append(got, rec)
				}
				require.Equal(t, want, got)
			}
		})
	}
}

func TestARecordThatCannotBeParsedDoesNotEndTheLoop(t *testing.T) {
	f := folder(t, map[string]string{"f": "1\ntwo\n3\n"})
	mistake := errors.New("my own error")
	var got []string
	for rec, err := range procfs.Records(f.Entry("f"), func(b []byte) (string, error) {
		if len(b) > 1 {
			return "", mistake
		}
		return string(b), nil
	}) {
		if err != nil {
			require.ErrorIs(t, err, mistake)
			require.Contains(t, err.Error(), `"two"`)
			rec = "error"
		}
		got = append(got, rec)
	}
	require.Equal(t, []string{"1", "error", "3"}, got)
}

func TestRecordsSayWhatIsWrongWithTheFile(t *testing.T) {
	f := folder(t, map[string]string{"dir/f": ""})
	for path, want := range map[string]error{"none": fs.ErrNotExist, "../x": fs.ErrInvalid, "": fs.ErrInvalid, "a\x00b": fs.ErrInvalid} {
		n := 0
		for _, err := range procfs.Records(f.Entry(path), text) {
			require.ErrorIs(t, err, want, path)
			require.ErrorAs(t, err, new(*kernlink.Error))
			n++
		}
		require.Equal(t, 1, n)
	}
	for _, err := range procfs.Records(f.Entry("dir"), text) {
		require.Error(t, err)
	}
}

// The entry is that of the folder that was opened, whatever stands at its path.
func TestRecordsComeFromTheFolderAndNotFromItsPath(t *testing.T) {
	f := folder(t, map[string]string{"f": "mine\n"})
	entry := f.Entry("f")
	require.NoError(t, os.Rename(f.Path(), f.Path()+".moved"))
	require.NoError(t, os.Mkdir(f.Path(), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(f.Path(), "f"), []byte("another's\n"), 0o644))
	for line, err := range procfs.Records(entry, text) {
		require.NoError(t, err)
		require.Equal(t, "mine", line)
	}
	require.NoError(t, f.Close())
	for _, err := range procfs.Records(entry, text) {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
}

func TestSeqFilesOfTheKernelComeWhole(t *testing.T) {
	const path = "/proc/kallsyms"
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	if len(whole) == 0 {
		t.Skip("a kernel without symbols")
	}
	n := 0
	for line, err := range procfs.Records(open(t).Entry("kallsyms"), text) {
		require.NoError(t, err)
		require.Greater(t, len(strings.Fields(line)), 2)
		n++
	}
	require.InDelta(t, bytes.Count(whole, []byte("\n")), n, 100, "programs of others come and go")
}

func TestAnEntryIsReadAndWrittenByItsType(t *testing.T) {
	f := folder(t, map[string]string{"uptime": "12 34\n", "my/value": "7\n"})
	up, err := attr.Get[[2]int](f.Entry("uptime"))
	require.NoError(t, err)
	require.Equal(t, [2]int{12, 34}, up)
	require.NoError(t, attr.Set(f.Entry("my/value"), 8))
	n, err := attr.Get[int](f.Entry("my/value"))
	require.NoError(t, err)
	require.Equal(t, 8, n)
	require.Equal(t, filepath.Join(f.Path(), "my/value"), f.Entry("my/value").Path())
	_, err = attr.Get[int](f.Entry("../secret"))
	require.ErrorIs(t, err, fs.ErrInvalid)
}

func TestRecordsDoNotAllocateEach(t *testing.T) {
	allocs := func(n int) float64 {
		f := folder(t, map[string]string{"f": strings.Repeat("12\n", n)})
		entry := f.Entry("f")
		return testing.AllocsPerRun(20, func() {
			for v, err := range procfs.Records(entry, func(b []byte) (int, error) { return len(b), nil }) {
				if v != 2 || err != nil {
					panic(fmt.Sprint(v, err))
				}
			}
		})
	}
	require.Equal(t, allocs(1), allocs(10000))
}
