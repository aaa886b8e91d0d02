// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

// headerPage is what a 64-bit kernel prints.
const headerPage = `	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:4080;	signed:1;
`

var layout64 = tracefs.PageLayout{CommitOffset: 8, CommitSize: 8, DataOffset: 16, Size: 4096}

// The captured pages are of a little-endian machine.
func littleEndian(t testing.TB) {
	t.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the pages were captured on a little-endian machine")
	}
}

func captured(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return b
}

func TestThePagesLayoutIsTheKernels(t *testing.T) {
	l, err := tracefs.ParsePageLayout([]byte(headerPage))
	require.NoError(t, err)
	require.Equal(t, layout64, l)
	l, err = tracefs.ParsePageLayout([]byte("\tfield: u64 timestamp;\toffset:0;\tsize:8;\n\tfield: local_t commit;\toffset:8;\tsize:4;\n\tfield: char data;\toffset:12;\tsize:4084;\n"))
	require.NoError(t, err)
	require.Equal(t, tracefs.PageLayout{CommitOffset: 8, CommitSize: 4, DataOffset: 12, Size: 4096}, l)
	for _, text := range []string{"", "field: x", strings.ReplaceAll(headerPage, "size:8", "size:7"), strings.ReplaceAll(headerPage, "offset:16", "offset:8"),
		strings.ReplaceAll(headerPage, "4080", "x"), strings.ReplaceAll(headerPage, "4080", "2000000000")} {
		_, err := tracefs.ParsePageLayout([]byte(text))
		require.ErrorIs(t, err, tracefs.ErrMalformed, "%q", text)
	}
}

// The same moment of a real kernel: two pages, and the text that it made of
// them.
func TestCapturedPagesAreTheCapturedText(t *testing.T) {
	littleEndian(t)
	want := map[int][]string{}
	for line := range strings.Lines(string(captured(t, "trace.txt"))) {
		r := tracefs.ParseRecord([]byte(line))
		want[r.CPU] = append(want[r.CPU], fmt.Sprint(r.PID, r.Time, words(r.Text)))
	}
	format, err := tracefs.ParseFormat([]byte(schedSwitch))
	require.NoError(t, err)
	for cpu := range 2 {
		p, err := tracefs.ParsePage(captured(t, fmt.Sprintf("cpu%d.page", cpu)), layout64)
		require.NoError(t, err)
		require.Nil(t, p.Lost)
		var got []string
		var r tracefs.RawRecord
		for ok, err := p.Next(&r); ok; ok, err = p.Next(&r) {
			require.NoError(t, err)
			got = append(got, fmt.Sprint(field(format, "common_pid").Int(r.Data), (r.Time+500).Truncate(us), textOf(format, &r)))
		}
		require.Greater(t, len(got), 20)
		require.Equal(t, want[cpu][:len(got)], got, "a page, and there may be another")
	}
}

// words are those of a line that textOf makes, too.
func words(text string) string {
	if !strings.HasPrefix(text, "prev_comm=") {
		return text
	}
	return strings.Join(slices.DeleteFunc(strings.Fields(text), func(w string) bool {
		return w == "==>" || strings.HasPrefix(w, "prev_state=")
	}), " ")
}

func textOf(format *tracefs.Format, r *tracefs.RawRecord) string {
	if r.ID != format.ID {
		return strings.TrimRight(string(r.Data[16:]), "\n\x00") // the text of ftrace:print
	}
	var all []string
	for _, f := range format.Fields {
		switch {
		case f.Name == "prev_state":
		case f.Type == "char":
			all = append(all, fmt.Sprintf("%s=%s", f.Name, f.Text(r.Data)))
		default:
			all = append(all, fmt.Sprintf("%s=%d", f.Name, f.Int(r.Data)))
		}
	}
	return strings.Join(all, " ")
}

func field(f *tracefs.Format, name string) tracefs.Field {
	field, _ := f.Field(name)
	return field
}

func TestAPageSaysWhatIsMissingBeforeIt(t *testing.T) {
	littleEndian(t)
	p, err := tracefs.ParsePage(captured(t, "lost.page"), layout64)
	require.NoError(t, err)
	require.NotNil(t, p.Lost)
	var r tracefs.RawRecord
	ok, err := p.Next(&r)
	require.NoError(t, err)
	require.True(t, ok)
	first := strings.TrimRight(string(r.Data[16:]), "\n\x00")
	require.Equal(t, fmt.Sprintf("n=%d", p.Lost.Count), first, "markers 0 to n-1 were lost")
}

// pageOf makes a page of words, in the machine's byte order.
func pageOf(commit uint64, words ...uint32) []byte {
	b := make([]byte, 4096)
	binary.NativeEndian.PutUint64(b, 1000)
	if commit&0xffff == 0 {
		commit |= uint64(4 * len(words))
	}
	binary.NativeEndian.PutUint64(b[8:], commit)
	for n, w := range words {
		binary.NativeEndian.PutUint32(b[16+4*n:], w)
	}
	return b
}

// event is the first word of an event.
func event(kind, delta uint32) uint32 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return delta<<5 | kind
	}
	return kind<<27 | delta
}

// number is a word that begins with an event's number.
func number(id uint16) uint32 {
	var b [4]byte
	binary.NativeEndian.PutUint16(b[:], id)
	return binary.NativeEndian.Uint32(b[:])
}

