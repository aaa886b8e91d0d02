// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestSplitTakesACaptureApart(t *testing.T) {
	const first, second, third = "6,1,2,-;a\n SUBSYSTEM=pci\n DEVICE=n1\n", "6,2,3,-;b\n", "6,3,4,-;cut"
	tests := []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"one", second, []string{second}},
		{"one with a dictionary", first, []string{first}},
		{"many", first + second + first + third, []string{first, second, first, third}},
		{"an empty line", "\n" + second, []string{"\n", second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sc := bufio.NewScanner(iotest.OneByteReader(strings.NewReader(tt.in)))
			sc.Split(Split)
			var got []string
			for sc.Scan() {
				got = append(got, sc.Text())
			}
			require.NoError(t, sc.Err())
			require.Equal(t, tt.want, got)
		})
	}
}

// The capture holds lines of a real boot, picked and numbered anew.
func TestCaptureParsesWhole(t *testing.T) {
	f, err := os.Open("testdata/boot.kmsg")
	require.NoError(t, err)
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Split(Split)
	var rec Record
	var n, devices uint64
	for sc.Scan() {
		require.NoError(t, Parse(sc.Bytes(), &rec))
		require.Equal(t, n, rec.Sequence)
		n++
		if len(rec.Device()) > 0 {
			devices++
			require.NotEmpty(t, rec.Subsystem())
		}
	}
	require.NoError(t, sc.Err())
	require.EqualValues(t, 24, n)
	require.EqualValues(t, 7, devices)
}
