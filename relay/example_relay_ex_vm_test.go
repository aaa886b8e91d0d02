// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/relay"
)

// Numbered is the head of the records of the module relay_ex.
type Numbered struct {
	Seq, Time uint64
	CPU, Len  uint32
}

// Timestamp is what relay.Merge goes by.
func (r Numbered) Timestamp() uint64 { return r.Time }

// ParseNumbered takes the first record off b.
func ParseNumbered(b []byte) (r Numbered, n int, err error) {
	if len(b) < 24 {
		return r, 0, nil // the rest is still to come
	}
	r = Numbered{
		Seq:  binary.NativeEndian.Uint64(b),
		Time: binary.NativeEndian.Uint64(b[8:]),
		CPU:  binary.NativeEndian.Uint32(b[16:]),
		Len:  binary.NativeEndian.Uint32(b[20:]),
	}
	if n = 24 + int(r.Len); n > len(b) {
		return r, 0, nil
	}
	return r, n, nil
}

// The session of the module relay_ex: two CPUs make records in turns, which
// come in the order in which they were made, and the module is unloaded.
func ExampleOpen() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("relay_ex"), "subbuf_size=240 n_subbufs=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	if err := readRelay(ctx, mod); err != nil {
		fmt.Println(err)
	}
	// Output:
	// cpu 1: 0
	// cpu 0: 0
	// cpu 1: 1
	// cpu 0: 1
	// cpu 0: 2
	// dropped: 0
	// 18 were read, dropped: 10
	// gone: true
}

func readRelay(ctx context.Context, mod *kmod.Module) error {
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	ch, err := relay.Open(dbg, "relay_ex/cpu", &relay.Options{DroppedFile: "relay_ex/dropped"})
	if err != nil {
		return err
	}
	defer ch.Close()

	produce := dbg.File("relay_ex/produce")
	for _, order := range []string{"1 1", "0 1", "1 1", "0 2"} { // a CPU, and how many
		if err := attr.Set(produce, order); err != nil {
			return err
		}
	}
	ch.Drain() // the loop reads what there is, and ends
	for rec, err := range relay.Merge(ctx, ch, ParseNumbered) {
		if err != nil {
			return err
		}
		fmt.Printf("cpu %d: %d\n", rec.CPU, rec.Value.Seq)
	}
	if err := printDropped(ch); err != nil {
		return err
	}

	if err := attr.Set(produce, "1 28"); err != nil { // room is for 20, and 2 were here already
		return err
	}
	n := 0
	for _, err := range relay.Records(ctx, ch, ParseNumbered) {
		if err != nil {
			return err
		}
		n++
	}
	fmt.Printf("%d were read, ", n)
	if err := printDropped(ch); err != nil {
		return err
	}

	if err := mod.Remove(ctx); err != nil { // an open channel does not hold it
		return err
	}
	for _, err := range relay.Records(ctx, ch, ParseNumbered) {
		fmt.Println("gone:", errors.Is(err, kernlink.ErrGone))
	}
	return nil
}

func printDropped(ch *relay.Channel) error {
	dropped, err := ch.Dropped()
	if err != nil {
		return err
	}
	fmt.Println("dropped:", dropped)
	return nil
}
