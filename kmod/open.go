// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"io"
)

// image is a module file that has been looked into.
type image struct {
	head   []byte // first bytes, as stored
	format format
	elf    io.ReaderAt // uncompressed
	size   int64       // of elf
	memory []byte      // elf, if it is in memory already
}

// open recognises a module file of size bytes, uncompresses it if need be
// and reads what it says about itself.
func open(src io.ReaderAt, size, limit int64) (*image, *Info, error) {
	head, err := readHead(src)
	if err != nil {
		return nil, nil, err
	}
	img := &image{head: head, format: formatOf(head), elf: src, size: size}
	if img.format != plain {
		img.memory, err = unpack(img.format, src, limit)
		if err != nil {
			return nil, nil, unpackError(img.format, limit, err)
		}
		img.elf, img.size = bytes.NewReader(img.memory), int64(len(img.memory))
	}
	info, err := parseInfo(img.elf, img.size)
	if err != nil {
		return nil, nil, err
	}
	return img, info, nil
}

// bytes returns the whole uncompressed module.
func (img *image) bytes(limit int64) ([]byte, error) {
	if img.memory == nil {
		var err error
		if img.memory, err = unpack(plain, img.elf, limit); err != nil {
			return nil, unpackError(plain, limit, err)
		}
	}
	return img.memory, nil
}
