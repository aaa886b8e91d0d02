// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"fmt"
	"io"
	"io/fs"
)

// longest is where waiting for the end of one record stops.
const longest = 16 << 20

// chunk is what was read of one CPU and not yet handed out.
type chunk struct {
	buf  []byte
	r, w int  // what is left is buf[r:w]
	most int  // how large buf becomes for the sake of speed
	full bool // the last read filled the buffer, so there may be more
	skip bool // what comes is in the middle of a record that nobody understood
}

// space makes room for a read, which keeps what is left of a record. It moves
// memory that was handed out.
func (c *chunk) space() ([]byte, error) {
	c.w = copy(c.buf, c.buf[c.r:c.w])
	c.r = 0
	switch size := len(c.buf); {
	case size == 0:
		c.buf = make([]byte, min(firstBuffer, c.most))
	case c.w == size && size >= longest:
		c.w, c.skip = 0, true
		return c.buf, ErrTooLong
	case c.w == size, c.full && size < c.most:
		buf := make([]byte, min(2*size, max(c.most, 2*c.w)))
		copy(buf, c.buf[:c.w])
		c.buf = buf
	}
	return c.buf[c.w:], nil
}

// add takes over n bytes that were read into the space.
func (c *chunk) add(n int) {
	c.w += n
	c.full = n > 0 && c.w == len(c.buf)
	if !c.skip {
		return
	}
	// A read that was not filled took all that there was, and what follows it
	// begins with a record: the kernel writes no halves.
	c.r, c.skip = c.w, c.full
}

// drop forgets what is left, because nobody knows where its next record
// begins.
func (c *chunk) drop() { c.r, c.skip = c.w, c.full }

func (c *chunk) left() []byte { return c.buf[c.r:c.w] }

// cut decodes the next record and says how long it is: 0 without an error when
// its end is not here yet. With an error, what could not be decoded is gone
// already; a record is still there.
func cut[T any](c *chunk, decode Decode[T]) (rec T, n int, err error) {
	b := c.left()
	if len(b) == 0 {
		return rec, 0, nil
	}
	rec, n, err = decode(b)
	if err != nil || uint(n-1) >= uint(len(b)) {
		return rec, 0, c.wrong(n, err)
	}
	return rec, n, nil
}

// wrong is for what a decoder returned that is no record: it passes over what
// has to be passed over, and returns the error. None is a record whose end is
// not here yet.
func (c *chunk) wrong(n int, err error) error {
	size := c.w - c.r
	switch {
	case n < 0 || n > size:
		c.drop()
		return fmt.Errorf("%w: decode took %d bytes of %d", fs.ErrInvalid, n, size)
	case err != nil && n == 0:
		c.drop()
	case err != nil:
		c.r += n
	}
	return err
}

// tail is the error of a stream that ended within a record, or nil.
func (c *chunk) tail() error {
	n := c.w - c.r
	if n == 0 {
		return nil
	}
	c.r = c.w
	return fmt.Errorf("%w: %d bytes of a record are there", io.ErrUnexpectedEOF, n)
}
