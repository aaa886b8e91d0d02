// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/relay"
)

//kerneltest:need modules=../kmod/reference/relay_ex kmods=null_blk

func TestMain(m *testing.M) { kerneltest.Main(m, "ExampleOpen") }

// module is relay_ex, loaded.
type module struct {
	t   testing.TB
	fs  *debugfs.FS
	mod interface{ Remove(context.Context) error }
}

func load(t testing.TB, params any) module {
	t.Helper()
	mod := kerneltest.Load(t, "relay_ex", params)
	dbg, err := debugfs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { dbg.Close() })
	return module{t, dbg, mod}
}

func (m module) open(opts *relay.Options) *relay.Channel {
	m.t.Helper()
	if opts == nil {
		opts = new(relay.Options)
	}
	opts.DroppedFile = "relay_ex/dropped"
	ch, err := relay.Open(m.fs, "relay_ex/cpu", opts)
	require.NoError(m.t, err)
	m.t.Cleanup(func() { ch.Close() })
	return ch
}

func (m module) set(name string, value any) {
	m.t.Helper()
	require.NoError(m.t, attr.Set(m.fs.File("relay_ex/"+name), fmt.Sprint(value)))
}

func (m module) produce(cpu, n int) { m.t.Helper(); m.set("produce", fmt.Sprint(cpu, n)) }

// counts are the records that a CPU made, and those that were dropped.
type counts struct{ Made, Dropped uint64 }

func (m module) counts() (map[int]counts, error) {
	text, err := attr.Get[string](m.fs.File("relay_ex/produced"))
	if err != nil {
		return nil, err
	}
	all := make(map[int]counts)
	for line := range strings.Lines(text) {
		var cpu int
		var c counts
		if _, err := fmt.Sscan(line, &cpu, &c.Made, &c.Dropped); err != nil {
			return nil, err
		}
		all[cpu] = c
	}
	return all, nil
}

// raw opens a file of the channel without the package.
func (m module) raw(cpu int) int {
	m.t.Helper()
	fd, err := unix.Open(fmt.Sprintf("%s/relay_ex/cpu%d", m.fs.Path(), cpu), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	require.NoError(m.t, err)
	m.t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func readable(t testing.TB, fd int) int16 {
	t.Helper()
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	_, err := unix.Poll(p, 0)
	require.NoError(t, err)
	return p[0].Revents
}

func TestABufferThatIsEmptyReadsAsNothingAndIsNotAtItsEnd(t *testing.T) {
	m := load(t, nil)
	b := m.open(nil).Buffers()[0]
	buf := make([]byte, 1000)
	for range 2 {
		n, err := b.ReadInto(buf)
		require.NoError(t, err)
		require.Zero(t, n)
	}
	m.produce(0, 2)
	n, err := b.ReadInto(buf)
	require.NoError(t, err)
	require.Equal(t, 2*head, n)
	n, err = b.ReadInto(buf)
	require.NoError(t, err)
	require.Zero(t, n)
}

// poll(2) does not report what is there, and read(2) gives it.
func TestASubBufferThatIsPartlyFilledIsReadAndNotReported(t *testing.T) {
	m := load(t, "subbuf_size=240 n_subbufs=4")
	fd := m.raw(0)
	m.produce(0, 9)
	require.Zero(t, readable(t, fd))
	b := m.open(nil).Buffers()[0]
	buf := make([]byte, 1000)
	n, err := b.ReadInto(buf)
	require.NoError(t, err)
	require.Equal(t, 9*head, n)
	m.produce(0, 2) // the second has to go to the next one
	require.EqualValues(t, unix.POLLIN, readable(t, fd))
}

func TestOneReadSpansSubBuffersAndLeavesOutWhatIsUnused(t *testing.T) {
	m := load(t, "subbuf_size=250 n_subbufs=4") // 10 bytes of each are unused
	m.produce(0, 35)
	b := m.open(nil).Buffers()[0]
	buf := make([]byte, 2000)
	n, err := b.ReadInto(buf)
	require.NoError(t, err)
	require.Equal(t, 35*head, n)
	for seq := range uint64(35) {
		rec, size, err := decode(buf)
		require.NoError(t, err)
		require.Equal(t, seq, rec.Seq)
		buf = buf[size:]
	}
}

func TestAFileOfAChannelHasNoPosition(t *testing.T) {
	m := load(t, nil)
	fd := m.raw(0)
	m.produce(0, 1)
	_, err := unix.Pread(fd, make([]byte, 10), 0)
	require.ErrorIs(t, err, syscall.ESPIPE)
	_, err = unix.Seek(fd, 0, 0)
	require.ErrorIs(t, err, syscall.ESPIPE)
}

// With an hour as interval only the kernel can wake the loop, which it does
// when a sub-buffer is full.
func TestAFullSubBufferWakesTheLoop(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		m := load(t, "subbuf_size=240 n_subbufs=8 rate=2000")
		ch := m.open(&relay.Options{Interval: time.Hour})
		m.set("start", 0)
		n := 0
		for _, err := range over(soon(t), ch, decode) {
			require.NoError(t, err)
			if n++; n == 200 {
				break
			}
		}
		m.set("stop", 0)
	})
}

