// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/relay"
)

// user is one who uses the channel again and again, whether it is there or not.
type user struct {
	name string
	use  func(ctx context.Context, m module) error
	fine atomic.Int64
}

// withChannel is a turn on a channel of its own.
func withChannel(use func(context.Context, *relay.Channel) error) func(context.Context, module) error {
	return func(ctx context.Context, m module) error {
		ch, err := relay.Open(m.fs, "relay_ex/cpu", &relay.Options{DroppedFile: "relay_ex/dropped"})
		if err != nil {
			return err
		}
		defer ch.Close()
		return use(ctx, ch)
	}
}

// some goes through some records and leaves.
func some(over loop) func(context.Context, module) error {
	return withChannel(func(ctx context.Context, ch *relay.Channel) error {
		n := 0
		for _, err := range over(ctx, ch, decode) {
			if err != nil && !errors.Is(err, errWrong) { // two read one buffer, and each has half
				return err
			}
			if n++; n == 100 {
				break
			}
		}
		_, err := ch.Dropped()
		return err
	})
}

func users() []*user {
	return []*user{
		{name: "Records", use: some(relay.Records[record])},
		{name: "Merge", use: some(relay.Merge[record])},
		{name: "bytes", use: withChannel(func(_ context.Context, ch *relay.Channel) error {
			buf := make([]byte, 5000)
			for range 20 {
				for _, b := range ch.Buffers() {
					if _, err := b.ReadInto(buf); err != nil {
						return err
					}
				}
			}
			return nil
		})},
		{name: "splice", use: withChannel(func(_ context.Context, ch *relay.Channel) error {
			f, err := os.CreateTemp("", "spliced")
			if err != nil {
				return err
			}
			defer os.Remove(f.Name())
			defer f.Close()
			_, err = ch.Buffers()[0].Splice(f)
			if errors.Is(err, kernlink.ErrNotSupported) {
				return nil
			}
			return err
		})},
		{name: "map", use: func(ctx context.Context, m module) error {
			return withChannel(func(_ context.Context, ch *relay.Channel) error {
				mem, err := ch.Buffers()[0].Map(m.mapOptions(0, 4096, 8))
				if errors.Is(err, kernlink.ErrNotSupported) {
					return nil
				}
				if err != nil {
					return err
				}
				defer mem.Close()
				sum := 0
				for sub, err := range mem.Pending() {
					if err != nil {
						return err
					}
					for _, c := range sub {
						sum += int(c)
					}
				}
				return nil
			})(ctx, m)
		}},
		{name: "start", use: func(_ context.Context, m module) error {
			err := attr.Set(m.fs.File("relay_ex/start"), 5000)
			if errors.Is(err, kernlink.ErrBusy) {
				return nil
			}
			return err
		}},
		{name: "stop", use: func(_ context.Context, m module) error { return attr.Set(m.fs.File("relay_ex/stop"), 0) }},
		{name: "produce", use: func(_ context.Context, m module) error {
			return attr.Set(m.fs.File("relay_ex/produce"), "1 200")
		}},
		{name: "look", use: func(_ context.Context, m module) error {
			if _, err := m.fs.File("relay_ex/subbufs").Read(); err != nil {
				return err
			}
			_, err := m.fs.File("relay_ex/produced").Read()
			return err
		}},
	}
}

// Many use a channel in all its ways while its module is unloaded and loaded
// again, and who reads has an error that the documentation names, or none. The
// kernel has nothing to say.
func TestManyUseAChannelWhileItsModuleIsUnloaded(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	for _, params := range []string{"unsafe=0", "unsafe=1"} {
		t.Run(params, func(t *testing.T) {
			dbg, err := debugfs.Open(nil)
			require.NoError(t, err)
			defer dbg.Close()
			ctx, end := context.WithCancel(within(t, 3*time.Minute))
			var wg sync.WaitGroup
			all := users()
			progress := make(chan struct{}, 1)
			for _, u := range all {
				wg.Go(func() {
					for ctx.Err() == nil {
						u.turn(ctx, t, module{t: t, fs: dbg})
						select {
						case progress <- struct{}{}:
						default:
						}
						runtime.Gosched()
					}
				})
			}
			defer wg.Wait()
			defer end()
			for range 2 {
				m := load(t, params+" subbuf_size=4096 n_subbufs=8 payload=20")
				for _, u := range all {
					for goal := u.fine.Load() + 2; u.fine.Load() < goal; {
						select {
						case <-progress:
						case <-ctx.Done():
							require.FailNow(t, "it never got through", u.name)
						}
					}
				}
				require.NoError(t, m.mod.Remove(t.Context()))
			}
		})
	}
}

// turn has one turn, and says so when it fails in a way that it may not.
func (u *user) turn(ctx context.Context, t *testing.T, m module) {
	err := u.use(ctx, m)
	if err == nil {
		u.fine.Add(1)
		return
	}
	for _, may := range []error{kernlink.ErrGone, fs.ErrNotExist, context.Canceled} {
		if errors.Is(err, may) {
			return
		}
	}
	t.Errorf("%s: %v", u.name, err)
}
