// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const deviceRecord = "6,283,413532,-;virtio_blk virtio1: 1/0/0 queues\n SUBSYSTEM=virtio\n DEVICE=+virtio:virtio1\n"

func parsed(t *testing.T, s string) (Record, []byte) {
	t.Helper()
	b := []byte(s)
	var rec Record
	require.NoError(t, Parse(b, &rec))
	return rec, b
}

func TestCloneOutlivesTheMemoryItCameFrom(t *testing.T) {
	rec, b := parsed(t, deviceRecord)
	kept := rec.Clone()
	clear(b)
	require.NotEqual(t, rec.Text, kept.Text)
	require.Equal(t, "virtio_blk virtio1: 1/0/0 queues", kept.Text.String())
	require.Equal(t, "+virtio:virtio1", kept.Device().String())
	require.EqualValues(t, 283, kept.Sequence)

	_ = append(kept.Text, "over the edge"...)
	require.Equal(t, "virtio", kept.Subsystem().String(), "appending to the text overwrote the dictionary")
}

func TestCloneAllocatesOnce(t *testing.T) {
	rec, _ := parsed(t, deviceRecord)
	var kept Record
	require.EqualValues(t, 1, testing.AllocsPerRun(100, func() { kept = rec.Clone() }))
	require.Equal(t, rec.Text, kept.Text)
}

func TestRecordPrintsAsDmesgDoes(t *testing.T) {
	rec := Record{Time: 5140900 * time.Microsecond, Text: Text("NET: up")}
	require.Equal(t, "[    5.140900] NET: up", fmt.Sprint(rec))
	require.Equal(t, "[    5.140900] NET: up", fmt.Sprint(&rec))
	rec.Time = 1234567*time.Second + 8*time.Microsecond
	require.Equal(t, "[1234567.000008] NET: up", rec.String())
	require.Equal(t, `"NET: up"`, fmt.Sprintf("%q", rec.Text))
}

func TestValueFindsWholeKeysOnly(t *testing.T) {
	rec, _ := parsed(t, "6,1,2,-;x\n DEVICE_NAME=a\n DEVICE=n2\n E=\\x41\n")
	require.Equal(t, "n2", rec.Device().String())
	require.Equal(t, "a", rec.Value("DEVICE_NAME").String())
	require.Equal(t, "A", rec.Value("E").String())
	require.Equal(t, "A", rec.Value("E").String(), "the dictionary was changed")
	require.Nil(t, rec.Value("DEV"))
	require.Nil(t, rec.Subsystem())
	require.Empty(t, Record{}.Device())
}

func TestFieldsCanBeLeftEarly(t *testing.T) {
	rec, _ := parsed(t, deviceRecord)
	for k := range rec.Fields() {
		require.Equal(t, "SUBSYSTEM", k)
		break
	}
}

func TestDeviceKinds(t *testing.T) {
	type answer struct {
		Subsystem, Name string
		Block, Char     [2]uint32
		Index           int
		ok              [4]bool
	}
	tests := []struct {
		device string
		want   answer
	}{
		{"", answer{}},
		{"+pci:0000:00:01.0", answer{Subsystem: "pci", Name: "0000:00:01.0", ok: [4]bool{true}}},
		{"+sound:card0", answer{Subsystem: "sound", Name: "card0", ok: [4]bool{true}}},
		{"b8:16", answer{Block: [2]uint32{8, 16}, ok: [4]bool{1: true}}},
		{"c4095:1048575", answer{Char: [2]uint32{4095, 1048575}, ok: [4]bool{2: true}}},
		{"n8", answer{Index: 8, ok: [4]bool{3: true}}},
		{"+nocolon", answer{}},
		{"b8", answer{}},
		{"c1:", answer{}},
		{"c1:4294967296", answer{}},
		{"n", answer{}},
		{"n2147483648", answer{}},
		{"x1", answer{}},
	}
	for _, tt := range tests {
		t.Run(tt.device, func(t *testing.T) {
			d := Device(tt.device)
			var got answer
			got.Subsystem, got.Name, got.ok[0] = d.Name()
			got.Block[0], got.Block[1], got.ok[1] = d.Block()
			got.Char[0], got.Char[1], got.ok[2] = d.Char()
			got.Index, got.ok[3] = d.Interface()
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.device, fmt.Sprint(d))
		})
	}
}

func TestWordsAreDmesgs(t *testing.T) {
	levels := []string{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "8"}
	for i, word := range levels {
		require.Equal(t, word, Level(i).String())
	}
	facilities := map[Facility]string{
		Kern: "kern", User: "user", Mail: "mail", Daemon: "daemon", Auth: "auth",
		Syslog: "syslog", Lpr: "lpr", News: "news", UUCP: "uucp", Cron: "cron",
		AuthPriv: "authpriv", FTP: "ftp", 12: "12", 15: "15",
		Local0: "local0", Local7: "local7", 24: "24", 255: "255",
	}
	for f, word := range facilities {
		require.Equal(t, word, f.String())
	}
	require.Equal(t, "T0", Caller{Kind: 'T'}.String())
	require.Equal(t, "C7", Caller{'C', 7}.String())
	require.Empty(t, Caller{}.String())
}

func TestGapSaysHowMany(t *testing.T) {
	require.EqualError(t, &Gap{Lost: 1, Next: 9}, "1 record was lost before record 9")
	require.EqualError(t, &Gap{Lost: 12, Next: 345}, "12 records were lost before record 345")
	require.EqualError(t, &Gap{Next: 345}, "some records were lost before record 345")
}