// The kernel wakes nobody for these.
func TestASubBufferThatIsPartlyFilledIsReadAtTheInterval(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		m := load(t, nil)
		ch := m.open(&relay.Options{Interval: 5 * time.Millisecond})
		m.produce(1, 1)
		for seq := uint64(1); seq < 5; {
			for rec, err := range over(soon(t), ch, decode) {
				require.NoError(t, err)
				require.Equal(t, item{1, false, seq - 1, rec.Value.Time}, item{rec.CPU, rec.Late, rec.Value.Seq, rec.Value.Time})
				m.produce(1, 1)
				if seq++; seq == 5 {
					break
				}
			}
		}
	})
}

// While the threads run nothing is lost, and after they were stopped what is
// left is read to the end.
func TestTheTailIsReadAfterTheProducerStopped(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		m := load(t, "payload=40 rate=20000 subbuf_size=65536 n_subbufs=64")
		ch := m.open(nil)
		m.set("start", 0)
		read := make(map[int]uint64)
		for rec, err := range over(soon(t), ch, decode) {
			require.NoError(t, err)
			require.Equal(t, read[rec.CPU], rec.Value.Seq)
			read[rec.CPU]++
			if read[0]+read[1] == 2000 {
				m.set("stop", 0)
				ch.Drain()
			}
		}
		made, err := m.counts()
		require.NoError(t, err)
		for cpu, c := range made {
			require.Equal(t, counts{Made: read[cpu]}, c)
		}
	})
}

func TestWhatFoundNoRoomIsCounted(t *testing.T) {
	m := load(t, "subbuf_size=240 n_subbufs=4")
	ch := m.open(nil)
	m.produce(0, 55)
	n, err := ch.Dropped()
	require.NoError(t, err)
	require.EqualValues(t, 15, n)
	m.produce(1, 41)
	n, err = ch.Dropped()
	require.NoError(t, err)
	require.EqualValues(t, 16, n)
	ch.Drain()
	var seqs []uint64
	for _, i := range all(t, relay.Records(soon(t), ch, decode)) {
		seqs = append(seqs, i.Seq)
	}
	require.Len(t, seqs, 80)
	require.EqualValues(t, 39, seqs[39], "the oldest are kept")
}

func TestTheNewestReplaceTheOldest(t *testing.T) {
	m := load(t, "subbuf_size=240 n_subbufs=4 overwrite=1")
	ch := m.open(nil)
	m.produce(0, 105)
	n, err := ch.Dropped()
	require.NoError(t, err)
	require.Zero(t, n)
	ch.Drain()
	items := all(t, relay.Records(soon(t), ch, decode))
	require.EqualValues(t, 104, items[len(items)-1].Seq)
	require.EqualValues(t, 105-len(items), items[0].Seq, "without a hole")
	require.Len(t, items, 35)
}

