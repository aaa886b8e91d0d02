// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// lined decodes records of a length byte and as many bytes; 0xff is nothing
// that anybody understands.
func lined(b []byte) ([]byte, int, error) {
	n := 1 + int(b[0])
	switch {
	case b[0] == 0xff:
		return nil, 0, bytes.ErrTooLarge
	case b[0] == 0xfe:
		return nil, 1, bytes.ErrTooLarge // it alone
	case len(b) < n:
		return nil, 0, nil
	}
	return b[1:n], n, nil
}

// model is what a stream has, when nothing of it can go wrong: each record
// with its length before it.
func model(stream []byte) (all []byte, rest int) {
	for len(stream) > 0 {
		if stream[0] == 0xfe {
			stream = stream[1:]
			continue
		}
		_, n, _ := lined(stream)
		if n == 0 {
			break
		}
		all = append(all, stream[:n]...)
		stream = stream[n:]
	}
	return all, len(stream)
}

// feed puts a stream through a chunk in reads of at most size bytes.
func feed(t testing.TB, c *chunk, stream []byte, size int) (all []byte) {
	for len(stream) > 0 {
		space, err := c.space()
		require.NoError(t, err)
		require.NotEmpty(t, space)
		n := copy(space[:min(len(space), size)], stream)
		stream = stream[n:]
		c.add(n)
		for {
			rec, n, err := cut(c, lined)
			if err != nil {
				continue
			}
			if n == 0 {
				break
			}
			all = append(append(all, byte(len(rec))), rec...)
			c.r += n
		}
		require.LessOrEqual(t, c.r, c.w)
	}
	return all
}

// However a stream is cut into reads, its records are the same, and no more
// memory is kept than the longest of them wants.
func FuzzAStreamIsCutIntoItsRecords(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 3, 'a', 'b', 'c'}, byte(2), byte(3))
	f.Add([]byte{5, 'a'}, byte(1), byte(1))
	f.Add([]byte{1, 'a', 0xfe, 0xfe, 1, 'b'}, byte(0), byte(200))
	f.Add(bytes.Repeat([]byte{200, 1, 2, 3, 4, 5, 6, 7}, 100), byte(60), byte(255))
	f.Fuzz(func(t *testing.T, stream []byte, most, size byte) {
		stream = bytes.ReplaceAll(stream, []byte{0xff}, []byte{0})
		c := &chunk{most: 1 + int(most)}
		got := feed(t, c, stream, 1+int(size))
		want, rest := model(stream)
		require.Equal(t, want, got)
		require.Len(t, c.left(), rest)
		require.LessOrEqual(t, len(c.buf), 2*256)
		require.Equal(t, rest > 0, c.tail() != nil)
		require.NoError(t, c.tail())
	})
}

// With bytes that nobody understands nothing more holds than that it ends.
func FuzzAStreamOfAnything(f *testing.F) {
	f.Add([]byte{0, 0xff, 1, 2, 3}, byte(4), byte(2))
	f.Fuzz(func(t *testing.T, stream []byte, most, size byte) {
		c := &chunk{most: 1 + int(most)}
		got := feed(t, c, stream, 1+int(size))
		require.LessOrEqual(t, len(got), len(stream))
	})
}

// A read that filled the buffer ends anywhere; the one after it that does not
// takes the rest, and what follows begins with a record.
func TestWhatFollowsAReadThatWasNotFilledBeginsWithARecord(t *testing.T) {
	c := &chunk{most: 4}
	read := func(b ...byte) {
		space, err := c.space()
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(space), len(b))
		copy(space, b)
		c.add(len(b))
	}
	decoded := func() (n int, wrong bool) {
		for {
			_, m, err := cut(c, lined)
			wrong = wrong || err != nil
			if err == nil && m == 0 {
				return n, wrong
			}
			c.r += m
			n += min(m, 1)
		}
	}
	read(0, 0xff, 0, 0)
	n, wrong := decoded()
	require.Equal(t, 1, n)
	require.True(t, wrong)
	read(0, 0, 0)
	n, wrong = decoded()
	require.Zero(t, n, "the rest of what nobody understood")
	require.False(t, wrong)
	read(0, 0)
	n, _ = decoded()
	require.Equal(t, 2, n)
}

func TestAChunkGrowsWhileReadsFillIt(t *testing.T) {
	c := &chunk{most: 1 << 20}
	for _, want := range []int{64 << 10, 128 << 10, 256 << 10, 512 << 10, 1 << 20, 1 << 20} {
		space, err := c.space()
		require.NoError(t, err)
		require.Len(t, space, want)
		c.add(want)
		c.r = c.w
	}
	c.full = false
	c = &chunk{most: 1 << 20}
	for range 3 {
		space, err := c.space()
		require.NoError(t, err)
		require.Len(t, space, 64<<10)
		c.add(100)
		c.r = c.w
	}
}
