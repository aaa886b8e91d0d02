// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A row compares like with like: all its ways decode the same, and each does
// its work when it is told to.
func TestAllWaysOfARowReadTheSame(t *testing.T) {
	b := small(t)
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			c, err := b.openContest(r)
			if _, ok := errors.AsType[errUnmeasured](err); ok {
				t.Skip(err)
			}
			require.NoError(t, err)
			c.times = make([]int, len(c.workers))
			for i := range c.times {
				c.times[i] = 1
			}
			samples, err := c.round(1)
			require.NoError(t, err)
			for i, s := range samples {
				require.Positive(t, s.items, "way %d", i)
				require.Positive(t, s.time, "way %d", i)
			}
			require.NoError(t, c.close())
		})
	}
}

func TestARowThatReadsOtherThingsIsNotMeasured(t *testing.T) {
	b := small(t)
	res := b.measure(row{open: func(b *bench) ([]way, error) {
		return []way{
			b.limit("value", mtu),
			{"other", func() (worker, error) { return number(func() (int, error) { return 1, nil }), nil }},
		}, nil
	}})
	require.ErrorContains(t, res.err, "other reads value as")
}

func small(t *testing.T) *bench {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("the limits are C programs: install gcc, or run make bench as root")
	}
	b := &bench{processes: 20, rounds: 7, turns: 1, time: time.Millisecond}
	t.Cleanup(func() { require.NoError(t, b.close()) })
	return b
}
