// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/relay"
)

// mapOptions are those of the module as it was loaded here.
func (m module) mapOptions(cpu, size, count int) relay.MapOptions {
	return relay.MapOptions{
		Size: size, Count: count,
		State: func(s *relay.Subbufs) error {
			text, err := attr.Get[string](m.fs.File("relay_ex/subbufs"))
			if err != nil {
				return err
			}
			for line := range strings.Lines(text) {
				words := strings.Fields(line)
				if words[0] != fmt.Sprint(cpu) {
					continue
				}
				_, err := fmt.Sscan(words[1]+" "+words[2], &s.Produced, &s.Consumed)
				for _, w := range words[3:] {
					var n int
					_, err = fmt.Sscan(w, &n)
					s.Padding = append(s.Padding, n)
				}
				return err
			}
			return errors.New("no such CPU")
		},
		Consumed: func(n int) error {
			return attr.Set(m.fs.File("relay_ex/consumed"), fmt.Sprint(cpu, n))
		},
	}
}

func TestTheSubBuffersOfAMappingAreReadInPlace(t *testing.T) {
	m := load(t, "subbuf_size=1000 n_subbufs=5 payload=30 unsafe=1")
	ch := m.open(nil)
	mem, err := ch.Buffers()[1].Map(m.mapOptions(1, 1000, 5))
	require.NoError(t, err)
	defer mem.Close()
	require.NoError(t, ch.Close(), "the mapping stays")
	seq := uint64(0)
	read := func() (subbufs int) {
		for sub, err := range mem.Pending() {
			require.NoError(t, err)
			subbufs++
			for len(sub) > 0 {
				rec, n, err := decode(sub)
				require.NoError(t, err)
				require.Equal(t, seq, rec.Seq)
				sub = sub[n:]
				seq++
			}
		}
		return subbufs
	}
	require.Zero(t, read())
	for range 10 { // round and round
		m.produce(1, 60)
		require.NotZero(t, read())
	}
	m.set("stop", 0) // completes the last one
	require.Equal(t, 1, read())
	require.EqualValues(t, 600, seq)
	dropped, err := attr.Get[int](m.fs.File("relay_ex/dropped"))
	require.NoError(t, err)
	require.Zero(t, dropped, "the module was told what was read")
}

func TestWhoLeavesALoopOverAMappingHasReadTheSubBuffer(t *testing.T) {
	m := load(t, "subbuf_size=240 n_subbufs=4 unsafe=1")
	mem, err := m.open(nil).Buffers()[0].Map(m.mapOptions(0, 240, 4))
	require.NoError(t, err)
	m.produce(0, 31)
	for want := range uint64(3) {
		for sub, err := range mem.Pending() {
			require.NoError(t, err)
			require.Len(t, sub, 240)
			rec, _, err := decode(sub)
			require.NoError(t, err)
			require.Equal(t, 10*want, rec.Seq)
			break
		}
	}
	for range mem.Pending() {
		require.Fail(t, "the fourth is not complete")
	}
	require.NoError(t, mem.Close())
	require.ErrorIs(t, mem.Close(), fs.ErrClosed)
	for _, err := range mem.Pending() {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
}

func TestAMappingWantsTheShapeOfTheBuffer(t *testing.T) {
	m := load(t, "subbuf_size=4096 n_subbufs=4 unsafe=1")
	b := m.open(nil).Buffers()[0]
	for _, c := range []struct {
		size, count int
		want        error
	}{
		{4096, 5, syscall.EINVAL},
		{4096, 3, syscall.EINVAL},
		{0, 4, fs.ErrInvalid},
		{4096, -1, fs.ErrInvalid},
		{1 << 30, 2, fs.ErrInvalid},
	} {
		_, err := b.Map(m.mapOptions(0, c.size, c.count))
		require.ErrorIs(t, err, c.want, c)
		require.NotErrorIs(t, err, kernlink.ErrNotSupported)
	}
	_, err := b.Map(relay.MapOptions{Size: 4096, Count: 4})
	require.ErrorIs(t, err, fs.ErrInvalid)
}

// spliceWasThere reports whether relay of this kernel has splice.
func spliceWasThere(t *testing.T) bool {
	var u unix.Utsname
	require.NoError(t, unix.Uname(&u))
	var major, minor int
	_, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor)
	require.NoError(t, err)
	return major < 6 || major == 6 && minor < 8
}

func TestSubBuffersAreSplicedIntoAFile(t *testing.T) {
	m := load(t, "subbuf_size=4096 n_subbufs=8 payload=30 unsafe=1")
	b := m.open(nil).Buffers()[0]
	dir := t.TempDir()
	f, err := os.Create(dir + "/cpu0")
	require.NoError(t, err)
	defer f.Close()
	m.produce(0, 300)
	n, err := b.Splice(f)
	if !spliceWasThere(t) {
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorContains(t, err, "6.8")
		return
	}
	require.NoError(t, err)
	sum := n
	for range 5 {
		m.produce(0, 400)
		n, err = b.Splice(f)
		require.NoError(t, err)
		require.NotZero(t, n)
		sum += n
	}
	m.set("stop", 0)
	n, err = b.Splice(f)
	require.NoError(t, err)
	sum += n
	n, err = b.Splice(f)
	require.NoError(t, err)
	require.Zero(t, n)
	saved, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	require.Len(t, saved, int(sum))

	ch, err := relay.OpenAt(dir, "cpu", nil) // what was saved is a channel too
	require.NoError(t, err)
	defer ch.Close()
	ch.Drain()
	seq := uint64(0)
	for rec, err := range relay.Records(soon(t), ch, decode) {
		require.NoError(t, err)
		require.Equal(t, seq, rec.Value.Seq)
		seq++
	}
	require.EqualValues(t, 2300, seq)
}

func TestSpliceIsForOrdinaryFilesOnly(t *testing.T) {
	m := load(t, "unsafe=1")
	b := m.open(nil).Buffers()[0]
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	_, err = b.Splice(w)
	require.ErrorIs(t, err, fs.ErrInvalid)
}

// debugfs's guard hides both, and so does everything that uses it: blktrace.
func TestAGuardedChannelOffersNeitherMmapNorSplice(t *testing.T) {
	test := func(t *testing.T, b *relay.Buffer) {
		opts := relay.MapOptions{Size: 4096, Count: 2, State: func(*relay.Subbufs) error { return nil }, Consumed: func(int) error { return nil }}
		_, err := b.Map(opts)
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorIs(t, err, syscall.ENODEV)
		f, err := os.Create(t.TempDir() + "/saved")
		require.NoError(t, err)
		defer f.Close()
		_, err = b.Splice(f)
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorIs(t, err, syscall.EINVAL)
	}
	t.Run("relay_ex", func(t *testing.T) {
		test(t, load(t, "subbuf_size=4096 n_subbufs=2").open(nil).Buffers()[0])
	})
	t.Run("blktrace", func(t *testing.T) {
		test(t, traced(t, blkSetup{BufSize: 4096, BufNr: 2}).channel(nil).Buffers()[0])
	})
}
