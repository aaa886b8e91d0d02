// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/relay"
)

// What follows is of linux/blktrace_api.h.
const (
	blkTraceSetup    = 0xc0481273
	blkTraceStart    = 0x1274
	blkTraceStop     = 0x1275
	blkTraceTeardown = 0x1276

	blkMagic   = 0x65617400
	blkVersion = 7

	actQueue    = 1
	actIssue    = 7
	actComplete = 8
	actCgroup   = 1 << 8 // the number of a cgroup is before the payload

	classWrite  = 1 << 1
	classNotify = 1 << 10
)

// blkSetup is struct blk_user_trace_setup.
type blkSetup struct {
	Name       [32]byte // the kernel's answer
	ActMask    uint16   // 0 is all
	BufSize    uint32
	BufNr      uint32
	Start, End uint64
	PID        uint32 // 0 is all
}

// blkTrace is struct blk_io_trace with what follows it, which is borrowed.
type blkTrace struct {
	Magic, Sequence uint32
	Time, Sector    uint64
	Bytes, Action   uint32
	PID, Device     uint32
	CPU             uint32
	Error, Len      uint16
	Payload         []byte
}

func (r blkTrace) Timestamp() uint64 { return r.Time }

func (r blkTrace) act() uint32   { return r.Action & 0xff }
func (r blkTrace) class() uint32 { return r.Action >> 16 }

const blkHead = 48

var errBlk = errors.New("no record of blktrace")

// parseBlk takes a record of blktrace apart.
func parseBlk(b []byte) (r blkTrace, n int, err error) {
	if len(b) < blkHead {
		return r, 0, nil
	}
	e := binary.NativeEndian
	if magic := e.Uint32(b); magic != blkMagic|blkVersion {
		return r, 0, fmt.Errorf("%w: it begins with %08x", errBlk, magic)
	}
	n = blkHead + int(e.Uint16(b[46:]))
	if len(b) < n {
		return r, 0, nil
	}
	return blkTrace{
		Magic: e.Uint32(b), Sequence: e.Uint32(b[4:]), Time: e.Uint64(b[8:]), Sector: e.Uint64(b[16:]),
		Bytes: e.Uint32(b[24:]), Action: e.Uint32(b[28:]), PID: e.Uint32(b[32:]), Device: e.Uint32(b[36:]),
		CPU: e.Uint32(b[40:]), Error: e.Uint16(b[44:]), Len: e.Uint16(b[46:]), Payload: b[blkHead:n],
	}, n, nil
}

// disk is a block device that is traced.
type disk struct {
	*os.File
	t testing.TB
}

func traced(t testing.TB, setup blkSetup) disk {
	t.Helper()
	kerneltest.Load(t, "null_blk", "nr_devices=1 gb=1")
	f, err := os.OpenFile("/dev/nullb0", os.O_RDWR|unix.O_DIRECT, 0)
	require.NoError(t, err)
	d := disk{f, t}
	require.NoError(t, d.ioctl(blkTraceSetup, &setup))
	require.Equal(t, "nullb0", string(bytes.TrimRight(setup.Name[:], "\x00")))
	t.Cleanup(func() {
		d.ioctl(blkTraceTeardown, nil)
		require.NoError(t, d.Close())
	})
	return d
}

// ioctl is here until a package of its own is.
func (d disk) ioctl(request uintptr, setup *blkSetup) error {
	// unsafe: the kernel reads and writes the struct during the call only.
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, d.Fd(), request, uintptr(unsafe.Pointer(setup)))
	if errno != 0 {
		return errno
	}
	return nil
}

func (d disk) channel(opts *relay.Options) *relay.Channel {
	d.t.Helper()
	dbg, err := debugfs.Open(nil)
	require.NoError(d.t, err)
	defer dbg.Close()
	if opts == nil {
		opts = new(relay.Options)
	}
	opts.DroppedFile = "block/nullb0/dropped"
	ch, err := relay.Open(dbg, "block/nullb0/trace", opts)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { ch.Close() })
	return ch
}

// write writes block i of 4096 bytes from a CPU.
func (d disk) write(cpu, i int) {
	d.t.Helper()
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(d.t, err)
	defer unix.Munmap(page)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old, set unix.CPUSet
	require.NoError(d.t, unix.SchedGetaffinity(0, &old))
	defer unix.SchedSetaffinity(0, &old)
	set.Set(cpu)
	require.NoError(d.t, unix.SchedSetaffinity(0, &set))
	n, err := unix.Pwrite(int(d.Fd()), page, int64(i)*4096)
	require.NoError(d.t, err)
	require.Equal(d.t, 4096, n)
}

