// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"strings"
	"testing"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/stretchr/testify/require"
)

func TestParseReadsWhatKernelsWrite(t *testing.T) {
	tests := []struct {
		name   string
		in     string
		want   Record
		text   string
		fields [][2]string
	}{
		{
			name: "a plain record",
			in:   "6,297,426266,-;NET: Registered PF_INET6 protocol family\n",
			want: Record{Sequence: 297, Time: 426266 * time.Microsecond, Level: Info},
			text: "NET: Registered PF_INET6 protocol family",
		},
		{
			name: "a caller",
			in:   "6,339,5140900,-,caller=T1;text\n",
			want: Record{Sequence: 339, Time: 5140900 * time.Microsecond, Level: Info, Caller: Caller{'T', 1}},
			text: "text",
		},
		{
			name: "the boot thread is a caller too",
			in:   "5,0,0,-,caller=T0;Linux version\n",
			want: Record{Level: Notice, Caller: Caller{'T', 0}},
			text: "Linux version",
		},
		{
			name: "a CPU as caller",
			in:   "3,7,8,-,caller=C12;irq\n",
			want: Record{Sequence: 7, Time: 8 * time.Microsecond, Level: Err, Caller: Caller{'C', 12}},
			text: "irq",
		},
		{
			name:   "a device's record",
			in:     "6,274,401051,-;virtio-pci 0000:00:01.0: enabling device (0000 -> 0002)\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n",
			want:   Record{Sequence: 274, Time: 401051 * time.Microsecond, Level: Info},
			text:   "virtio-pci 0000:00:01.0: enabling device (0000 -> 0002)",
			fields: [][2]string{{"SUBSYSTEM", "pci"}, {"DEVICE", "+pci:0000:00:01.0"}},
		},
		{
			name: "user space's facility",
			in:   "30,340,5690716,-;udevd[80]: starting version 181\n",
			want: Record{Sequence: 340, Time: 5690716 * time.Microsecond, Level: Info, Facility: Daemon},
			text: "udevd[80]: starting version 181",
		},
		{
			name: "the largest numbers",
			in:   "2047,18446744073709551615,9223372036854775,-;x\n",
			want: Record{Sequence: 1<<64 - 1, Time: 9223372036854775 * time.Microsecond, Level: Debug, Facility: 255},
			text: "x",
		},
		{
			name: "a continuation",
			in:   "4,5,6,c; and more\n",
			want: Record{Sequence: 5, Time: 6 * time.Microsecond, Level: Warn, Continuation: true},
			text: " and more",
		},
		{
			name: "a later fragment before 4.9",
			in:   "4,5,6,+; and more\n",
			want: Record{Sequence: 5, Time: 6 * time.Microsecond, Level: Warn, Continuation: true},
			text: " and more",
		},
		{
			name: "no flags, as in 3.5",
			in:   "7,160,424069;pci_root\n SUBSYSTEM=acpi\n",
			want: Record{Sequence: 160, Time: 424069 * time.Microsecond, Level: Debug}, text: "pci_root",
			fields: [][2]string{{"SUBSYSTEM", "acpi"}},
		},
		{
			name: "fields of a kernel to come",
			in:   "6,1,2,-x,cpu=3,caller=T9,comm=a b,,z;text; with, all\n",
			want: Record{Sequence: 1, Time: 2 * time.Microsecond, Level: Info, Caller: Caller{'T', 9}},
			text: "text; with, all",
		},
		{
			name: "a caller of a form to come",
			in:   "6,1,2,-,caller=X9;text\n",
			want: Record{Sequence: 1, Time: 2 * time.Microsecond, Level: Info},
			text: "text",
		},
		{
			name: "an empty text",
			in:   "12,352,1888665821,-;\n",
			want: Record{Sequence: 352, Time: 1888665821 * time.Microsecond, Level: Warn, Facility: User},
		},
		{
			name: "no newline at the end",
			in:   "6,1,2,-;cut",
			want: Record{Sequence: 1, Time: 2 * time.Microsecond, Level: Info},
			text: "cut",
		},
		{
			name: "escapes",
			in:   `14,348,1888665644,-;esc \x5c \x01 \xff \xc3\xa4\x09tab\x0aline` + "\n",
			want: Record{Sequence: 348, Time: 1888665644 * time.Microsecond, Level: Info, Facility: User},
			text: "esc \\ \x01 \xff ä\ttab\nline",
		},
		{
			name: "an escaped backslash before what looks like an escape",
			in:   `6,1,2,-;\x5cx41` + "\n",
			want: Record{Sequence: 1, Time: 2 * time.Microsecond, Level: Info},
			text: `\x41`,
		},
		{
			name: "an escape that the kernel cut off",
			in:   `6,1,2,-;\xff\xf` + "\n",
			want: Record{Sequence: 1, Time: 2 * time.Microsecond, Level: Info},
			text: "\xff" + `\xf`,
		},
		{
			name:   "escapes in the dictionary",
			in:     "6,1,2,-;t\n NAME=a\\x0ab\\x3d\n K\\x5cY=v\n EMPTY=\n BARE\n",
			want:   Record{Sequence: 1, Time: 2 * time.Microsecond, Level: Info},
			text:   "t",
			fields: [][2]string{{"NAME", "a\nb="}, {`K\Y`, "v"}, {"EMPTY", ""}, {"BARE", ""}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rec Record
			require.NoError(t, Parse([]byte(tt.in), &rec))
			require.Equal(t, tt.text, rec.Text.String())
			var fields [][2]string
			for k, v := range rec.Fields() {
				fields = append(fields, [2]string{k, v.String()})
			}
			require.Equal(t, tt.fields, fields)
			rec.Text, rec.dict = nil, nil
			require.Equal(t, tt.want, rec)
		})
	}
}

