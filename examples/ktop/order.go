// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"cmp"
	"fmt"
	"strings"
)

// order is what the rows are sorted by.
type order struct {
	name    string
	key     byte // in the terminal
	compare func(a, b *process) int
}

// orders have the most interesting first; among equals, the lower number.
var orders = []order{
	{"cpu", 'c', func(a, b *process) int { return cmp.Compare(b.cpu.value, a.cpu.value) }},
	{"memory", 'm', func(a, b *process) int { return cmp.Compare(b.memory, a.memory) }},
	{"io", 'i', func(a, b *process) int { return cmp.Compare(b.io.sum(), a.io.sum()) }},
	{"pid", 'p', func(a, b *process) int { return cmp.Compare(a.pid, b.pid) }},
	{"start", 't', func(a, b *process) int { return cmp.Compare(b.start, a.start) }},
}

// sum is what io is sorted by: what is not known comes last.
func (io *storage) sum() float64 {
	if !io.reads.known {
		return -1
	}
	return io.reads.value + io.writes.value
}

func orderNames() string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return strings.Join(names, ", ")
}

// orderOf finds an order by its name.
func orderOf(name string) (order, error) {
	for _, o := range orders {
		if o.name == name {
			return o, nil
		}
	}
	return order{}, fmt.Errorf("no order is called %q; there are %s", name, orderNames())
}