func TestTimesArePutTogether(t *testing.T) {
	small := func(id uint16, delta uint32) []uint32 { return []uint32{event(1, delta), number(id)} }
	for name, tt := range map[string]struct {
		words []uint32
		want  []time.Duration
	}{
		"deltas":            {slices.Concat(small(1, 5), small(2, 7)), []time.Duration{1005, 1012}},
		"a long pause":      {slices.Concat([]uint32{event(30, 3), 2}, small(1, 5)), []time.Duration{1000 + 2<<27 + 3 + 5}},
		"an absolute time":  {slices.Concat([]uint32{event(31, 3), 2}, small(1, 0)), []time.Duration{2<<27 + 3}},
		"a discarded event": {slices.Concat([]uint32{event(29, 4), 8, 0}, small(1, 5)), []time.Duration{1009}},
		"the rest is empty": {slices.Concat(small(1, 5), []uint32{event(29, 0), 0, 0}), []time.Duration{1005}},
		"a length apart":    {[]uint32{event(0, 6), 8, number(9)}, []time.Duration{1006}},
		"nothing":           {nil, nil},
	} {
		p, err := tracefs.ParsePage(pageOf(0, tt.words...), layout64)
		require.NoError(t, err, name)
		var got []time.Duration
		var r tracefs.RawRecord
		for ok, err := p.Next(&r); ok || err != nil; ok, err = p.Next(&r) {
			require.NoError(t, err, name)
			got = append(got, r.Time)
		}
		require.Equal(t, tt.want, got, name)
	}
}

// The five highest bits of a time, which no stamp has, are those before it.
func TestAnAbsoluteTimeIsCompleted(t *testing.T) {
	for before, want := range map[uint64]time.Duration{
		1 << 59:              1<<59 + 2<<27,
		1<<59 + 1<<58:        1<<60 + 2<<27, // it has run over
		3 << 59:              3<<59 + 2<<27,
		1<<58 | 0x3ffffff<<5: 2 << 27,
	} {
		b := pageOf(0, event(31, 0), 2, event(1, 0), number(1))
		binary.NativeEndian.PutUint64(b, before)
		p, err := tracefs.ParsePage(b, layout64)
		require.NoError(t, err)
		var r tracefs.RawRecord
		ok, err := p.Next(&r)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, r.Time, "%#x", before)
	}
}

func TestDamagedPagesAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing": nil, "half a head": pageOf(0)[:12], "more than there is": pageOf(4081),
	} {
		_, err := tracefs.ParsePage(b, layout64)
		require.ErrorIs(t, err, tracefs.ErrMalformed, name)
	}
	_, err := tracefs.ParsePage(pageOf(0), tracefs.PageLayout{})
	require.ErrorIs(t, err, tracefs.ErrMalformed)
	for name, words := range map[string][]uint32{
		"longer than the page":      {event(28, 1), 0},
		"longer by its word":        {event(0, 1), 4000, 0},
		"shorter than its word":     {event(0, 1), 3, 0},
		"cut off":                   {event(0, 1)},
		"an extend that is cut off": {event(30, 1)},
		"without a number":          {event(0, 1), 5, 0},
		"huge":                      {event(0, 1), 1 << 31, 0},
	} {
		p, err := tracefs.ParsePage(pageOf(0, words...), layout64)
		require.NoError(t, err, name)
		var r tracefs.RawRecord
		ok, err := p.Next(&r)
		require.ErrorIs(t, err, tracefs.ErrMalformed, name)
		require.False(t, ok)
		ok, err = p.Next(&r)
		require.NoError(t, err, "and then there is nothing")
		require.False(t, ok)
	}
}

func BenchmarkPage(b *testing.B) {
	littleEndian(b)
	page := captured(b, "cpu0.page")
	records := 0
	b.ReportAllocs()
	for b.Loop() {
		p, err := tracefs.ParsePage(page, layout64)
		if err != nil {
			b.Fatal(err)
		}
		var r tracefs.RawRecord
		for ok, err := p.Next(&r); ok; ok, err = p.Next(&r) {
			if err != nil {
				b.Fatal(err)
			}
			records++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(records), "ns/record")
}

func FuzzParsePage(f *testing.F) {
	for _, name := range []string{"cpu0.page", "cpu1.page", "lost.page"} {
		b := captured(f, name)[:16+300] // a few events of it
		binary.NativeEndian.PutUint64(b[8:], binary.NativeEndian.Uint64(b[8:])&^0xfffff|290)
		f.Add(b, false)
	}
	f.Add(pageOf(0, event(30, 3), 2, event(29, 4), 8, 0, event(31, 1), 7, event(1, 1), 5), false)
	f.Add(pageOf(0)[:64], true)
	f.Fuzz(func(t *testing.T, b []byte, narrow bool) {
		l := layout64
		if narrow {
			l = tracefs.PageLayout{CommitOffset: 8, CommitSize: 4, DataOffset: 12, Size: 4096}
		}
		p, err := tracefs.ParsePage(b, l)
		if err != nil {
			return
		}
		var r tracefs.RawRecord
		total := 0
		for {
			ok, err := p.Next(&r)
			if !ok || err != nil {
				break
			}
			total += 4 + len(r.Data)
		}
		require.LessOrEqual(t, total, len(b), "an event is not read twice")
	})
}

func FuzzParsePageLayout(f *testing.F) {
	f.Add([]byte(headerPage))
	f.Fuzz(func(t *testing.T, text []byte) {
		if l, err := tracefs.ParsePageLayout(text); err == nil {
			_, err := tracefs.ParsePage(make([]byte, l.DataOffset), l)
			require.NoError(t, err, "whatever is a layout can be used")
		}
	})
}
