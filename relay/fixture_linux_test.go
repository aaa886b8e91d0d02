// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/relay"
)

// record is struct record of the module relay_ex. Its payload is borrowed.
type record struct {
	Seq, Time uint64
	CPU       uint32
	Payload   []byte
}

func (r record) Timestamp() uint64 { return r.Time }

const head = 24

// errWrong is what decode finds.
var errWrong = errors.New("no record of relay_ex")

// decode is the decoder for records of relay_ex.
func decode(b []byte) (r record, n int, err error) {
	if len(b) < head {
		return r, 0, nil
	}
	n = head + int(binary.NativeEndian.Uint32(b[20:]))
	if n > head+256 {
		return r, 0, fmt.Errorf("%w: %d bytes", errWrong, n)
	}
	if len(b) < n {
		return r, 0, nil
	}
	r = record{
		Seq:     binary.NativeEndian.Uint64(b),
		Time:    binary.NativeEndian.Uint64(b[8:]),
		CPU:     binary.NativeEndian.Uint32(b[16:]),
		Payload: b[head:n],
	}
	for _, c := range r.Payload {
		if c != byte(r.Seq) {
			return r, n, fmt.Errorf("%w: payload of %d", errWrong, r.Seq)
		}
	}
	return r, n, nil
}

// encode is what relay_ex writes.
func encode(b []byte, cpu int, seq, stamp uint64, payload int) []byte {
	b = binary.NativeEndian.AppendUint64(b, seq)
	b = binary.NativeEndian.AppendUint64(b, stamp)
	b = binary.NativeEndian.AppendUint32(b, uint32(cpu))
	b = binary.NativeEndian.AppendUint32(b, uint32(payload))
	for range payload {
		b = append(b, byte(seq))
	}
	return b
}

// folder is a channel of ordinary files.
type folder string

func newFolder(t testing.TB, cpus int) folder {
	f := folder(t.TempDir())
	for cpu := range cpus {
		f.write(t, cpu, nil)
	}
	return f
}

func (f folder) path(cpu int) string { return filepath.Join(string(f), fmt.Sprintf("cpu%d", cpu)) }

// write adds to the file of a CPU.
func (f folder) write(t testing.TB, cpu int, b []byte) {
	t.Helper()
	file, err := os.OpenFile(f.path(cpu), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = file.Write(b)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func (f folder) appender(t testing.TB, cpu int) *os.File {
	file, err := os.OpenFile(f.path(cpu), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

// stamps writes records with these times.
func (f folder) stamps(t testing.TB, cpu int, from uint64, stamps ...uint64) {
	t.Helper()
	var b []byte
	for i, stamp := range stamps {
		b = encode(b, cpu, from+uint64(i), stamp, 0)
	}
	f.write(t, cpu, b)
}

func (f folder) open(t testing.TB, opts *relay.Options) *relay.Channel {
	t.Helper()
	ch, err := relay.OpenAt(string(f), "cpu", opts)
	require.NoError(t, err)
	t.Cleanup(func() { ch.Close() })
	return ch
}

// item is what a loop yielded, owned.
type item struct {
	CPU  int
	Late bool
	Seq  uint64
	Time uint64
}

// all goes through a loop to its end.
func all(t testing.TB, seq func(func(relay.Record[record], error) bool)) (items []item) {
	t.Helper()
	for rec, err := range seq {
		require.NoError(t, err)
		require.EqualValues(t, rec.CPU, rec.Value.CPU)
		items = append(items, item{rec.CPU, rec.Late, rec.Value.Seq, rec.Value.Time})
	}
	return items
}

// soon ends a test that would hang.
func soon(t testing.TB) context.Context { return within(t, time.Minute) }

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
