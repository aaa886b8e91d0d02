// SPDX-License-Identifier: Apache-2.0

package modinfo

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseYieldsEntriesAsTheyStand(t *testing.T) {
	for name, c := range map[string]struct {
		section string
		want    [][2]string
	}{
		"empty":           {"", nil},
		"only padding":    {"\x00\x00\x00", nil},
		"plain":           {"a=1\x00b=2\x00", [][2]string{{"a", "1"}, {"b", "2"}}},
		"padding between": {"a=1\x00\x00\x00b=2\x00", [][2]string{{"a", "1"}, {"b", "2"}}},
		"no last NUL":     {"a=1\x00b=2", [][2]string{{"a", "1"}, {"b", "2"}}},
		"empty value":     {"depends=\x00", [][2]string{{"depends", ""}}},
		"second equals":   {"parm=x:a=b\x00", [][2]string{{"parm", "x:a=b"}}},
		"no equals":       {"orphan\x00", [][2]string{{"orphan", "<nil>"}}},
		"built in":        {"amd.license=GPL\x00", [][2]string{{"amd.license", "GPL"}}},
		"twice":           {"alias=a\x00alias=b\x00", [][2]string{{"alias", "a"}, {"alias", "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got [][2]string
			for k, v := range Parse([]byte(c.section)) {
				text := string(v)
				if v == nil {
					text = "<nil>"
				}
				got = append(got, [2]string{string(k), text})
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestParseStopsWhenTheLoopDoes(t *testing.T) {
	n := 0
	for range Parse([]byte("a=1\x00b=2\x00")) {
		n++
		break
	}
	require.Equal(t, 1, n)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("orphan\x00=x\x00\x00a=b"))
	f.Fuzz(func(t *testing.T, section []byte) {
		var joined []byte
		for k, v := range Parse(section) {
			joined = append(joined, k...)
			if v != nil {
				joined = append(append(joined, '='), v...)
			}
		}
		require.Equal(t, string(bytes.ReplaceAll(section, []byte{0}, nil)), string(joined), "nothing is lost")
	})
}

func FuzzRead(f *testing.F) {
	real, err := os.ReadFile("testdata/echo.elf")
	require.NoError(f, err)
	f.Add(real)
	for _, wide := range []bool{true, false} {
		f.Add(modinfoImage(binary.LittleEndian, wide, sample).bytes())
		f.Add(modinfoImage(binary.BigEndian, wide, sample).bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var r Reader
		info, err := r.Read(bytes.NewReader(file))
		if err == nil {
			require.LessOrEqual(t, len(info.Section), len(file))
			for range info.All() {
			}
		}
		require.LessOrEqual(t, cap(r.Buf), 4*step+4*len(file))
		_, _ = r.ParamNames(bytes.NewReader(file))
	})
}
