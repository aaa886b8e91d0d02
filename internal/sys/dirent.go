// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"bytes"
	"encoding/binary"
)

// Types of a directory entry (DT_DIR and so on), as [Dirent.Type] has them.
const (
	TypeUnknown = 0
	TypeDir     = 4
	TypeRegular = 8
	TypeLink    = 10
)

// Dirent is one entry of a folder. Name is borrowed from the buffer.
type Dirent struct {
	Ino  uint64
	Type byte
	Name []byte
}

// Offsets in struct linux_dirent64 (include/linux/dirent.h).
const (
	direntLen  = 16
	direntType = 18
	direntName = 19
)

// NextDirent takes the first entry off what [ReadDir] read. ok is false at
// the end.
func NextDirent(buf []byte) (d Dirent, rest []byte, ok bool) {
	if len(buf) < direntName {
		return Dirent{}, nil, false
	}
	size := int(binary.NativeEndian.Uint16(buf[direntLen:]))
	if size < direntName || size > len(buf) {
		return Dirent{}, nil, false
	}
	name := buf[direntName:size]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return Dirent{
		Ino:  binary.NativeEndian.Uint64(buf),
		Type: buf[direntType],
		Name: name,
	}, buf[size:], true
}
