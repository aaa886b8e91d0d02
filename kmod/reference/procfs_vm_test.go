// SPDX-License-Identifier: Apache-2.0

//go:build linux

package reference_test

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kerneltest"
)

const (
	myFile  = "/proc/my_test/my_file"
	records = "/proc/my_test/records"
)

func TestProcfsTextIsWhatTheLastWriteWas(t *testing.T) {
	m := kerneltest.Load(t, "procfs", nil)
	require.Equal(t, "initial content\n", cat(t, myFile))
	echo(t, "12345", myFile)
	require.Equal(t, "12345\n", cat(t, myFile))
	require.Equal(t, []string{"#: my_file: 6 bytes"}, said(kerneltest.Log(t)))
	require.Empty(t, said(m.Log()))

	for _, text := range []string{"no newline", "", "nul\x00inside", strings.Repeat("a", 65536)} {
		require.NoError(t, put(myFile, text))
		require.Equal(t, text, cat(t, myFile))
	}
	require.ErrorIs(t, put(myFile, strings.Repeat("b", 65537)), syscall.EFBIG)
	require.Equal(t, strings.Repeat("a", 65536), cat(t, myFile))
}

func TestProcfsTextIsOneWriteWhereverItGoes(t *testing.T) {
	kerneltest.Load(t, "procfs", nil)
	f, err := os.OpenFile(myFile, os.O_RDWR, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteString("first")
	require.NoError(t, err)
	_, err = f.Seek(3, io.SeekStart)
	require.NoError(t, err)
	_, err = f.WriteString("second")
	require.NoError(t, err)
	require.Equal(t, "second", cat(t, myFile))
	_, err = f.WriteAt([]byte("third"), 3)
	require.ErrorIs(t, err, syscall.ESPIPE) // of every seq_file
}

func TestProcfsTextOfAPassIsOfOneMoment(t *testing.T) {
	kerneltest.Load(t, "procfs", nil)
	f, err := os.Open(myFile)
	require.NoError(t, err)
	defer f.Close()
	begin := make([]byte, 7)
	_, err = io.ReadFull(f, begin)
	require.NoError(t, err)
	echo(t, "12345", myFile)
	rest, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "initial content\n", string(begin)+string(rest))

	_, err = f.Seek(0, io.SeekStart)
	require.NoError(t, err)
	again, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "12345\n", string(again))
}

// squares is the file records with these numbers.
func squares(ids ...int) string {
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, "%d %d\n", id, id*id)
	}
	return b.String()
}

func upTo(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

func TestProcfsRecordsSpanManyBuffers(t *testing.T) {
	kerneltest.Load(t, "procfs", nil)
	want := squares(upTo(1000)...)
	require.Greater(t, len(want), 2*4096)
	require.Equal(t, want, cat(t, records))

	f, err := os.Open(records)
	require.NoError(t, err)
	defer f.Close()
	n, err := f.Read(make([]byte, len(want)))
	require.NoError(t, err)
	require.LessOrEqual(t, n, 4096)
}

func TestProcfsRecordsComeAndGo(t *testing.T) {
	kerneltest.Load(t, "procfs", map[string]any{"records": 3})
	echo(t, "add 2", records)
	echo(t, "del 2", records)
	require.NoError(t, put(records, "add 1")) // without a newline
	require.Equal(t, squares(1, 3, 4, 5, 6), cat(t, records))
	echo(t, "add 0", records)

	for text, want := range map[string]error{
		"del 2":                           fs.ErrNotExist,
		"del 0":                           fs.ErrNotExist,
		"add 100000":                      syscall.ENOSPC,
		"add 99999999999":                 syscall.ERANGE,
		"add":                             syscall.EINVAL,
		"add ":                            syscall.EINVAL,
		"add x":                           syscall.EINVAL,
		"add -1":                          syscall.EINVAL,
		"mul 2":                           syscall.EINVAL,
		"":                                syscall.EINVAL,
		"add 1" + strings.Repeat(" ", 99): syscall.EINVAL,
	} {
		require.ErrorIs(t, put(records, text), want, "%q", text)
	}
	require.Equal(t, squares(1, 3, 4, 5, 6), cat(t, records))
}

func TestProcfsHasNoRecordsWhenToldSo(t *testing.T) {
	kerneltest.Load(t, "procfs", "records=0")
	require.Empty(t, cat(t, records))
}

// What the documentation warns of, here and in most files of the kernel.
func TestProcfsHidesARecordWhenAnEarlierOneGoesMeanwhile(t *testing.T) {
	kerneltest.Load(t, "procfs", nil)
	f, err := os.Open(records)
	require.NoError(t, err)
	defer f.Close()
	begin := make([]byte, 4096)
	n, err := f.Read(begin)
	require.NoError(t, err)
	echo(t, "del 1", records)
	echo(t, "add 1", records)
	rest, err := io.ReadAll(f)
	require.NoError(t, err)

	passed := strings.Count(string(begin[:n]), "\n")
	ids := upTo(1001)
	require.Equal(t, squares(append(ids[:passed:passed], ids[passed+1:]...)...), string(begin[:n])+string(rest))
}

func TestProcfsUnloadsUnderAnOpenFile(t *testing.T) {
	m := kerneltest.Load(t, "procfs", nil)
	f, err := os.Open(records)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, m.Remove(t.Context()))
	_, err = f.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.EIO)
	_, err = os.Stat("/proc/my_test")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestProcfsUnloadsInAStorm(t *testing.T) {
	storm(t, "procfs", nil, 15,
		func(i int) error { return put(myFile, strings.Repeat("x", i%65537)) },
		func(int) error { return read(myFile) },
		func(int) error { return read(records) },
		func(i int) error { return put(records, fmt.Sprint("add ", i%3)) },
		func(i int) error { return put(records, fmt.Sprint("del ", i%1000)) },
	)
}
