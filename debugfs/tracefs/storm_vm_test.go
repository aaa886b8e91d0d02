// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
)

// Each CPU's buffer has a reader of its own while many write: what each writer
// wrote is seen once and in its order, or reported lost.
func TestAllCPUsAreReadWhileManyWrite(t *testing.T) {
	f := open(t)
	i := create(t, f, "storm")
	m := marker(t, i)
	cpus, err := i.CPUs()
	require.NoError(t, err)
	format, err := i.Event("ftrace", "print").Format()
	require.NoError(t, err)
	buf := field(format, "buf")

	const writers, each = 4, 2000
	var left atomic.Int64
	left.Store(writers * each)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers, writing sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for _, cpu := range cpus {
		r := raw(t, i, cpu, &tracefs.RawOptions{Interval: 5 * time.Millisecond})
		readers.Go(func() {
			last := time.Duration(0)
			for rec, err := range r.All(ctx) {
				done := int64(1)
				lost, isLost := errors.AsType[*tracefs.Lost](err)
				switch {
				case isLost:
					done = int64(lost.Count)
				case errors.Is(err, context.Canceled):
					return
				case err != nil:
					t.Error(err)
					return
				default:
					if rec.Time < last {
						t.Errorf("CPU %d went back from %v to %v", rec.CPU, last, rec.Time)
					}
					last = rec.Time
					mu.Lock()
					seen[string(buf.Text(rec.Data))]++
					mu.Unlock()
				}
				if left.Add(-done) == 0 {
					cancel()
				}
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				fmt.Fprintf(m, "%d.%d\n", w, n)
			}
		})
	}
	writing.Wait()
	readers.Wait()
	require.Zero(t, left.Load())
	for text, n := range seen {
		require.Equal(t, 1, n, text)
	}
	t.Logf("%d seen, %d lost", len(seen), writers*each-len(seen))
}

// Instances come and go while others look at them.
func TestInstancesThatComeAndGoAreNoErrorsOfALoop(t *testing.T) {
	f := open(t)
	done := make(chan struct{})
	var making sync.WaitGroup
	making.Go(func() {
		defer close(done)
		for n := range 6 {
			i, err := f.Create(fmt.Sprintf("storm%d", n%3))
			if err != nil {
				t.Error(err)
				return
			}
			// The other may have a file of it open for a moment.
			for err = i.Remove(); errors.Is(err, kernlink.ErrBusy); err = i.Remove() {
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for looking := true; looking; {
		select {
		case <-done:
			looking = false
		default:
		}
		for i, err := range f.Instances() {
			require.NoError(t, err)
			// Its files come one by one, and go before it.
			_, err = attr.Get[bool](i.File("tracing_on"))
			if err != nil && !errors.Is(err, kernlink.ErrGone) && !errors.Is(err, syscall.ENODEV) {
				require.ErrorIs(t, err, fs.ErrNotExist)
			}
		}
	}
	making.Wait()
}
