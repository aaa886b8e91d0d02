// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMergeProfiles(t *testing.T) {
	const maxInt = math.MaxInt
	for _, c := range []struct {
		name string
		in   []string
		want string
		err  string
	}{
		{name: "nothing", in: []string{"", ""}},
		{name: "set is or", in: []string{
			"mode: set\nx/b.go:1.2,3.4 2 0\nx/a.go:10.1,11.2 1 1\n", "", "mode: set\nx/b.go:1.2,3.4 2 1\nx/a.go:9.1,10.1 1 0\nx/a.go:10.1,11.2 1 1\n",
		}, want: "mode: set\nx/a.go:9.1,10.1 1 0\nx/a.go:10.1,11.2 1 1\nx/b.go:1.2,3.4 2 1\n"},
		{name: "atomic is sum", in: []string{"mode: atomic\na.go:1.2,3.4 2 5\n", "mode: atomic\na.go:1.2,3.4 2 7"}, want: "mode: atomic\na.go:1.2,3.4 2 12\n"},
		{name: "count does not overflow", in: []string{
			"mode: count\na.go:1.2,3.4 2 " + strconv.Itoa(maxInt), "mode: count\na.go:1.2,3.4 2 7",
		}, want: "mode: count\na.go:1.2,3.4 2 " + strconv.Itoa(maxInt) + "\n"},
		{name: "only a mode", in: []string{"mode: set\n"}, want: "mode: set\n"},
		{name: "colon in the name", in: []string{"mode: set\nC:/a b.go:1.2,3.4 2 0\n"}, want: "mode: set\nC:/a b.go:1.2,3.4 2 0\n"},
		{name: "modes differ", in: []string{"mode: set\n", "mode: count\n"}, err: "bad coverage profile 2: its mode is count, that of those before set"},
		{name: "no mode", in: []string{"a.go:1.2,3.4 2 0\n"}, err: "line 1"},
		{name: "broken off", in: []string{"mode: set\na.go:1.2,3.4 2 0\na.go:5.2,"}, err: "line 3"},
		{name: "other sources", in: []string{"mode: set\na.go:1.2,3.4 2 0\n", "mode: set\na.go:1.2,3.4 3 0\n"}, err: "other sources"},
		{name: "no number", in: []string{"mode: set\na.go:1.2,3.4 2 -1\n"}, err: "no count"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var in [][]byte
			for _, p := range c.in {
				in = append(in, []byte(p))
			}
			var out bytes.Buffer
			err := MergeProfiles(&out, in...)
			if c.err != "" {
				require.ErrorIs(t, err, ErrProfile)
				require.ErrorContains(t, err, c.err)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, c.want, out.String())
		})
	}
}

func TestGoToolCoverReadsWhatWasMerged(t *testing.T) {
	needGo(t)
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("go.mod", "module example.org/c\n\ngo 1.26\n")
	write("c.go", "package c\n\nfunc A() int {\n\treturn 1\n}\n\nfunc B() int {\n\treturn 2\n}\n")
	var out bytes.Buffer
	require.NoError(t, MergeProfiles(&out,
		[]byte("mode: set\nexample.org/c/c.go:3.14,5.2 1 1\nexample.org/c/c.go:7.14,9.2 1 0\n"),
		[]byte("mode: set\nexample.org/c/c.go:7.14,9.2 1 1\nexample.org/c/c.go:3.14,5.2 1 0\n")))
	write("cover.out", out.String())
	cmd := exec.Command("go", "tool", "cover", "-func=cover.out")
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	require.Contains(t, strings.Join(strings.Fields(string(text)), " "), "total: (statements) 100.0%")
}

func FuzzMergeProfiles(f *testing.F) {
	f.Add([]byte("mode: set\na.go:1.2,3.4 2 0\na.go:1.2,3.4 2 1\n"))
	f.Add([]byte("mode: atomic\nx/y/z.go:10.20,30.40 5 6000\n"))
	f.Fuzz(func(t *testing.T, profile []byte) {
		var once, twice bytes.Buffer
		if MergeProfiles(&once, profile) != nil {
			return
		}
		require.NoError(t, MergeProfiles(&twice, once.Bytes()))
		require.Equal(t, once.String(), twice.String())
	})
}
