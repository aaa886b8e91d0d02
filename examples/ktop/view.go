// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import "slices"

// view is what is to be seen of the sampler's processes, and how.
type view struct {
	order   order
	reverse bool
	filter  *filter
	rows    int // 0: as many as there are
	shown   []*process

	typing bool // a filter, which input is so far
	input  []byte
}

// choose fills shown, and has read what the rows need.
func (v *view) choose(s *sampler) {
	if v.order.name == "io" {
		for _, p := range s.all {
			s.measure(p)
		}
	}
	// What is sorted in place is nearly in order the next time.
	slices.SortFunc(s.all, v.compare)
	v.shown = v.shown[:0]
	for _, p := range s.all {
		if v.rows > 0 && len(v.shown) == v.rows {
			break
		}
		if v.filter != nil {
			s.identify(p)
		}
		if v.filter.takes(&p.who) {
			v.shown = append(v.shown, p)
		}
	}
	for _, p := range v.shown {
		s.identify(p)
		s.measure(p)
	}
}

func (v *view) compare(a, b *process) int {
	n := v.order.compare(a, b)
	if n == 0 {
		n = a.pid - b.pid
	}
	if v.reverse {
		return -n
	}
	return n
}
