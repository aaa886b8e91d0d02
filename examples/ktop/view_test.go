// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// crowd is five processes after two looks.
func crowd(t *testing.T) (*fixture, *sampler) {
	f := newFixture(t)
	all := []task{
		{pid: 1, comm: "init", start: 10, rss: 5, args: []string{"/sbin/init", "splash"}},
		{pid: 2, comm: "kthreadd", start: 10},
		{pid: 30, comm: "postgres", start: 900, rss: 900, args: []string{"postgres: writer"}},
		{pid: 40, comm: "cc1", start: 9000, rss: 70, state: "R", args: []string{"cc1", "-quiet", "main.c"}},
		{pid: 50, comm: "cat", start: 8000, rss: 1, state: "D", args: []string{"cat", "a(b"}},
	}
	for _, p := range all {
		f.put(p)
	}
	s := f.sampler(1000)
	f.turn(s, time.Second)
	for _, p := range s.all {
		s.measure(p)
	}
	all[2].utime, all[3].stime = 10, 90
	all[2].write, all[4].read = 100, 99
	for _, p := range all {
		f.put(p)
	}
	f.turn(s, time.Second)
	return f, s
}

func TestOrders(t *testing.T) {
	for name, want := range map[string][]int{
		"cpu":    {40, 30, 1, 2, 50},
		"memory": {30, 40, 1, 50, 2},
		"io":     {30, 50, 1, 2, 40},
		"pid":    {1, 2, 30, 40, 50},
		"start":  {40, 50, 30, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := crowd(t)
			o, err := orderOf(name)
			require.NoError(t, err)
			v := view{order: o}
			v.choose(s)
			require.Equal(t, want, pids(v.shown))
			v.rows = 2
			v.choose(s)
			require.Equal(t, want[:2], pids(v.shown))
			v.rows, v.reverse = 0, true
			v.choose(s)
			slices.Reverse(want)
			require.Equal(t, want, pids(v.shown))
		})
	}
	_, err := orderOf("weight")
	require.ErrorContains(t, err, "cpu, memory, io, pid, start")
}

func TestFilters(t *testing.T) {
	for text, want := range map[string][]int{
		"":            {1, 2, 30, 40, 50},
		"init":        {1},
		"POSTGRES":    {30},
		"post|kthr":   {2, 30},
		`\.c$`:        {40},
		"a(b":         {50}, // no regular expression
		"[kthreadd":   {2},
		"nothing has": nil,
	} {
		t.Run(text, func(t *testing.T) {
			_, s := crowd(t)
			v := view{order: orders[3], filter: filterOf(text)}
			v.choose(s)
			require.Equal(t, want, pids(v.shown))
			v.filter = nil
			v.choose(s)
			require.Len(t, v.shown, 5, "the answer of a filter is not the next one's")
		})
	}
}

func TestAFilterLooksAtWhatTheCommandIsNow(t *testing.T) {
	f, s := crowd(t)
	v := view{order: orders[3], filter: filterOf("splash")}
	v.choose(s)
	require.Equal(t, []int{1}, pids(v.shown))
	f.put(task{pid: 1, comm: "init", start: 10, args: []string{"/sbin/init"}})
	f.turn(s, time.Second)
	v.choose(s)
	require.Empty(t, v.shown)
}

func TestTheTable(t *testing.T) {
	f, s := crowd(t)
	f.write("stat", "cpu  100 0 0 100 0 0 0 0 0 0\ncpu0 1\ncpu1 1\ncpu2 1\nintr 5\n")
	m := newMachine(s.proc)
	defer m.close()
	m.look(f.now)
	v := view{order: orders[3]}
	v.choose(s)
	f.write("stat", "cpu  150 20 5 175 40 3 2 5 99 0\ncpu0 1\ncpu1 1\ncpu2 1\nintr 5\n")
	f.put(task{pid: 60, comm: "sh\x1b[31m", start: 10250, args: []string{"sh", "\x1b]0;owned\x07"}, noIO: true})
	f.remove(1)
	s.users[0] = "root"
	f.turn(s, 2*time.Second)
	m.look(f.now)
	m.ktop = rate{1.25, true}
	v.choose(s)
	var tab table
	tab.draw(s, m, &v)
	require.Equal(t, `5 processes: 1 running, 1 disk sleep, 3 sleeping
CPU 42.5% of 3 cores, ktop 1.2% of one, in 2.00s
began 1: 60 sh?[31m; ended 1: 1 init

    PID USER      S  THR   CPU%    RSS  READ/s WRITE/s    AGE COMMAND
      2 root      S    1    0.0      0       0       0  1m43s [kthreadd]
     30 root      S    1    0.0   3.5M       0       0  1m35s postgres: writer
     40 root      R    1    0.0   280K       0       0  14.0s cc1 -quiet main.c
     50 root      D    1    0.0   4.0K       0       0  24.0s cat a(b
     60 root      S    1    0.0      0       -       -   1.5s sh ?]0;owned?
`, string(tab.buf))

	tab.reset(30)
	tab.draw(s, m, &v)
	for line := range strings.Lines(string(tab.buf)) {
		require.LessOrEqual(t, len(line), 31)
	}
}
