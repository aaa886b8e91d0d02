// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/stretchr/testify/require"
)

// The tests of this file read the machine's own log, and write a few debug
// records into it.

func openReal(t testing.TB, opts *Options) *Log {
	t.Helper()
	l, err := Open(opts)
	if errors.Is(err, kernlink.ErrRestricted) || errors.Is(err, kernlink.ErrNotSupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func openRealWriter(t *testing.T) *Writer {
	t.Helper()
	w, err := OpenWriter(nil)
	if errors.Is(err, kernlink.ErrRestricted) || errors.Is(err, kernlink.ErrNotSupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { w.Close() })
	return w
}

// mark makes a text that no other record has.
func mark(t *testing.T) string {
	return fmt.Sprintf("kernlink test %s %d.%d", t.Name(), os.Getpid(), time.Now().UnixNano())
}

// wait ends a test that would hang.
func wait(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestRealLogIsNumberedWithoutHoles(t *testing.T) {
	l := openReal(t, nil)
	var next uint64
	var n int
	for rec, err := range l.Pending() {
		require.NoError(t, err)
		if n > 0 {
			require.Equal(t, next, rec.Sequence)
		}
		next = rec.Sequence + 1
		n++
	}
	require.NotZero(t, n)
}

func TestRealLogGivesBackWhatWasWritten(t *testing.T) {
	l, w := openReal(t, &Options{From: Now}), openRealWriter(t)
	texts := []string{
		mark(t),
		mark(t) + "\nsecond line, \\ \x01 \x7f \xff ä",
		mark(t) + "\n",
		mark(t) + "<3>; a,b;c",
	}
	for _, text := range texts {
		require.NoError(t, w.Write(Debug, text))
	}
	var last uint64
	for _, text := range texts {
		rec := find(t, l, strings.TrimSuffix(text, "\n"))
		require.Equal(t, Debug, rec.Level)
		require.Equal(t, User, rec.Facility)
		require.False(t, rec.Continuation)
		require.Empty(t, rec.Device())
		require.Greater(t, rec.Sequence, last)
		last = rec.Sequence
	}
}

// find follows the log up to the record with this text.
func find(t *testing.T, l *Log, text string) Record {
	t.Helper()
	for rec, err := range l.All(wait(t)) {
		require.NoError(t, err)
		if string(rec.Text) == text {
			return rec.Clone()
		}
	}
	panic("not reached")
}

func TestRealLogFromNowHasNothingOld(t *testing.T) {
	w := openRealWriter(t)
	before := mark(t)
	require.NoError(t, w.Write(Debug, before))
	l := openReal(t, &Options{From: Now})
	after := mark(t)
	require.NoError(t, w.Write(Debug, after))
	for rec, err := range l.All(wait(t)) {
		require.NoError(t, err)
		require.NotEqual(t, before, rec.Text.String())
		if rec.Text.String() == after {
			break
		}
	}
}

func TestRealLogFromClearIsItsEnd(t *testing.T) {
	all, since := openReal(t, nil), openReal(t, &Options{From: Clear})
	numbers := map[uint64]bool{}
	for rec, err := range all.Pending() {
		require.NoError(t, err)
		numbers[rec.Sequence] = true
	}
	for rec, err := range since.Pending() {
		if _, lost := errors.AsType[*Gap](err); lost {
			continue // cleared too long ago
		}
		require.NoError(t, err)
		if len(numbers) > 0 {
			require.True(t, numbers[rec.Sequence])
			break
		}
	}
}

func TestRealWaitIsWokenByAWrite(t *testing.T) {
	l, w := openReal(t, &Options{From: Now}), openRealWriter(t)
	for range 3 {
		text := mark(t)
		written := make(chan error, 1)
		go func() {
			untilParked(t)
			written <- w.Write(Debug, text)
		}()
		find(t, l, text)
		require.NoError(t, <-written)
	}
}

func TestRealWaitEndsWithContextAndClose(t *testing.T) {
	l := openReal(t, &Options{From: Now})
	follow := func(ctx context.Context) <-chan error {
		done := make(chan error, 1)
		go func() {
			var last error
			for _, last = range l.All(ctx) {
			}
			done <- last
		}()
		untilParked(t)
		return done
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := follow(ctx)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)

	done = follow(t.Context())
	require.NoError(t, l.Close())
	require.ErrorIs(t, <-done, fs.ErrClosed)
}

func TestRealRecordThatOutgrowsTheBufferIsAGap(t *testing.T) {
	l, w := openReal(t, &Options{From: Now}), openRealWriter(t)
	first, long, last := mark(t), mark(t)+strings.Repeat(" long", 100), mark(t)
	for _, text := range []string{first, long, last} {
		require.NoError(t, w.Write(Debug, text))
	}
	l.buf = make([]byte, 256)
	rec := find(t, l, first)
	var gap *Gap
	for gap == nil { // somebody else may log between the three
		before := rec.Sequence
		err := l.ReadInto(wait(t), &rec)
		if found, ok := errors.AsType[*Gap](err); ok {
			gap = found
			require.Equal(t, before+1+gap.Lost, gap.Next)
			continue
		}
		require.NoError(t, err)
	}
	require.NotZero(t, gap.Lost)
	require.GreaterOrEqual(t, len(l.buf), 512)
	require.NoError(t, l.ReadInto(wait(t), &rec))
	require.Equal(t, gap.Next, rec.Sequence)
	if string(rec.Text) != last {
		find(t, l, last)
	}
}

func TestRealLogAgreesWithDmesg(t *testing.T) {
	if _, err := exec.LookPath("dmesg"); err != nil {
		t.Skip("dmesg is not installed here")
	}
	records := readAll(t)
	texts, err := exec.Command("dmesg", "--json").Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		if strings.Contains(string(failed.Stderr), "option") {
			t.Skip("this dmesg does not know --json (BusyBox, or util-linux before 2.38)")
		}
		t.Fatalf("%v: %s", err, failed.Stderr)
	}
	require.NoError(t, err)
	labels, err := exec.Command("dmesg", "--decode").Output()
	require.NoError(t, err)
	if readAll(t)[0].Sequence != records[0].Sequence {
		t.Skip("the ring turned while dmesg read it")
	}

	var theirs struct {
		Dmesg []struct {
			Time json.Number
			Msg  string
		}
	}
	require.NoError(t, json.Unmarshal(texts, &theirs))
	// dmesg leaves out records without text.
	records = slices.DeleteFunc(records, func(r Record) bool { return len(r.Text) == 0 })
	prefix := regexp.MustCompile(`(?m)^(?:([a-z0-9]+) *:([a-z]+) *: )?\[ *([0-9]+\.[0-9]{6})\] `)
	decoded := prefix.FindAllSubmatch(labels, -1)
	require.GreaterOrEqual(t, len(theirs.Dmesg), len(records))
	require.GreaterOrEqual(t, len(decoded), len(records))

	for i, rec := range records {
		clock := fmt.Sprintf("%d.%06d", rec.Time/time.Second, rec.Time%time.Second/time.Microsecond)
		require.Equal(t, clock, theirs.Dmesg[i].Time.String())
		require.Equal(t, string([]rune(rec.Text.String())), theirs.Dmesg[i].Msg, "record %d", rec.Sequence)
		require.Equal(t, clock, string(decoded[i][3]))
		if facility := string(decoded[i][1]); facility != "" {
			require.Equal(t, facility, rec.Facility.String(), "record %d", rec.Sequence)
			require.Equal(t, string(decoded[i][2]), rec.Level.String(), "record %d", rec.Sequence)
		}
	}
}

func readAll(t *testing.T) []Record {
	t.Helper()
	var records []Record
	for rec, err := range openReal(t, nil).Pending() {
		require.NoError(t, err)
		records = append(records, rec.Clone())
	}
	require.NotEmpty(t, records)
	return records
}
