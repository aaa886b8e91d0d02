// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// format is how a module file is packed. It is told by the first bytes: a
// name promises nothing, and the kernel never sees it.
type format uint8

const (
	plain format = iota // an ELF file, or something that is no module at all
	gz
	xzFormat
	zst
)

// magicSize is how many leading bytes formatOf and checksum look at.
const magicSize = 8

// The magic numbers: RFC 1952, the .xz file format 1.2, RFC 8878.
var (
	magicGzip = []byte{0x1f, 0x8b}
	magicXZ   = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	magicZstd = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

func formatOf(head []byte) format {
	switch {
	case bytes.HasPrefix(head, magicGzip):
		return gz
	case bytes.HasPrefix(head, magicXZ):
		return xzFormat
	case bytes.HasPrefix(head, magicZstd):
		return zst
	}
	return plain
}

// String returns the word that /sys/module/compression uses.
func (f format) String() string {
	switch f {
	case gz:
		return "gzip"
	case xzFormat:
		return "xz"
	case zst:
		return "zstd"
	}
	return "plain"
}

// kernelUnpacks reports whether the running kernel unpacks a file that starts
// with head by itself. Then it should: it sees the file, and policies that
// judge files (LoadPin, IMA) can.
//
// The kernel's xz knows no check but CRC32 or none, and answers EINVAL for
// the rest, which a bad parameter gives too; so that is decided here.
func (f format) kernelUnpacks(head []byte) bool {
	if f == plain {
		return false
	}
	word, err := sys.ReadFile("/sys/module/compression")
	if err != nil || strings.TrimSpace(string(word)) != f.String() {
		return false
	}
	return f != xzFormat || xzCheckKernelKnows(head)
}

// xzCheckKernelKnows looks at the stream flags, the two bytes after the magic.
func xzCheckKernelKnows(head []byte) bool {
	const none, crc32 = 0, 1
	if len(head) < magicSize {
		return false
	}
	check := head[7] & 0x0f
	return check == none || check == crc32
}
