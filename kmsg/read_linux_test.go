// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// collect drains a sequence into words: record texts, and what is wrong.
func collect(seq iter.Seq2[*Record, error]) []string {
	var got []string
	for rec, err := range seq {
		got = append(got, word(rec, err))
	}
	return got
}

func word(rec *Record, err error) string {
	if gap, ok := errors.AsType[*Gap](err); ok {
		return gap.Error()
	}
	switch {
	case errors.Is(err, ErrMalformed):
		return "malformed"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.Is(err, io.EOF):
		return "EOF"
	case err != nil:
		return err.Error()
	}
	return rec.Text.String()
}

func TestPendingEndsWhereTheLogEnds(t *testing.T) {
	f := newFake(t, All)
	require.Empty(t, collect(f.Pending()))
	f.say(1, 2)
	require.Equal(t, []string{"record 1", "record 2"}, collect(f.Pending()))
	require.Empty(t, collect(f.Pending()))
	f.say(3)
	require.Equal(t, []string{"record 3"}, collect(f.Pending()))
}

func TestLoopsGoOnWhereTheLastOneWasLeft(t *testing.T) {
	f := newFake(t, All)
	f.say(1, 2, 3, 4)
	for rec, err := range f.Pending() {
		require.Equal(t, "record 1", word(rec, err))
		break
	}
	for rec, err := range f.All(t.Context()) {
		require.Equal(t, "record 2", word(rec, err))
		break
	}
	var rec Record
	require.NoError(t, f.ReadInto(t.Context(), &rec))
	require.Equal(t, "record 3", rec.Text.String())
	require.Equal(t, []string{"record 4"}, collect(f.Pending()))
}

func TestLostRecordsAreAGapInTheirPlace(t *testing.T) {
	f := newFake(t, All)
	f.say(7, 8, 11, 12, 14)
	require.Equal(t, []string{
		"record 7", "record 8",
		"2 records were lost before record 11", "record 11", "record 12",
		"1 record was lost before record 14", "record 14",
	}, collect(f.Pending()))
}

func TestGapIsFoundInTheError(t *testing.T) {
	f := newFake(t, All)
	f.say(1, 5)
	var rec Record
	require.NoError(t, f.ReadInto(t.Context(), &rec))
	err := f.ReadInto(t.Context(), &rec)
	gap, ok := errors.AsType[*Gap](err)
	require.True(t, ok)
	require.Equal(t, Gap{Lost: 3, Next: 5}, *gap)
	require.EqualError(t, err, "kmsg: read fake: 3 records were lost before record 5")
	require.EqualValues(t, 1, rec.Sequence, "the record was touched")
	require.NoError(t, f.ReadInto(t.Context(), &rec))
	require.EqualValues(t, 5, rec.Sequence)
}

func TestLoopLeftAtAGapGoesOnWithTheRecordAfterIt(t *testing.T) {
	f := newFake(t, All)
	f.say(1, 5)
	for _, err := range f.Pending() {
		if err != nil {
			break
		}
	}
	require.Equal(t, []string{"record 5"}, collect(f.Pending()))
}

func TestMalformedRecordsDoNotEndTheLoop(t *testing.T) {
	f := newFake(t, All)
	f.say(1)
	f.raw("what is this\n")
	f.say(2)
	require.Equal(t, []string{"record 1", "malformed", "record 2"}, collect(f.Pending()))
}

func TestNumbersThatFallAreNoGap(t *testing.T) {
	f := newFake(t, All)
	f.say(9, 3, 4)
	require.Equal(t, []string{"record 9", "record 3", "record 4"}, collect(f.Pending()))
}

// An overrun of the real ring is in the VM tests; here is what follows from
// the errno that read(2) reports it with.
func TestOverrun(t *testing.T) {
	tests := []struct {
		name   string
		from   From
		before []uint64
		errno  unix.Errno
		want   []string
	}{
		{"before the first record, reading all", All, nil, unix.EPIPE, []string{"record 9"}},
		{"before the first record, since the clear", Clear, nil, unix.EPIPE,
			[]string{"some records were lost before record 9", "record 9"}},
		{"before the first record, from now", Now, nil, unix.EPIPE,
			[]string{"some records were lost before record 9", "record 9"}},
		{"later", All, []uint64{4}, unix.EPIPE,
			[]string{"4 records were lost before record 9", "record 9"}},
		{"later, from now", Now, []uint64{4}, unix.EPIPE,
			[]string{"4 records were lost before record 9", "record 9"}},
		{"nothing is missing after all", Now, []uint64{8}, unix.EPIPE, []string{"record 9"}},
		{"a record too long for the buffer", All, []uint64{7}, unix.EINVAL,
			[]string{"1 record was lost before record 9", "record 9"}},
		{"the first record too long for the buffer", All, nil, unix.EINVAL,
			[]string{"some records were lost before record 9", "record 9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, tt.from)
			f.say(tt.before...)
			collect(f.Pending())
			for range 2 { // overrun again before the next read
				again, err := f.settle(0, tt.errno)
				require.True(t, again)
				require.NoError(t, err)
			}
			f.say(9)
			require.Equal(t, tt.want, collect(f.Pending()))
			f.say(10)
			require.Equal(t, []string{"record 10"}, collect(f.Pending()))
		})
	}
}

