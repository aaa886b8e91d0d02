// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The ranks are those of the sign test's tables for 5 %, two-sided: so many
// values may lie on one side before the median is moved.
func TestTheIntervalLeavesOutWhatTheSignTestDoes(t *testing.T) {
	for n, want := range map[int]int{1: 0, 5: 0, 6: 0, 7: 0, 8: 0, 9: 1, 11: 1, 12: 2, 15: 3, 17: 4, 20: 5, 25: 7, 30: 9} {
		require.Equal(t, want, rank(n), "%d values", n)
	}
}

func TestOneOutlierOfNineMovesNothing(t *testing.T) {
	require.Equal(t, spread{2, 5, 8}, spreadOf([]float64{9e9, 2, 3, 8, 5, 6, 7, 4, 1}))
	require.Equal(t, spread{1, 2.5, 4}, spreadOf([]float64{4, 3, 2, 1}))
}

func TestARowFallsShortOnlyWhenItIsCertain(t *testing.T) {
	of := func(s spread, allocs float64) string {
		return result{row: row{figure: 1.2}, ratios: []spread{s}, allocs: []float64{allocs}}.verdict()
	}
	require.Equal(t, "reached", of(spread{0.9, 1, 1.2}, 0.001))
	require.Equal(t, "undecided: the figure lies within the interval", of(spread{1.1, 1.3, 1.4}, 0))
	require.Equal(t, "falls short", of(spread{1.21, 1.3, 1.4}, 0))
	require.Equal(t, "falls short, allocates", of(spread{1.21, 1.3, 1.4}, 2))
}
