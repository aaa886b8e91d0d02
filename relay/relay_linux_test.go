// SPDX-License-Identifier: Apache-2.0

//go:build linux

package relay_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/relay"
)

func TestTheFilesOfAChannelAreItsPrefixAndANumber(t *testing.T) {
	f := newFolder(t, 3)
	f.write(t, 10, nil)
	for _, name := range []string{"cpu", "cpux", "cpu01", "cpu1.consumed", "cpu-1", "cpu99999", "acpu4", "dropped"} {
		require.NoError(t, os.WriteFile(filepath.Join(string(f), name), nil, 0o600))
	}
	ch := f.open(t, nil)
	var cpus []int
	for _, b := range ch.Buffers() {
		cpus = append(cpus, b.CPU())
		require.Equal(t, f.path(b.CPU()), b.Path())
	}
	require.Equal(t, []int{0, 1, 2, 10}, cpus)
	require.Equal(t, string(f)+"/cpu", ch.Path())
}

func TestAChannelIsFoundBelowTheRootOfADebugfs(t *testing.T) {
	root := t.TempDir()
	f := folder(filepath.Join(root, "my_module"))
	require.NoError(t, os.Mkdir(string(f), 0o700))
	f.stamps(t, 0, 0, 7)
	require.NoError(t, os.WriteFile(filepath.Join(root, "dropped"), []byte("12\n"), 0o600))
	dbg, err := debugfs.OpenAt(root, nil)
	require.NoError(t, err)
	ch, err := relay.Open(dbg, "my_module/cpu", &relay.Options{DroppedFile: "dropped"})
	require.NoError(t, err)
	defer ch.Close()
	require.NoError(t, dbg.Close())
	ch.Drain()
	require.Len(t, all(t, relay.Records(soon(t), ch, decode)), 1)
	n, err := ch.Dropped()
	require.NoError(t, err)
	require.EqualValues(t, 12, n)
}

func TestWhatIsNoChannelSaysSo(t *testing.T) {
	f := newFolder(t, 2)
	for _, c := range []struct {
		dir, prefix string
		opts        *relay.Options
		want        error
	}{
		{string(f), "trace", nil, fs.ErrNotExist},
		{string(f), "no/cpu", nil, fs.ErrNotExist},
		{string(f) + "/no", "cpu", nil, fs.ErrNotExist},
		{string(f), "../cpu", nil, fs.ErrInvalid},
		{string(f), "/cpu", nil, fs.ErrInvalid},
		{string(f), "", nil, fs.ErrInvalid},
		{string(f), ".", nil, fs.ErrInvalid},
		{string(f), "cpu", &relay.Options{DroppedFile: "/dropped"}, fs.ErrInvalid},
		{string(f), "cpu", &relay.Options{CPUs: []int{1, 2}}, fs.ErrNotExist},
		{string(f), "cpu", &relay.Options{CPUs: []int{}}, fs.ErrNotExist},
		{string(f), "cpu", &relay.Options{DroppedFile: "no/dropped"}, fs.ErrNotExist},
	} {
		_, err := relay.OpenAt(c.dir, c.prefix, c.opts)
		require.ErrorIs(t, err, c.want, "%v", c)
		e, ok := errors.AsType[*kernlink.Error](err)
		require.True(t, ok)
		require.Equal(t, "relay", e.Channel)
	}
	_, err := relay.OpenAt(string(f), "trace", nil)
	require.ErrorContains(t, err, "no file traceN in "+string(f))
}

func TestRecordsOfAllCPUsComeUntilAllIsRead(t *testing.T) {
	f := newFolder(t, 3)
	f.stamps(t, 0, 0, 5, 6)
	f.stamps(t, 2, 0, 1)
	ch := f.open(t, nil)
	ch.Drain()
	require.Equal(t, []item{
		{0, false, 0, 5}, {0, false, 1, 6}, {2, false, 0, 1},
	}, all(t, relay.Records(soon(t), ch, decode)))
	require.Empty(t, all(t, relay.Records(soon(t), ch, decode)))
	f.stamps(t, 1, 0, 3)
	require.Equal(t, []item{{1, false, 0, 3}}, all(t, relay.Records(soon(t), ch, decode)))
}