func TestBufferGrowsAndStopsGrowing(t *testing.T) {
	f := newFake(t, All)
	for size := firstBuffer; size < lastBuffer; size *= 2 {
		require.Len(t, f.buf, size)
		again, err := f.settle(0, unix.EINVAL)
		require.True(t, again)
		require.NoError(t, err)
	}
	_, err := f.settle(0, unix.EINVAL)
	require.ErrorIs(t, err, unix.EINVAL)
	require.True(t, isLast(err))
}

func TestTheEndOfAFileIsTheEndOfTheLoop(t *testing.T) {
	f := newFake(t, All)
	f.say(1)
	f.hangUp()
	require.Equal(t, []string{"record 1"}, collect(f.Pending()))
	require.Equal(t, []string{"EOF"}, collect(f.All(t.Context())))
}

func TestAllIsWokenByARecordAndDoesNotSpin(t *testing.T) {
	f := newFake(t, All)
	const records = 50
	var reads int
	taken := make(chan struct{}, records)
	inner := f.tryRead
	f.tryRead = func(fd uintptr) bool {
		reads++
		found := inner(fd)
		if found {
			taken <- struct{}{}
		}
		return found
	}

	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for i := range uint64(records) {
			untilParked(t)
			f.say(i)
			<-taken // or the next look could find it parked as it was before
		}
		untilParked(t)
		cancel()
	}()
	got := collect(f.All(ctx))
	require.Len(t, got, records+1)
	require.Equal(t, "canceled", got[records])
	// A wake-up costs the read that finds nothing and the one that finds it.
	require.LessOrEqual(t, reads, 2*(records+1))
}

func TestContextEndsAWait(t *testing.T) {
	f := newFake(t, All)
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan []string)
		go func() { done <- collect(f.All(ctx)) }()
		untilParked(t)
		cancel()
		require.Equal(t, []string{"canceled"}, <-done)

		ctx, cancel = context.WithCancel(context.Background())
		failed := make(chan error)
		go func() { failed <- f.ReadInto(ctx, new(Record)) }()
		untilParked(t)
		cancel()
		require.ErrorIs(t, <-failed, context.Canceled)
	}
	f.say(1)
	var rec Record
	require.NoError(t, f.ReadInto(t.Context(), &rec), "an ended context spoiled the Log")
}

func TestDeadlineEndsAWait(t *testing.T) {
	f := newFake(t, All)
	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	require.Equal(t, []string{"deadline"}, collect(f.All(ctx)))
	require.Equal(t, "deadline", word(nil, f.ReadInto(ctx, new(Record))))
}

func TestContextIsLookedAtBeforeRecordsThatAreThere(t *testing.T) {
	f := newFake(t, All)
	f.say(1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, []string{"canceled"}, collect(f.All(ctx)))
	require.ErrorIs(t, f.ReadInto(ctx, new(Record)), context.Canceled)
	require.Equal(t, []string{"record 1", "record 2"}, collect(f.Pending()))
}

func TestAContextThatEndsInTheLoopEndsTheLoop(t *testing.T) {
	f := newFake(t, All)
	f.say(1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	for rec, err := range f.All(ctx) {
		got = append(got, word(rec, err))
		cancel()
	}
	require.Equal(t, []string{"record 1", "canceled"}, got)
}

func TestALoopThatWasLeftLetsGoOfItsContext(t *testing.T) {
	f := newFake(t, All)
	leave := func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for _, err := range f.All(ctx) {
			require.NoError(t, err)
			break
		}
	}
	for i := range uint64(100) {
		f.say(2*i, 2*i+1)
		leave()
		require.NoError(t, f.ReadInto(context.Background(), new(Record)))
	}
}
