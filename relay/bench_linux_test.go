// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"testing"

	"github.com/kernlink/kernlink/relay"
)

// BenchmarkFolder reads ordinary files of two CPUs: what a loop adds to
// reading and decoding.
func BenchmarkFolder(b *testing.B) {
	const perCPU = 40_000
	f := newFolder(b, 2)
	for cpu := range 2 {
		var all []byte
		for seq := range uint64(perCPU) {
			all = encode(all, cpu, seq, 2*seq+uint64(cpu), 0)
		}
		f.write(b, cpu, all)
	}
	for _, w := range []struct {
		name  string
		drain func(ch *relay.Channel) (int, error)
	}{
		{"read", func(ch *relay.Channel) (int, error) {
			return readAll(ch, func(b []byte) (int, error) { return len(b) / head, nil })
		}},
		{"decode", func(ch *relay.Channel) (int, error) { return readAll(ch, decodeAll) }},
		{"Records", func(ch *relay.Channel) (n int, _ error) {
			for _, err := range relay.Records(context.Background(), ch, decode) {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}},
		{"Merge", func(ch *relay.Channel) (n int, _ error) {
			for _, err := range relay.Merge(context.Background(), ch, decode) {
				if err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}},
	} {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				ch, err := relay.OpenAt(string(f), "cpu", nil)
				if err != nil {
					b.Fatal(err)
				}
				ch.Drain()
				m, err := w.drain(ch)
				if err != nil || m != 2*perCPU {
					b.Fatal(m, err)
				}
				ch.Close()
				n += m
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/record")
		})
	}
}

func readAll(ch *relay.Channel, use func([]byte) (int, error)) (n int, _ error) {
	for _, b := range ch.Buffers() {
		for {
			m, err := b.ReadInto(whole)
			if err != nil || m == 0 {
				if err != nil {
					return n, err
				}
				break
			}
			k, err := use(whole[:m])
			if err != nil {
				return n, err
			}
			n += k
		}
	}
	return n, nil
}

var whole = make([]byte, 43690*head) // whole records, near 1 MiB

func decodeAll(b []byte) (n int, _ error) {
	for len(b) > 0 {
		_, size, err := decode(b)
		if err != nil {
			return n, err
		}
		b = b[size:]
		n++
	}
	return n, nil
}