func TestOneCPUIsReadByItself(t *testing.T) {
	f := newFolder(t, 2)
	f.stamps(t, 0, 0, 5, 6)
	f.stamps(t, 1, 0, 1)
	for cpu, n := range []int{2, 1} {
		ch := f.open(t, &relay.Options{CPUs: []int{cpu}})
		ch.Drain()
		require.Len(t, all(t, relay.Records(soon(t), ch, decode)), n)
	}
}

type loop = func(context.Context, *relay.Channel, relay.Decode[record]) iter.Seq2[relay.Record[record], error]

// loops are both, for what they have in common.
func loops(t *testing.T, test func(*testing.T, loop)) {
	t.Run("Records", func(t *testing.T) { test(t, relay.Records[record]) })
	t.Run("Merge", func(t *testing.T) { test(t, relay.Merge[record]) })
}

func TestALoopWaitsForWhatComes(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 2)
		ch := f.open(t, &relay.Options{Interval: time.Millisecond})
		f.stamps(t, 0, 0, 1)
		seq := uint64(0)
		for rec, err := range over(soon(t), ch, decode) {
			require.NoError(t, err)
			require.Equal(t, seq, rec.Value.Time-1)
			seq++
			if seq == 20 {
				ch.Drain()
				continue
			}
			f.stamps(t, int(seq)%2, seq, 1+seq)
		}
		require.EqualValues(t, 20, seq)
	})
}

func TestALoopEndsWithItsContext(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		f.stamps(t, 0, 0, 1, 2, 3)
		ch := f.open(t, &relay.Options{Interval: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range over(ctx, ch, decode) {
			last = err
			if n++; n == 3 {
				time.AfterFunc(time.Millisecond, cancel) // while it waits
			}
		}
		require.ErrorIs(t, last, context.Canceled)
		require.Equal(t, 4, n)
		for _, err := range over(ctx, ch, decode) {
			require.ErrorIs(t, err, context.Canceled)
		}
	})
}

func TestCloseEndsALoop(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		f.stamps(t, 0, 0, 1)
		ch := f.open(t, &relay.Options{Interval: time.Hour})
		var last error
		for _, err := range over(soon(t), ch, decode) {
			last = err
			if err == nil {
				time.AfterFunc(time.Millisecond, func() { ch.Close() })
			}
		}
		require.ErrorIs(t, last, fs.ErrClosed)
		require.ErrorIs(t, ch.Close(), fs.ErrClosed)
		for _, err := range over(soon(t), ch, decode) {
			require.ErrorIs(t, err, fs.ErrClosed)
		}
		_, err := ch.Buffers()[0].ReadInto(make([]byte, 1))
		require.ErrorIs(t, err, fs.ErrClosed)
	})
}

func TestDrainEndsAWait(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		ch := f.open(t, &relay.Options{Interval: time.Hour})
		time.AfterFunc(time.Millisecond, func() {
			f.stamps(t, 0, 0, 1)
			ch.Drain()
		})
		require.Len(t, all(t, over(soon(t), ch, decode)), 1)
	})
}

func TestALoopGoesOnWhereTheOneBeforeWasLeft(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 2)
		f.stamps(t, 0, 0, 1, 3, 5)
		f.stamps(t, 1, 0, 2, 4, 6)
		ch := f.open(t, nil)
		ch.Drain()
		seen := make(map[uint64]bool)
		for len(seen) < 6 {
			for rec, err := range over(soon(t), ch, decode) {
				require.NoError(t, err)
				require.False(t, seen[rec.Value.Time])
				seen[rec.Value.Time] = true
				break
			}
		}
		require.Empty(t, all(t, over(soon(t), ch, decode)))
	})
}

func TestOnlyOneLoopRuns(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		f.stamps(t, 0, 0, 1)
		ch := f.open(t, nil)
		for _, err := range over(soon(t), ch, decode) {
			require.NoError(t, err)
			for _, err := range over(soon(t), ch, decode) {
				require.ErrorIs(t, err, kernlink.ErrBusy)
			}
			break
		}
	})
}

