// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// One record again and again: the sequence number falls never and rises
// never, which is no gap.
var oneRecord = []byte("6,9,401051,-,caller=T1;virtio \\x5c enabling\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n")

func (f *fake) repeat() {
	if _, err := unix.Write(f.in, oneRecord); err != nil {
		panic(err)
	}
}

func TestPendingDoesNotAllocatePerRecord(t *testing.T) {
	f := newFake(t, All)
	drain := func(records int) float64 {
		return testing.AllocsPerRun(20, func() {
			for range records {
				f.repeat()
			}
			n := 0
			for rec, err := range f.Pending() {
				if err != nil || len(rec.Device()) == 0 {
					panic(err)
				}
				n++
			}
			if n != records {
				panic(n)
			}
		})
	}
	require.Equal(t, drain(1), drain(10))
}

func TestFollowDoesNotAllocatePerRecord(t *testing.T) {
	f := newFake(t, All)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next, stop := iter.Pull2(f.All(ctx))
	defer stop()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		f.repeat()
		if rec, err, _ := next(); err != nil || len(rec.Subsystem()) == 0 {
			panic(err)
		}
	}))
}

func TestFollowDoesNotAllocateWhenItIsWoken(t *testing.T) {
	f := newFake(t, All)
	turn := make(chan bool)
	defer close(turn)
	go func() {
		for range turn {
			f.repeat()
		}
	}()
	var rec Record
	require.Zero(t, testing.AllocsPerRun(100, func() {
		turn <- true // the read below starts before or after the record is there
		if err := f.ReadInto(context.Background(), &rec); err != nil {
			panic(err)
		}
	}))
}
