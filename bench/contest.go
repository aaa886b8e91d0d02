// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"time"
)

// contest is a row that runs: its ways, ready to work.
type contest struct {
	ways    []way
	workers []worker
	times   []int // how often the work is done in one turn, by way
}

// result is what a contest came to. The first way is C.
type result struct {
	row    row
	limit  spread   // ns per item
	again  spread   // C at the end of each turn, to C
	ways   []string // without C
	ratios []spread // to C
	allocs []float64
	err    error
}

// openContest prepares the row's ways and makes sure that they read the same.
func (b *bench) openContest(r row) (_ *contest, err error) {
	ways, err := r.open(b)
	if err != nil {
		return nil, err
	}
	c := &contest{ways: ways}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	for _, w := range ways {
		worker, err := w.prepare()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		c.workers = append(c.workers, worker)
	}
	return c, c.compare()
}

// compare finds what a way has decoded otherwise than C.
func (c *contest) compare() error {
	var want facts
	for i, w := range c.workers {
		got, err := w.show()
		if err != nil {
			return fmt.Errorf("%s: %w", c.ways[i].name, err)
		}
		if i == 0 {
			want = got
		}
		if len(got) == 0 {
			return fmt.Errorf("%s decodes nothing", c.ways[i].name)
		}
		for key, value := range got {
			if want[key] != value {
				return fmt.Errorf("%s reads %s as %q and C as %q", c.ways[i].name, key, value, want[key])
			}
		}
	}
	return nil
}

// calibrate finds how often each way can do its work within a turn.
func (c *contest) calibrate(turn time.Duration) error {
	c.times = make([]int, len(c.workers))
	for i, w := range c.workers {
		for n := 1; ; {
			s, err := w.run(n)
			if err != nil {
				return fmt.Errorf("%s: %w", c.ways[i].name, err)
			}
			c.times[i] = max(1, int(float64(n)*float64(turn)/float64(max(s.time, 1))))
			if s.time > turn/4 || c.times[i] <= n {
				break
			}
			n = min(c.times[i], 16*n)
		}
	}
	return nil
}

// round lets each way have its turns, one after the other and C once more at
// the end, so that what slows the machine down for a while slows down all.
func (c *contest) round(turns int) ([]sample, error) {
	order := make([]int, 0, len(c.workers)+1)
	for i := range c.workers {
		order = append(order, i)
	}
	order = append(order, 0)
	total := make([]sample, len(order))
	for range turns {
		for at, i := range order {
			s, err := c.workers[i].run(c.times[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.ways[i].name, err)
			}
			total[at].add(s)
		}
	}
	return total, nil
}

// measure runs the rounds of a row.
func (b *bench) measure(r row) result {
	res := result{row: r}
	c, err := b.openContest(r)
	if err != nil {
		res.err = err
		return res
	}
	defer c.close()
	if err := c.calibrate(b.time / time.Duration(b.turns)); err != nil {
		res.err = err
		return res
	}
	var rounds [][]sample
	for range b.rounds {
		s, err := c.round(b.turns)
		if err != nil {
			res.err = err
			return res
		}
		rounds = append(rounds, s)
	}
	res.take(c.ways, rounds)
	return res
}

// take makes ratios of the samples, round by round. C's own time in a round
// is that of its first and its last turns together.
func (res *result) take(ways []way, rounds [][]sample) {
	last := len(ways) // where C's second sample stands
	limits := make([]float64, len(rounds))
	again := make([]float64, len(rounds))
	for i, s := range rounds {
		both := s[0]
		both.add(s[last])
		limits[i] = both.perItem()
		again[i] = s[last].perItem() / s[0].perItem()
	}
	res.limit, res.again = spreadOf(limits), spreadOf(again)
	for w := 1; w < last; w++ {
		var total sample
		ratios := make([]float64, len(rounds))
		for i, s := range rounds {
			ratios[i] = s[w].perItem() / limits[i]
			total.add(s[w])
		}
		res.ways = append(res.ways, ways[w].name)
		res.ratios = append(res.ratios, spreadOf(ratios))
		res.allocs = append(res.allocs, float64(total.allocs)/float64(max(total.items, 1)))
	}
}

func (c *contest) close() error {
	var all []error
	for _, w := range c.workers {
		all = append(all, w.close())
	}
	return errors.Join(all...)
}