// Each write is queued, issued and completed once, and the traces of both CPUs
// come in the order of their time.
func TestBlktraceShowsEachWriteInItsOrder(t *testing.T) {
	const writes = 300
	d := traced(t, blkSetup{BufSize: 64 << 10, BufNr: 8})
	ch := d.channel(nil)
	require.NoError(t, d.ioctl(blkTraceStart, nil))
	for i := range writes {
		d.write(i%2, i)
	}
	require.NoError(t, d.ioctl(blkTraceStop, nil))
	ch.Drain()

	seen := map[uint32][]uint64{}
	sequence := map[int]uint32{}
	var last uint64
	for rec, err := range relay.Merge(soon(t), ch, parseBlk) {
		require.NoError(t, err)
		require.False(t, rec.Late)
		r := &rec.Value
		require.EqualValues(t, rec.CPU, r.CPU)
		require.GreaterOrEqual(t, r.Time, last)
		last = r.Time
		if r.class()&classNotify != 0 {
			continue // who it is, and when it began
		}
		require.Equal(t, sequence[rec.CPU]+1, r.Sequence)
		sequence[rec.CPU]++
		if act := r.act(); act == actQueue || act == actIssue || act == actComplete {
			require.NotZero(t, r.class()&classWrite)
			require.EqualValues(t, 4096, r.Bytes)
			require.Zero(t, r.Error)
			seen[act] = append(seen[act], r.Sector)
		}
		if r.act() == actQueue {
			require.EqualValues(t, len(seen[actQueue])%2, (rec.CPU+1)%2, "from the CPU that wrote")
		}
	}
	var want []uint64
	for i := range uint64(writes) {
		want = append(want, 8*i)
	}
	require.Equal(t, want, seen[actQueue])
	require.Equal(t, want, seen[actIssue])
	slices.Sort(seen[actComplete])
	require.Equal(t, want, seen[actComplete])
	dropped, err := ch.Dropped()
	require.NoError(t, err)
	require.Zero(t, dropped)
}

// A loop that runs while the traces are made sees the same as one that comes
// afterwards.
func TestBlktraceIsReadWhileItIsWritten(t *testing.T) {
	const writes = 200
	d := traced(t, blkSetup{BufSize: 16 << 10, BufNr: 8})
	ch := d.channel(nil)
	require.NoError(t, d.ioctl(blkTraceStart, nil))
	queued := 0
	d.write(0, 0)
	for rec, err := range relay.Records(soon(t), ch, parseBlk) {
		require.NoError(t, err)
		if rec.Value.class()&classNotify != 0 || rec.Value.act() != actQueue {
			continue
		}
		require.EqualValues(t, 8*queued, rec.Value.Sector)
		if queued++; queued < writes {
			d.write(queued%2, queued)
			continue
		}
		require.NoError(t, d.ioctl(blkTraceStop, nil))
		ch.Drain()
	}
	require.Equal(t, writes, queued)
}

func TestBlktraceCountsWhatFoundNoRoom(t *testing.T) {
	d := traced(t, blkSetup{BufSize: 4096, BufNr: 2, End: math.MaxUint64})
	ch := d.channel(nil)
	require.NoError(t, d.ioctl(blkTraceStart, nil))
	for i := range 300 {
		d.write(0, i)
	}
	dropped, err := ch.Dropped()
	require.NoError(t, err)
	require.NotZero(t, dropped)
	require.NoError(t, d.ioctl(blkTraceStop, nil))
	ch.Drain()
	n := 0
	for _, err := range relay.Records(soon(t), ch, parseBlk) {
		require.NoError(t, err)
		n++
	}
	require.Greater(t, n, 2*4096/blkHead/2)
}

func TestATraceThatWasTornDownIsGone(t *testing.T) {
	d := traced(t, blkSetup{BufSize: 4096, BufNr: 2})
	ch := d.channel(nil)
	require.NoError(t, d.ioctl(blkTraceTeardown, nil))
	_, err := ch.Buffers()[0].ReadInto(make([]byte, 10))
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, unix.EIO)
	for _, err := range relay.Records(soon(t), ch, parseBlk) {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
}
