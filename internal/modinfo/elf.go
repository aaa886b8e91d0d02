// SPDX-License-Identifier: Apache-2.0

package modinfo

import "encoding/binary"

// Offsets and sizes of the ELF structures, of the 64-bit and the 32-bit
// class. See elf(5) and include/uapi/linux/elf.h.
const (
	header64, header32   = 64, 52
	section64, section32 = 64, 40

	typeNoBits     = 8
	flagCompressed = 1 << 11
)

// layout is what an ELF header says about the rest of the file.
type layout struct {
	big       bool
	wide      bool // 64-bit class
	machine   uint16
	offset    uint64 // of the section headers
	count     int    // of section headers
	entrySize int
	names     int // index of the section that holds the names

	tail []byte // what is behind the section headers, if the file ends soon
}

// section is what a section header says that matters here.
type section struct {
	name, kind           uint32
	flags, offset, space uint64
}

// parseHeader decodes the ELF header in b, which holds at least header32
// bytes, and header64 of a file that has as many.
func parseHeader(b []byte) (layout, error) {
	if string(b[:4]) != "\x7fELF" {
		return layout{}, ErrNotELF
	}
	if b[4] < 1 || b[4] > 2 || b[5] < 1 || b[5] > 2 {
		return layout{}, errClass
	}
	l := layout{wide: b[4] == 2, big: b[5] == 2}
	l.machine = l.u16(b[18:])
	var tail []byte // from e_shentsize
	want := section32
	if l.wide {
		if len(b) < header64 {
			return layout{}, ErrTruncated
		}
		l.offset, tail, want = l.u64(b[40:]), b[58:], section64
	} else {
		l.offset, tail = uint64(l.u32(b[32:])), b[46:]
	}
	l.entrySize = int(l.u16(tail))
	l.count = int(l.u16(tail[2:]))
	l.names = int(l.u16(tail[4:]))
	switch {
	case l.count == 0 || l.offset == 0:
		return layout{}, errNoSection
	case l.entrySize != want:
		return layout{}, errEntrySize
	case l.names == 0 || l.names >= l.count:
		return layout{}, errNameIndex
	}
	return l, nil
}

// section decodes the header at the start of b.
func (l *layout) section(b []byte) section {
	if l.wide {
		_ = b[section64-1]
		return section{
			name: l.u32(b), kind: l.u32(b[4:]), flags: l.u64(b[8:]),
			offset: l.u64(b[24:]), space: l.u64(b[32:]),
		}
	}
	_ = b[section32-1]
	return section{
		name: l.u32(b), kind: l.u32(b[4:]), flags: uint64(l.u32(b[8:])),
		offset: uint64(l.u32(b[16:])), space: uint64(l.u32(b[20:])),
	}
}

func (l *layout) u16(b []byte) uint16 {
	if l.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (l *layout) u32(b []byte) uint32 {
	if l.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (l *layout) u64(b []byte) uint64 {
	if l.big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}
