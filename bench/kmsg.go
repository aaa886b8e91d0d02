// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"

	"github.com/euank/go-kmsg-parser/kmsgparser"

	"github.com/kernlink/kernlink/kmsg"
)

// The whole ring of the kernel log, from open to close.
func kmsgRow() row {
	return row{
		name: "/dev/kmsg, whole ring", unit: "record", figure: 1.7,
		open: func(b *bench) ([]way, error) {
			first, last, err := newest(100)
			if err != nil {
				return nil, err
			}
			return []way{
				b.limit("ring", strconv.FormatUint(first, 10), strconv.FormatUint(last, 10)),
				{"kernlink", func() (worker, error) { return ringWorker(first, last, readRing), nil }},
				{"euank/go-kmsg-parser", func() (worker, error) {
					w := ringWorker(first, last, func(f func(*kmsg.Record)) (int, error) { return euankRing(last, f) })
					w.threads = true
					return w, nil
				}},
			}, nil
		},
	}
}

// newest are the numbers of the last records that there are now, which do not
// leave the ring while the row runs.
func newest(count uint64) (first, last uint64, err error) {
	n, err := readRing(func(r *kmsg.Record) { last = r.Sequence })
	if err != nil {
		return 0, 0, errUnmeasured{err.Error()}
	}
	if n == 0 {
		return 0, 0, errUnmeasured{"the kernel log is empty"}
	}
	return last - min(last, count-1, uint64(n)/2), last, nil
}

// ringWorker counts what read yields; the records from first to last are what
// the ways are compared by.
func ringWorker(first, last uint64, read func(func(*kmsg.Record)) (int, error)) inGo {
	return inGo{
		work: func(n int) (int, error) {
			total := 0
			for range n {
				count, err := read(func(*kmsg.Record) {})
				if err != nil {
					return 0, err
				}
				total += count
			}
			return total, nil
		},
		facts: func() (facts, error) {
			var records, sequences, times, levels uint64
			_, err := read(func(r *kmsg.Record) {
				if r.Sequence < first || r.Sequence > last {
					return
				}
				records++
				sequences += r.Sequence
				times += uint64(r.Time.Microseconds())
				levels += uint64(r.Level)
			})
			f := parseFacts(fmt.Sprintf("records %d\nsequences %d\nmicroseconds %d\nlevels %d", records, sequences, times, levels))
			if times == 0 {
				delete(f, "microseconds") // euank's are times of day
			}
			return f, err
		},
	}
}

func readRing(f func(*kmsg.Record)) (int, error) {
	log, err := kmsg.Open(nil)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	count := 0
	for rec, err := range log.Pending() {
		if err != nil {
			return count, err
		}
		count++
		f(rec)
	}
	return count, nil
}

// euankRing reads up to the record last: the channel has no other end.
func euankRing(last uint64, f func(*kmsg.Record)) (int, error) {
	p, err := kmsgparser.NewParser()
	if err != nil {
		return 0, err
	}
	p.SetLogger(silent{})
	defer p.Close()
	count := 0
	for m := range p.Parse() {
		count++
		f(&kmsg.Record{Sequence: uint64(m.SequenceNumber), Level: kmsg.Level(m.Priority & 7)})
		if uint64(m.SequenceNumber) >= last {
			break
		}
	}
	return count, nil
}

type silent struct{}

func (silent) Infof(string, ...any)    {}
func (silent) Warningf(string, ...any) {}
func (silent) Errorf(string, ...any)   {}
