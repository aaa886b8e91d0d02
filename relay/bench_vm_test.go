// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/relay"
)

// BenchmarkDrain reads full buffers of two CPUs. The system calls alone, and
// with a loop over the bytes as one writes it in C, are the limits. The rounds
// take turns, so that the machine's moods are everybody's.
//
//	scripts/kerneltest -run - -bench Drain -benchtime 7x ./relay
func BenchmarkDrain(b *testing.B) {
	const perCPU = 40_000
	m := load(b, "subbuf_size=262144 n_subbufs=8")
	ch := m.open(nil)
	ch.Drain()
	fds := []int{m.raw(0), m.raw(1)}
	ways := []struct {
		name  string
		drain func() int
	}{
		{"read", func() int { return drainRaw(b, fds, func(n []byte) int { return len(n) / head }) }},
		{"walk", func() int { return drainRaw(b, fds, walk) }},
		{"Records", func() (n int) {
			for _, err := range relay.Records(context.Background(), ch, decode) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			return n
		}},
		{"Merge", func() (n int) {
			for _, err := range relay.Merge(context.Background(), ch, decode) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			return n
		}},
	}
	times := make([]time.Duration, len(ways))
	rounds := 0
	for b.Loop() {
		for i, w := range ways {
			for cpu := range fds {
				m.produce(cpu, perCPU)
			}
			began := time.Now()
			if n := w.drain(); n != len(fds)*perCPU {
				b.Fatal(w.name, n)
			}
			times[i] += time.Since(began)
		}
		rounds++
	}
	for i, w := range ways {
		b.ReportMetric(float64(times[i].Nanoseconds())/float64(rounds*perCPU*len(fds)), fmt.Sprintf("ns/record-%s", w.name))
	}
}

// drainRaw reads each file until it gives nothing.
func drainRaw(b *testing.B, fds []int, use func([]byte) int) (n int) {
	for _, fd := range fds {
		for {
			m, err := unix.Read(fd, whole)
			if err != nil {
				b.Fatal(err)
			}
			if m == 0 {
				break
			}
			n += use(whole[:m])
		}
	}
	return n
}

// walk goes over records that it knows to be whole.
func walk(b []byte) (n int) {
	var last uint64
	for len(b) >= head {
		size := head + int(binary.NativeEndian.Uint32(b[20:]))
		if size > len(b) {
			break
		}
		last = max(last, binary.NativeEndian.Uint64(b[8:]))
		b = b[size:]
		n++
	}
	if last == 0 {
		panic("no stamp")
	}
	return n
}
