// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

const common = `format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

`

const schedSwitch = "name: sched_switch\nID: 314\n" + common + `	field:char prev_comm[16];	offset:8;	size:16;	signed:0;
	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
	field:int prev_prio;	offset:28;	size:4;	signed:1;
	field:long prev_state;	offset:32;	size:8;	signed:1;
	field:char next_comm[16];	offset:40;	size:16;	signed:0;
	field:pid_t next_pid;	offset:56;	size:4;	signed:1;
	field:int next_prio;	offset:60;	size:4;	signed:1;

print fmt: "prev_comm=%s", REC->prev_comm
`

const odd = "name: odd\nID: 7\n" + common + `	field:__data_loc char[] path;	offset:8;	size:4;	signed:1;
	field:__rel_loc u8[] data;	offset:12;	size:4;	signed:0;
	field:u8 byte;	offset:16;	size:1;	signed:0;
	field:s8 sbyte;	offset:17;	size:1;	signed:1;
	field:u16 word;	offset:18;	size:2;	signed:0;
	field:unsigned long args[6];	offset:20;	size:48;	signed:0;
	field:const char * ptr;	offset:68;	size:8;	signed:0;
	field:char buf[];	offset:76;	size:0;	signed:1;

print fmt: "x"
`

func TestAFormatHasTheKernelsFields(t *testing.T) {
	f, err := tracefs.ParseFormat([]byte(schedSwitch))
	require.NoError(t, err)
	require.Equal(t, "sched_switch", f.Name)
	require.Equal(t, 314, f.ID)
	require.Len(t, f.Common, 4)
	require.Len(t, f.Fields, 7)
	require.Equal(t, tracefs.Field{Name: "common_type", Type: "unsigned short", Size: 2}, f.Common[0])
	require.Equal(t, tracefs.Field{Name: "prev_comm", Type: "char", Array: "16", Offset: 8, Size: 16}, f.Fields[0])
	require.Equal(t, tracefs.Field{Name: "prev_state", Type: "long", Offset: 32, Size: 8, Signed: true}, f.Fields[3])
	require.Equal(t, `"prev_comm=%s", REC->prev_comm`, f.Print)
	_, ok := f.Field("no_such")
	require.False(t, ok)

	f, err = tracefs.ParseFormat([]byte(odd))
	require.NoError(t, err)
	for name, want := range map[string]string{"path": "__data_loc char[]|", "args": "unsigned long|6", "ptr": "const char *|", "buf": "char|0"} {
		field, ok := f.Field(name)
		require.True(t, ok, name)
		require.Equal(t, want, field.Type+"|"+field.Array, name)
	}
}

func TestWhatIsNoFormatIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "name: x\n", common, strings.Replace(schedSwitch, "314", "x", 1),
		strings.Replace(schedSwitch, "size:16", "size:-1", 1), strings.Replace(schedSwitch, "offset:8;", "", 1),
		strings.Replace(schedSwitch, "char prev_comm[16]", "prev_comm", 1), strings.Replace(schedSwitch, "prev_comm[16]", "prev_comm[16", 1),
	} {
		_, err := tracefs.ParseFormat([]byte(text))
		require.ErrorIs(t, err, tracefs.ErrMalformed, "%q", text)
	}
}

func TestFieldsAreFoundInARecord(t *testing.T) {
	f, err := tracefs.ParseFormat([]byte(odd))
	require.NoError(t, err)
	data := make([]byte, 76, 120)
	binary.NativeEndian.PutUint32(data[4:], ^uint32(0)) // common_pid -1
	binary.NativeEndian.PutUint32(data[8:], 5<<16|84)   // path: 5 bytes at 84
	binary.NativeEndian.PutUint32(data[12:], 3<<16|73)  // data: 3 bytes at 16+73
	data[16], data[17] = 0xff, 0xff
	binary.NativeEndian.PutUint16(data[18:], 0xfffe)
	binary.NativeEndian.PutUint64(data[68:], 1<<63)
	data = append(data, "to the\x00./sh\x00\x01\x02\x03"...)
	data = append(data[:84], "/sh2\x00\x01\x02\x03 end"...)

	require.EqualValues(t, -1, field(f, "common_pid").Int(data))
	require.Equal(t, uint64(0xffffffff), field(f, "common_pid").Uint(data))
	require.Equal(t, "/sh2", string(field(f, "path").Text(data)))
	require.Equal(t, []byte{1, 2, 3}, field(f, "data").Bytes(data))
	require.EqualValues(t, 255, field(f, "byte").Int(data))
	require.EqualValues(t, -1, field(f, "sbyte").Int(data))
	require.EqualValues(t, 0xfffe, field(f, "word").Int(data))
	require.Equal(t, uint64(1<<63), field(f, "ptr").Uint(data))
	require.EqualValues(t, 0, field(f, "args").Uint(data), "48 bytes are no number")
	require.Len(t, field(f, "args").Bytes(data), 48)
	require.Equal(t, "to the", string(field(f, "buf").Text(data)))

	for _, short := range [][]byte{nil, data[:9], data[:17], data[:80]} {
		for _, field := range append(f.Fields, tracefs.Field{}) {
			field.Uint(short)
			field.Int(short)
			require.LessOrEqual(t, len(field.Text(short)), len(short))
		}
	}
	require.Zero(t, field(f, "no_such").Uint(data))
	require.Empty(t, field(f, "no_such").Text(data))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		pid, path := field(f, "common_pid"), field(f, "path")
		if pid.Int(data) != -1 || len(path.Text(data)) != 4 {
			t.Error("another value")
		}
	}))
}

func FuzzParseFormat(f *testing.F) {
	f.Add([]byte(schedSwitch), []byte(strings.Repeat("x", 100)))
	f.Add([]byte(odd), []byte(strings.Repeat("\x05\x00", 60)))
	f.Fuzz(func(t *testing.T, text, data []byte) {
		format, err := tracefs.ParseFormat(text)
		if err != nil {
			return
		}
		for _, field := range append(format.Common, format.Fields...) {
			require.NotEmpty(t, field.Name)
			require.LessOrEqual(t, len(field.Bytes(data)), len(data))
			field.Int(data)
		}
	})
}
