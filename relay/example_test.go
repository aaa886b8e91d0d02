// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/relay"
)

// Reading is a record of some module's: when, and a value.
type Reading struct {
	Time  uint64
	Value uint32
}

// Timestamp is what relay.Merge goes by.
func (r Reading) Timestamp() uint64 { return r.Time }

// ParseReading takes the first one off b. All have 12 bytes.
func ParseReading(b []byte) (r Reading, n int, err error) {
	if len(b) < 12 {
		return r, 0, nil // the rest is still to come
	}
	r = Reading{Time: binary.NativeEndian.Uint64(b), Value: binary.NativeEndian.Uint32(b[8:])}
	if r.Value > 1000 {
		return r, 12, fmt.Errorf("a value of %d", r.Value)
	}
	return r, 12, nil
}

func appendReading(b []byte, time uint64, value uint32) []byte {
	return binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint64(b, time), value)
}

// An ordinary folder is a channel, too: for tests of one's own decoder, and
// for what was saved on another machine.
func ExampleMerge() {
	dir, err := os.MkdirTemp("", "saved")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for name, b := range map[string][]byte{
		"trace0": appendReading(appendReading(nil, 100, 1), 400, 4),
		"trace1": appendReading(appendReading(appendReading(nil, 200, 2), 300, 3), 500, 5000),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}

	ch, err := relay.OpenAt(dir, "trace", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ch.Close()
	ch.Drain() // nothing more will come, so the loop ends
	for rec, err := range relay.Merge(context.Background(), ch, ParseReading) {
		if err != nil {
			e, _ := errors.AsType[*kernlink.Error](err)
			fmt.Printf("cpu %d, %s: %v\n", rec.CPU, filepath.Base(e.Path), e.Err)
			continue
		}
		fmt.Printf("cpu %d at %d: %d\n", rec.CPU, rec.Value.Time, rec.Value.Value)
	}
	// Output:
	// cpu 0 at 100: 1
	// cpu 1 at 200: 2
	// cpu 1 at 300: 3
	// cpu 1, trace1: a value of 5000
	// cpu 0 at 400: 4
}

// When the channel is not there, its module is not loaded.
func ExampleOpenAt() {
	_, err := relay.OpenAt(os.TempDir(), "no_such_channel", nil)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output: true
}
