// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sleepers starts processes that sleep. They read from one pipe, and so end
// with this process however it ends.
func sleepers(b *testing.B, n int) {
	b.Helper()
	r, w, err := os.Pipe()
	require.NoError(b, err)
	cats := make([]*exec.Cmd, n)
	for i := range cats {
		cats[i] = exec.Command("cat")
		cats[i].Stdin = r
		require.NoError(b, cats[i].Start())
	}
	b.Cleanup(func() {
		w.Close()
		r.Close()
		for _, cat := range cats {
			cat.Wait()
		}
	})
}

// BenchmarkTenTimesASecond is what a table of 40 rows, ten times a second,
// beside a thousand processes that sleep, takes of one CPU, in the kernel and
// out of it. It is for about 20 seconds each:
//
//	go test ./examples/ktop -run '^$' -bench TenTimes -benchtime 200x
func BenchmarkTenTimesASecond(b *testing.B) {
	sleepers(b, 1000)
	for _, way := range []struct {
		name   string
		fds    int
		pulses bool
		order  string
	}{
		{"kept", defaultFDs(), true, "cpu"},
		{"kept_without_schedstat", defaultFDs(), false, "cpu"},
		{"by_number", 0, false, "cpu"},
		{"kept_by_io", defaultFDs(), true, "io"},
	} {
		b.Run(way.name, func(b *testing.B) { tenTimes(b, way.fds, way.pulses, way.order) })
	}
	b.Run("program_in_a_terminal", programTenTimes)
}

func tenTimes(b *testing.B, fds int, pulses bool, by string) {
	o, err := orderOf(by)
	require.NoError(b, err)
	k, err := open(&options{proc: "/proc", fds: fds, order: o, rows: 40})
	require.NoError(b, err)
	defer k.close()
	k.sampler.pulses = pulses
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(b, err)
	defer null.Close()
	refresh := func() {
		require.NoError(b, k.look())
		_, err := null.Write(k.draw(120))
		require.NoError(b, err)
	}
	refresh()
	refresh()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	<-ticker.C
	own, began := ownTime(), time.Now()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		refresh()
		<-ticker.C
	}
	report(b, ownTime()-own, time.Since(began), len(k.sampler.all))
}

// programTenTimes is the whole program, its start included.
func programTenTimes(b *testing.B) {
	began := time.Now()
	p := startInTerminal(b, "-d", "100ms")
	p.size(120, 45)
	p.master.SetReadDeadline(time.Time{})
	for range b.N {
		p.until(clearRest)
	}
	p.press("q")
	p.until(leave)
	go io.Copy(io.Discard, p.master)
	require.NoError(b, p.Wait())
	report(b, p.ProcessState.UserTime()+p.ProcessState.SystemTime(), time.Since(began), 1000)
}

func report(b *testing.B, used, elapsed time.Duration, processes int) {
	b.ReportMetric(0, "ns/op") // it is the interval
	b.ReportMetric(100*used.Seconds()/elapsed.Seconds(), "%core")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "us/refresh")
	b.ReportMetric(float64(processes), "processes")
}