// problems is what a loop says that goes wrong, and the records beside it.
func problems(t *testing.T, ch *relay.Channel, over loop, decode relay.Decode[record]) (errs []error, seqs []uint64) {
	ch.Drain()
	for rec, err := range over(soon(t), ch, decode) {
		if err != nil {
			e, ok := errors.AsType[*kernlink.Error](err)
			require.True(t, ok)
			require.Equal(t, "relay", e.Channel)
			errs = append(errs, err)
			continue
		}
		seqs = append(seqs, rec.Value.Seq)
	}
	return errs, seqs
}

func TestARecordThatIsWrongIsPassedOver(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		b := encode(nil, 0, 0, 10, 3)
		b = encode(b, 0, 1, 11, 3)
		b[len(b)-1] ^= 0xff
		f.write(t, 0, encode(b, 0, 2, 12, 3))
		errs, seqs := problems(t, f.open(t, nil), over, decode)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], errWrong)
		require.ErrorContains(t, errs[0], f.path(0))
		require.Equal(t, []uint64{0, 2}, seqs)
	})
}

// What was read up to there cannot be cut; what is read later begins with a
// record again.
func TestBytesThatNobodyUnderstandsArePassedOver(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		b := encode(nil, 0, 0, 10, 0)
		b = append(b, make([]byte, 1000)...)
		b[head+20+3] = 0x7f // a length
		f.write(t, 0, b)
		ch := f.open(t, &relay.Options{Buffer: 100})
		errs, seqs := problems(t, ch, over, decode)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], errWrong)
		require.Equal(t, []uint64{0}, seqs)
		f.stamps(t, 0, 7, 20, 21)
		errs, seqs = problems(t, ch, over, decode)
		require.Empty(t, errs)
		require.Equal(t, []uint64{7, 8}, seqs)
	})
}

func TestADecoderThatMiscountsIsAnError(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		for _, n := range []int{-1, 1000} {
			f := newFolder(t, 1)
			f.stamps(t, 0, 0, 1, 2)
			errs, seqs := problems(t, f.open(t, nil), over, func([]byte) (r record, _ int, _ error) { return r, n, nil })
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], fs.ErrInvalid)
			require.Empty(t, seqs)
		}
	})
}

func TestARecordThatIsCutOffIsAnErrorOfItsOwn(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 2)
		f.write(t, 0, encode(nil, 0, 0, 1, 9)[:30])
		f.stamps(t, 1, 4, 2)
		errs, seqs := problems(t, f.open(t, nil), over, decode)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], io.ErrUnexpectedEOF)
		require.ErrorContains(t, errs[0], f.path(0))
		require.Equal(t, []uint64{4}, seqs)
	})
}

func TestARecordWithoutAnEndEnds(t *testing.T) {
	loops(t, func(t *testing.T, over loop) {
		f := newFolder(t, 1)
		f.write(t, 0, make([]byte, 17<<20))
		errs, seqs := problems(t, f.open(t, nil), over, func([]byte) (r record, _ int, _ error) { return r, 0, nil })
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], relay.ErrTooLong)
		require.Empty(t, seqs)
	})
}

func TestDroppedWantsItsFile(t *testing.T) {
	ch := newFolder(t, 1).open(t, nil)
	_, err := ch.Dropped()
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "Options.DroppedFile")
	ch = newFolder(t, 1).open(t, &relay.Options{DroppedFile: "dropped"})
	_, err = ch.Dropped()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestABufferGivesItsBytes(t *testing.T) {
	f := newFolder(t, 2)
	ch := f.open(t, nil)
	b := ch.Buffers()[1]
	buf := make([]byte, 8)
	n, err := b.ReadInto(buf)
	require.NoError(t, err)
	require.Zero(t, n)
	f.write(t, 1, []byte("0123456789"))
	n, err = b.ReadInto(buf)
	require.NoError(t, err)
	require.Equal(t, "01234567", string(buf[:n]))
	n, err = b.ReadInto(buf)
	require.NoError(t, err)
	require.Equal(t, "89", string(buf[:n]))
	n, err = b.ReadInto(nil)
	require.NoError(t, err)
	require.Zero(t, n)
}
