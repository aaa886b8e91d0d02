// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/relay"
)

func TestMergeIsInTheOrderOfTheStamps(t *testing.T) {
	f := newFolder(t, 4)
	f.stamps(t, 0, 0, 1, 5, 9)
	f.stamps(t, 1, 0, 2, 3, 5)
	f.stamps(t, 3, 0, 5, 6, 7)
	ch := f.open(t, nil)
	ch.Drain()
	require.Equal(t, []item{
		{0, false, 0, 1}, {1, false, 0, 2}, {1, false, 1, 3},
		{0, false, 1, 5}, {1, false, 2, 5}, {3, false, 0, 5},
		{3, false, 1, 6}, {3, false, 2, 7}, {0, false, 2, 9},
	}, all(t, relay.Merge(soon(t), ch, decode)))
}

// A record that comes after younger ones is not lost, and says so.
func TestMergeYieldsWhatComesLate(t *testing.T) {
	f := newFolder(t, 2)
	ch := f.open(t, &relay.Options{Interval: time.Millisecond, Slack: -1})
	f.stamps(t, 0, 0, 10)
	var items []item
	for rec, err := range relay.Merge(soon(t), ch, decode) {
		require.NoError(t, err)
		items = append(items, item{rec.CPU, rec.Late, rec.Value.Seq, rec.Value.Time})
		switch len(items) {
		case 1:
			f.stamps(t, 1, 0, 9, 8, 10, 11)
		case 5:
			ch.Drain()
		}
	}
	require.Equal(t, []item{
		{0, false, 0, 10}, {1, true, 0, 9}, {1, true, 1, 8}, {1, false, 2, 10}, {1, false, 3, 11},
	}, items)
}

// What a silent CPU has written meanwhile comes first: it is asked again after
// the record was read, and not before the slack is over.
func TestMergeAsksWhoIsSilentAgain(t *testing.T) {
	for _, slack := range []time.Duration{-1, 20 * time.Millisecond} {
		f := newFolder(t, 2)
		ch := f.open(t, &relay.Options{Slack: slack})
		f.stamps(t, 1, 0, 10)
		began := time.Now()
		var stamps []uint64
		for rec, err := range relay.Merge(soon(t), ch, func(b []byte) (record, int, error) {
			r, n, err := decode(b)
			if n > 0 && r.Time == 10 { // CPU 0 was asked before
				f.stamps(t, 0, 0, 9)
			}
			return r, n, err
		}) {
			require.NoError(t, err)
			require.False(t, rec.Late)
			if stamps = append(stamps, rec.Value.Time); len(stamps) == 2 {
				ch.Drain()
			}
		}
		require.Equal(t, []uint64{9, 10}, stamps)
		require.GreaterOrEqual(t, time.Since(began), slack)
	}
}

// Two CPUs that both have records to show hold each other up for nothing.
func TestMergeWaitsForNobodyWhenAllHaveRecords(t *testing.T) {
	f := newFolder(t, 2)
	ch := f.open(t, &relay.Options{Slack: time.Hour})
	f.stamps(t, 0, 0, 1, 3)
	f.stamps(t, 1, 0, 2, 4)
	n := 0
	for _, err := range relay.Merge(soon(t), ch, decode) {
		require.NoError(t, err)
		if n++; n == 3 {
			ch.Drain() // or the last one would be held back for an hour
		}
	}
	require.Equal(t, 4, n)
}

// Whatever the records, the buffers and the moment at which they are written,
// each record comes once, in the order of its CPU, and a drained channel in
// the order of all.
func TestLoopsAgreeWithASimpleModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		cpus := 1 + random.IntN(5)
		f := newFolder(t, cpus)
		opts := &relay.Options{Buffer: 1 + random.IntN(200)}
		merged, plain := f.open(t, opts), f.open(t, opts)
		var model []item
		seqs := make([]uint64, cpus)
		write := func() {
			stamp := uint64(len(model))
			for range random.IntN(40) {
				cpu := random.IntN(cpus)
				stamp += uint64(random.IntN(3))
				f.write(t, cpu, encode(nil, cpu, seqs[cpu], stamp, random.IntN(100)))
				model = append(model, item{cpu, false, seqs[cpu], stamp})
				seqs[cpu]++
			}
		}
		write()
		merged.Drain()
		plain.Drain()
		got := all(t, relay.Merge(soon(t), merged, decode))
		slices.SortStableFunc(model, func(a, b item) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), a.CPU-b.CPU, cmp.Compare(a.Seq, b.Seq))
		})
		requireSame(t, model, got)
		got = all(t, relay.Records(soon(t), plain, decode))
		slices.SortStableFunc(got, byCPU) // stable: the order of a CPU stays
		slices.SortStableFunc(model, byCPU)
		requireSame(t, model, got)
	}
}

func byCPU(a, b item) int { return a.CPU - b.CPU }

func requireSame(t *testing.T, want, got []item) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i], i)
	}
}

func TestARecordCostsNoAllocation(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		allocs := func(records int) float64 {
			f := newFolder(t, 2)
			for seq := range uint64(records) {
				cpu := int(seq % 2)
				f.write(t, cpu, encode(nil, cpu, seq, seq, 5))
			}
			return testing.AllocsPerRun(5, func() {
				ch, err := relay.OpenAt(string(f), "cpu", nil)
				require.NoError(t, err)
				ch.Drain()
				n := 0
				for _, err := range over(context.Background(), ch, decode) {
					if err != nil {
						panic(err)
					}
					n++
				}
				if n != records {
					panic(n)
				}
				ch.Close()
			})
		}
		require.InDelta(t, allocs(10), allocs(400), 2)
	})
}

func TestAWaitCostsNoAllocation(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 2)
		ch := f.open(t, &relay.Options{Interval: time.Microsecond})
		f.stamps(t, 0, 0, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		next, stop := iter.Pull2(over(ctx, ch, decode))
		defer stop()
		_, err, _ := next()
		require.NoError(t, err)
		b := encode(nil, 0, 1, 2, 0)
		file := f.appender(t, 0)
		require.Zero(t, testing.AllocsPerRun(50, func() {
			if _, err := file.Write(b); err != nil {
				panic(err)
			}
			if _, err, _ := next(); err != nil {
				panic(err)
			}
		}))
	})
}