func TestParseRefusesWhatIsNotOneRecord(t *testing.T) {
	tests := []struct{ name, in, problem string }{
		{"nothing", "", "no semicolon"},
		{"a line of dmesg", "[    0.000000] Linux version 6.1.0\n", "no semicolon"},
		{"a syslog line", "<6>[    0.0] a; b\n", "priority"},
		{"no numbers", ";text\n", "priority"},
		{"a signed priority", "-6,1,2,-;x\n", "priority"},
		{"a priority beyond eight bits of facility", "2048,1,2,-;x\n", "priority"},
		{"no sequence number", "6;x\n", "sequence"},
		{"an empty sequence number", "6,,2,-;x\n", "sequence"},
		{"a sequence number beyond 64 bits", "6,18446744073709551616,2,-;x\n", "sequence"},
		{"no time", "6,1;x\n", "time"},
		{"a time beyond time.Duration", "6,1,9223372036854776,-;x\n", "time"},
		{"two records", "6,1,2,-;a\n6,2,3,-;b\n", "more than one"},
		{"two records and dictionaries", "6,1,2,-;a\n K=v\n6,2,3,-;b\n K=v\n", "more than one"},
		{"an empty line", "6,1,2,-;a\n\n", "more than one"},
		{"a dictionary line before its record", " K=v\n6,1,2,-;a\n", "priority"},
		{"a prefix over two lines", "6,1,2,-\n6,2,3,-;a\n", "line break"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := Record{Sequence: 42}
			err := Parse([]byte(tt.in), &rec)
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorContains(t, err, tt.problem)
			var e *kernlink.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, "parse", e.Op)
			require.Equal(t, Record{Sequence: 42}, rec, "the record was touched")
		})
	}
}

func TestParseShowsNoMoreThanTheStart(t *testing.T) {
	err := Parse([]byte(strings.Repeat("x", 8000)), new(Record))
	require.Less(t, len(err.Error()), 200)
}

func TestParseDoesNotAllocate(t *testing.T) {
	const line = `6,274,401051,-,caller=T1;virtio \x5c enabling` + "\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n"
	b := make([]byte, len(line))
	var rec Record
	var n int
	require.Zero(t, testing.AllocsPerRun(100, func() {
		copy(b, line)
		if Parse(b, &rec) != nil {
			panic("not parsed")
		}
		n += len(rec.Subsystem()) + len(rec.Device())
		for k, v := range rec.Fields() {
			n += len(k) + len(v)
		}
		n += len(rec.Level.String()) + len(rec.Facility.String())
	}))
	require.NotZero(t, n)
}
