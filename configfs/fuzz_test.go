// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
)

// What is read is written the same and read the same again.
func FuzzItemJSON(f *testing.F) {
	for _, seed := range []string{
		`{"path":"nullb/disk0","set":[{"name":"size","value":64},{"name":"memory_backed","value":true}],"activate":[{"name":"power","value":"1"}]}`,
		`{"path":"configfs_ex/a","absent":true,"deactivate":[{"name":"UDC","value":""}]}`,
		`{"path":"a","items":[{"path":"b","links":[{"name":"l","target":"a"},{"name":"none"}]}],"set":[{"name":"blob","bytes":"AP8="}]}`,
		`{"path":"a","set":[{"name":"x","value":1e400}]}`,
		`{"path":"a","set":[{"name":"x","value":null,"bytes":null}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var first, second Item
		if json.Unmarshal(text, &first) != nil {
			return
		}
		written, err := json.Marshal(first)
		if err != nil { // a text that is longer than an attribute takes
			require.ErrorContains(t, err, "the kernel takes")
			return
		}
		require.NoError(t, json.Unmarshal(written, &second))
		again, err := json.Marshal(second)
		require.NoError(t, err)
		require.Equal(t, string(written), string(again))
	})
}

// A value is what it is printed as itself, and so is what would be written to
// have the attribute print it again.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{"64\n", "0x40\n", "-1\n", "Y\n", "a [b] c\n", "[none]\n", "\n", "", " two words \n", "[a] [b]\n", "18446744073709551615\n"} {
		f.Add(seed, int64(64), uint64(1<<63))
	}
	file := attr.At("/x", attr.Configfs)
	f.Fuzz(func(t *testing.T, printed string, signed int64, unsigned uint64) {
		for _, v := range []any{signed, unsigned, signed > 0, printed, []byte(printed)} {
			text, err := attr.Text(file, v)
			if err != nil {
				return // too long
			}
			value, err := valueOf(file, v)
			require.NoError(t, err)
			require.True(t, value.is(string(text)), "%#v", v)
			value.is(printed)
		}
		if len(printed) > 0 && !bytes.ContainsAny([]byte(printed), "[]") {
			require.True(t, value{text: written(printed)}.is(printed))
		}
		_ = Step{Op: Set, Value: printed, Old: printed}.String()
	})
}
