// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/relay"
)

func relays() stage.Chapter {
	return stage.Chapter{
		Title:    "Many records, from all CPUs at once",
		Packages: "relay",
		Modules:  []string{"relay_ex"},
		Steps:    []stage.StepFunc{mergeRelay, overfillRelay, followRelay, closeRelay},
	}
}

// numbered is the head of a record of relay_ex, and all of it as the module is
// loaded here.
type numbered struct {
	Seq, Time uint64
	CPU       uint32
}

func (r numbered) Timestamp() uint64 { return r.Time }

// parseNumbered takes the first record off b.
func parseNumbered(b []byte) (r numbered, n int, err error) {
	if len(b) < 24 {
		return r, 0, nil // the rest is still to come
	}
	r.Seq = binary.NativeEndian.Uint64(b)
	r.Time = binary.NativeEndian.Uint64(b[8:])
	r.CPU = binary.NativeEndian.Uint32(b[16:])
	return r, 24, nil
}

// A buffer for each CPU, read as one stream.
//
// parseNumbered takes a record off the bytes. Merge goes by its time stamp:
func mergeRelay(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "relay_ex.ko", "subbuf_size=240 n_subbufs=8")
	if err != nil {
		return err
	}
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	ch, err := relay.Open(dbg, "relay_ex/cpu", nil) // cpu0, cpu1, ...
	if err != nil {
		return err
	}
	defer ch.Close()
	for _, order := range []string{"1 1", "0 1", "1 1"} { // a CPU, and how many
		err = attr.Set(dbg.File("relay_ex/produce"), order)
		if err != nil {
			return err
		}
	}
	ch.Drain() // nothing more will come: the loop ends when all is read
	for rec, err := range relay.Merge(ctx, ch, parseNumbered) {
		if err != nil {
			return err
		}
		tour.Show(rec.CPU, rec.Value.Seq)
	}
	return nil
}

// A buffer that nobody reads fills up.
//
// 8 sub-buffers of 10 records are one CPU's, and one of them was begun above.
// The module counts what finds no room:
func overfillRelay(ctx context.Context, tour *stage.Step) error {
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	opts := &relay.Options{DroppedFile: "relay_ex/dropped"}
	ch, err := relay.Open(dbg, "relay_ex/cpu", opts)
	if err != nil {
		return err
	}
	defer ch.Close()
	err = attr.Set(dbg.File("relay_ex/produce"), "0 100")
	if err != nil {
		return err
	}
	dropped, err := ch.Dropped()
	if err != nil {
		return err
	}
	ch.Drain()
	read := 0
	for _, err := range relay.Records(ctx, ch, parseNumbered) {
		if err != nil {
			return err
		}
		read++
	}
	tour.Show(read, dropped)
	return nil
}

// Read while the records are made, and to the end after that was stopped.
//
// The loop sleeps until a sub-buffer is full, and looks at an interval for what
// is in one that is not. The other records wait in the buffers meanwhile:
func followRelay(ctx context.Context, tour *stage.Step) error {
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	ch, err := relay.Open(dbg, "relay_ex/cpu", nil)
	if err != nil {
		return err
	}
	defer ch.Close()
	err = attr.Set(dbg.File("relay_ex/start"), 30) // a thread on each CPU makes so many
	if err != nil {
		return err
	}
	read := make([]int, 2) // of each CPU
	for rec, err := range relay.Records(ctx, ch, parseNumbered) {
		if err != nil {
			return err
		}
		read[rec.CPU]++
		if read[0] == 30 && read[1] == 30 {
			err = attr.Set(dbg.File("relay_ex/stop"), 1)
			if err != nil {
				return err
			}
			ch.Drain()
		}
	}
	tour.Show(read)
	return nil
}

// Unload the module. An open channel does not hold it, and is gone.
func closeRelay(ctx context.Context, tour *stage.Step) error {
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	ch, err := relay.Open(dbg, "relay_ex/cpu", nil)
	if err != nil {
		return err
	}
	defer ch.Close()
	err = kmod.Remove(ctx, "relay_ex")
	if err != nil {
		return err
	}
	for _, err := range relay.Records(ctx, ch, parseNumbered) {
		tour.Refused(err, kernlink.ErrGone)
	}
	return nil
}
