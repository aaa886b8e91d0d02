// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"syscall"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// defaultMaxSize bounds a module in memory, in bytes. The largest modules of
// distributions have some 30 MB, with all debug information 400 MB.
const defaultMaxSize = 512 << 20

// maxWindow is the most that zstd --long asks of a reader by default.
const maxWindow = 128 << 20

// unpack reads a module file whole and uncompressed. It returns a bare EFBIG
// as soon as the result is larger than limit, so a file that claims to be
// terabytes costs no more than that.
func unpack(f format, src io.ReaderAt, limit int64) ([]byte, error) {
	r, done, err := unpacker(f, io.NewSectionReader(src, 0, math.MaxInt64))
	if err != nil {
		return nil, err
	}
	defer done()
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if n > limit {
		return nil, syscall.EFBIG
	}
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpacker(f format, src io.Reader) (r io.Reader, done func(), err error) {
	done = func() {}
	switch f {
	case gz:
		r, err = gzip.NewReader(src)
	case xzFormat:
		r, err = xz.NewReader(src)
	case zst:
		var d *zstd.Decoder
		// One at a time means: no goroutines of its own.
		d, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			r, done = d, d.Close
		}
	default:
		r = src
	}
	return r, done, err
}
