// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIOHasRatesAfterTheSecondLook(t *testing.T) {
	for way, fds := range ways {
		t.Run(way, func(t *testing.T) {
			f := newFixture(t)
			f.put(task{pid: 7, comm: "a", start: 1, read: 1000, write: 50})
			s := f.sampler(fds)
			f.turn(s, time.Second)
			p := s.known[7]
			s.measure(p)
			require.Equal(t, rate{}, p.io.reads)
			f.put(task{pid: 7, comm: "a", start: 1, read: 9000, write: 50})
			f.turn(s, 2*time.Second)
			s.measure(p)
			require.Equal(t, rate{4000, true}, p.io.reads)
			require.Equal(t, rate{0, true}, p.io.writes)
			s.measure(p)
			require.Equal(t, rate{4000, true}, p.io.reads, "asked twice in one turn")
		})
	}
}

// A row that comes back into view has no rate that was made over minutes, and
// one that slept meanwhile has.
func TestIOIsOfTheLastIntervalOnly(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ran   bool
		known bool
	}{{"it ran meanwhile", true, false}, {"it slept", false, true}} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			one := task{pid: 7, comm: "a", start: 1, beats: 1, read: 1000}
			f.put(one)
			s := f.sampler(descriptors)
			f.turn(s, time.Second)
			p := s.known[7]
			s.measure(p)
			for range 5 { // out of view
				if tt.ran {
					one.beats++
					f.put(one)
				}
				f.turn(s, time.Second)
			}
			one.beats, one.read = one.beats+1, 3000
			f.put(one)
			f.turn(s, 2*time.Second)
			s.measure(p)
			require.Equal(t, tt.known, p.io.reads.known)
			if tt.known {
				require.Equal(t, 1000.0, p.io.reads.value)
			}
			f.turn(s, time.Second)
			s.measure(p)
			require.Equal(t, rate{0, true}, p.io.reads)
		})
	}
}

func TestWhatMayNotBeReadIsNotZero(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a", start: 1, noIO: true})
	s := f.sampler(descriptors)
	for range 3 {
		f.turn(s, time.Second)
		s.measure(s.known[7])
		require.Equal(t, rate{}, s.known[7].io.reads)
	}
	require.Equal(t, "-", string(appendRate(nil, s.known[7].io.reads)))
	f.put(task{pid: 7, comm: "a", start: 1})
	f.turn(s, time.Second)
	s.measure(s.known[7])
	f.turn(s, time.Second)
	s.measure(s.known[7])
	require.Equal(t, "0", string(appendRate(nil, s.known[7].io.reads)))
}

func TestTheCommandIsReadAgainOnlyWhenItMayBeAnother(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*task)
		after  time.Duration
		want   string
	}{
		{"it slept", func(*task) {}, 5 * time.Second, "old"},
		{"it ran, a moment ago", func(p *task) { p.beats++ }, 100 * time.Millisecond, "old"},
		{"it ran, a second ago", func(p *task) { p.beats++ }, time.Second, "new"},
		{"its name is another", func(p *task) { p.beats++; p.comm = "b" }, 100 * time.Millisecond, "new"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			one := task{pid: 7, comm: "a", start: 1, beats: 1, args: []string{"old"}}
			f.put(one)
			s := f.sampler(descriptors)
			f.turn(s, time.Second)
			s.identify(s.known[7])
			require.Equal(t, "old", string(s.known[7].who.command))
			one.args = []string{"new"}
			tt.change(&one)
			f.put(one)
			f.turn(s, tt.after)
			s.identify(s.known[7])
			require.Equal(t, tt.want, string(s.known[7].who.command))
		})
	}
}

// Between the look at a process and the look at its command, its number may
// have become another's.
func TestTheCommandIsNotThatOfTheNextProcess(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a", start: 1, args: []string{"old"}})
	s := f.sampler(0)
	f.turn(s, time.Second)
	f.put(task{pid: 7, comm: "a", start: 2, args: []string{"new"}, read: 1})
	s.identify(s.known[7])
	require.Empty(t, s.known[7].who.command)
	s.measure(s.known[7])
	require.False(t, s.known[7].io.readable)
}

func TestTheUserIsTheEffectiveOne(t *testing.T) {
	f := newFixture(t)
	f.put(task{pid: 7, comm: "a", start: 1, uid: 0})
	f.put(task{pid: 8, comm: "a", start: 1, uid: 4000000123})
	s := f.sampler(0)
	f.turn(s, time.Second)
	s.identify(s.known[7])
	require.Equal(t, "root", s.known[7].who.user)
	s.identify(s.known[8])
	require.Equal(t, "4000000123", s.known[8].who.user)
}
