// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/relay"
)

// make test-long asks for ten million.
var records = flag.Uint64("records", 100_000, "how many records the module makes in the test of a million")

// The module makes records on two CPUs while they are read. Each comes once, in
// the order of its CPU, but for those that the module counted as dropped, which
// leave a hole in the numbers.
func TestAMillionRecordsAreReadWhileTheyAreMade(t *testing.T) {
	million(t, 25_000)
}

// As many as they can: the buffers are full most of the time.
func TestAMillionRecordsAreReadWhileMoreAreMade(t *testing.T) {
	million(t, 0)
}

func million(t *testing.T, rate int) {
	loops(t, func(t *testing.T, over loop) {
		m := load(t, fmt.Sprintf("subbuf_size=262144 n_subbufs=16 payload=16 rate=%d", rate))
		ch := m.open(nil)
		perCPU := *records / 2
		m.set("start", perCPU)
		began := time.Now()
		read, next := make([]uint64, 2), make([]uint64, 2)
		var late, older, last uint64
		stopped := make(chan error, 1)
		go func() { stopped <- m.stopWhenMade(ch, perCPU) }()
		for rec, err := range over(within(t, 20*time.Minute), ch, decode) {
			require.NoError(t, err)
			r := &rec.Value
			if rec.CPU != int(r.CPU) || r.Seq < next[rec.CPU] || len(r.Payload) != int(r.Seq%17) {
				require.FailNow(t, "not the record that comes next", "cpu%d: %d after %d", rec.CPU, r.Seq, next[rec.CPU])
			}
			next[rec.CPU] = r.Seq + 1
			read[rec.CPU]++
			if rec.Late {
				late++
			}
			if r.Time < last {
				older++
			}
			last = r.Time
		}
		require.NoError(t, <-stopped)
		took := time.Since(began)
		dropped, err := ch.Dropped()
		require.NoError(t, err)
		all, err := m.counts()
		require.NoError(t, err)
		require.Equal(t, 2*perCPU, read[0]+read[1]+dropped)
		for cpu := range 2 {
			require.Equal(t, perCPU, all[cpu].Made)
			require.Equal(t, perCPU, read[cpu]+all[cpu].Dropped)
		}
		t.Logf("%d records in %.1f s, %d dropped, %d out of order, %d of these late", 2*perCPU, took.Seconds(), dropped, older, late)
	})
}

// stopWhenMade stops the threads when each has made so many.
func (m module) stopWhenMade(ch *relay.Channel, perCPU uint64) error {
	defer ch.Drain() // however it ends, or the loop would not
	for {
		made, err := m.made(perCPU)
		if err != nil {
			return err
		}
		if made {
			return attr.Set(m.fs.File("relay_ex/stop"), 0)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// made reports whether each CPU has made so many records.
func (m module) made(perCPU uint64) (bool, error) {
	all, err := m.counts()
	for _, c := range all {
		if c.Made < perCPU {
			return false, err
		}
	}
	return true, err
}

// The same by way of bytes: what a loop adds to reading can be seen.
func TestAllBytesOfAMillionRecordsAreRead(t *testing.T) {
	m := load(t, "subbuf_size=262144 n_subbufs=32")
	ch := m.open(nil)
	perCPU := *records / 2
	m.set("start", perCPU)
	buf := make([]byte, 1<<20)
	var bytes uint64
	for done, idle := false, false; !idle; {
		idle = done
		made, err := m.made(perCPU)
		require.NoError(t, err)
		done = done || made
		for _, b := range ch.Buffers() {
			n, err := b.ReadInto(buf)
			require.NoError(t, err)
			bytes += uint64(n)
			idle = idle && n == 0
		}
	}
	m.set("stop", 0)
	dropped, err := ch.Dropped()
	require.NoError(t, err)
	require.Equal(t, (2*perCPU-dropped)*head, bytes)
}