func TestMergeOrdersTheRecordsOfAModule(t *testing.T) {
	m := load(t, nil)
	ch := m.open(nil)
	for i := range 20 {
		m.produce(i%2, 3)
	}
	ch.Drain()
	items := all(t, relay.Merge(soon(t), ch, decode))
	require.Len(t, items, 60)
	require.True(t, slices.IsSortedFunc(items, func(a, b item) int { return int(int64(a.Time - b.Time)) }))
	for i, it := range items {
		require.Equal(t, i/3%2, it.CPU)
		require.False(t, it.Late)
	}
}

// The module goes while a loop waits: a file does not hold it. debugfs's guard
// says EIO, and without it relay gives what it had.
func TestAChannelWhoseModuleIsUnloadedIsGone(t *testing.T) {
	for _, params := range []string{"unsafe=0", "unsafe=1"} {
		t.Run(params, func(t *testing.T) {
			loops(t, func(t *testing.T, over loop) {
				m := load(t, params)
				ch := m.open(&relay.Options{Interval: 10 * time.Millisecond})
				raw := m.open(nil).Buffers()[1]
				m.produce(0, 1)
				m.produce(1, 1)
				var last error
				n := 0
				for _, err := range over(soon(t), ch, decode) {
					if last = err; err != nil {
						continue
					}
					if n++; n == 2 {
						require.NoError(t, m.mod.Remove(t.Context()))
					}
				}
				require.Equal(t, 2, n)
				require.ErrorIs(t, last, kernlink.ErrGone)
				e, ok := errors.AsType[*kernlink.Error](last)
				require.True(t, ok)
				require.Equal(t, "relay", e.Channel)
				for _, err := range over(soon(t), ch, decode) {
					require.ErrorIs(t, err, kernlink.ErrGone)
				}
				buf := make([]byte, 100)
				if params == "unsafe=1" {
					left, err := raw.ReadInto(buf) // ch took it
					require.ErrorIs(t, err, kernlink.ErrGone)
					require.Zero(t, left)
				}
				_, err := raw.ReadInto(buf)
				require.ErrorIs(t, err, kernlink.ErrGone)
				_, err = ch.Dropped()
				require.ErrorIs(t, err, kernlink.ErrGone)
				_, err = relay.Open(m.fs, "relay_ex/cpu", nil)
				require.ErrorIs(t, err, fs.ErrNotExist)
			})
		})
	}
}

// relay makes the buffer of a CPU when it comes online.
func TestACPUThatComesLaterIsFound(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	online := attr.At("/sys/devices/system/cpu/cpu1/online", attr.Sysfs)
	require.NoError(t, attr.Set(online, 0))
	defer attr.Set(online, 1)
	loops(t, func(t *testing.T, over loop) {
		require.NoError(t, attr.Set(online, 0))
		m := load(t, nil)
		ch := m.open(nil)
		require.Len(t, ch.Buffers(), 1)
		m.produce(0, 1)
		var cpus []int
		for rec, err := range over(soon(t), ch, decode) {
			require.NoError(t, err)
			if cpus = append(cpus, rec.CPU); len(cpus) == 2 {
				break
			}
			require.NoError(t, attr.Set(online, 1))
			m.produce(1, 1)
		}
		require.Equal(t, []int{0, 1}, cpus)
		require.Len(t, ch.Buffers(), 2)
	})
}

// Only root may read a channel.
func TestAnotherUserMayNotReadAChannel(t *testing.T) {
	m := load(t, nil)
	info, err := os.Stat(m.fs.Path() + "/relay_ex/cpu0")
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o400), info.Mode())
}
