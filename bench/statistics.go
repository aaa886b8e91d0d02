// SPDX-License-Identifier: Apache-2.0

package main

import "slices"

// spread is a median with its 95 % confidence interval.
type spread struct{ low, median, high float64 }

// spreadOf takes the interval from the order statistics, which assumes
// nothing of how the values are distributed: the median lies between the k-th
// value from below and the k-th from above unless fewer than k of them fell
// on one side of it. Fewer than six values cannot say it with 95 %; then the
// interval is all of them.
func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	k := rank(n)
	return spread{v[k], (v[(n-1)/2] + v[n/2]) / 2, v[n-1-k]}
}

// rank is how many of n values can be left out on either side.
func rank(n int) int {
	outside := 1.0 // the chance that k values or fewer lie below the median
	for range n {
		outside /= 2
	}
	term, k := outside, 0
	for {
		term *= float64(n-k) / float64(k+1)
		if outside += term; 2*outside > 0.05 {
			return k
		}
		k++
	}
}
