// SPDX-License-Identifier: Apache-2.0

package modinfo

import (
	"encoding/binary"
)

// image describes an ELF file to write: the smallest that holds the sections.
type image struct {
	order    binary.ByteOrder
	wide     bool
	sections []fakeSection // beside the null section and .shstrtab
	far      int           // bytes between the section names and the headers
}

type fakeSection struct {
	name  string
	kind  uint32
	flags uint64
	data  []byte
}

// modinfoImage is a module with nothing but this .modinfo.
func modinfoImage(order binary.ByteOrder, wide bool, text string) image {
	return image{order: order, wide: wide, sections: []fakeSection{
		{name: ".text", kind: 1, data: []byte("code")},
		{name: ".modinfo", kind: 1, data: []byte(text)},
	}}
}

// bytes writes header, contents, section names, gap, section headers.
func (m image) bytes() []byte {
	head, entry := header32, section32
	if m.wide {
		head, entry = header64, section64
	}
	type placed struct {
		fakeSection
		nameAt, at int
	}
	b := make([]byte, head)
	names := []byte{0}
	all := []placed{{}}
	for _, s := range m.sections {
		all = append(all, placed{s, len(names), len(b)})
		names = append(append(names, s.name...), 0)
		b = append(b, s.data...)
	}
	own := placed{fakeSection{name: ".shstrtab", kind: 3}, len(names), len(b)}
	own.data = append(append(names, own.name...), 0)
	all = append(all, own)
	b = append(b, own.data...)
	b = append(b, make([]byte, m.far)...)
	table := len(b)
	for _, s := range all {
		b = append(b, m.entry(entry, s.nameAt, s.at, s.fakeSection)...)
	}
	m.header(b, table, entry, len(all))
	return b
}

func (m image) entry(size, nameAt, at int, s fakeSection) []byte {
	e := make([]byte, size)
	m.order.PutUint32(e, uint32(nameAt))
	m.order.PutUint32(e[4:], s.kind)
	if m.wide {
		m.order.PutUint64(e[8:], s.flags)
		m.order.PutUint64(e[24:], uint64(at))
		m.order.PutUint64(e[32:], uint64(len(s.data)))
	} else {
		m.order.PutUint32(e[8:], uint32(s.flags))
		m.order.PutUint32(e[16:], uint32(at))
		m.order.PutUint32(e[20:], uint32(len(s.data)))
	}
	return e
}

func (m image) header(b []byte, table, entry, count int) {
	copy(b, "\x7fELF\x01\x01\x01")
	if m.wide {
		b[4] = 2
	}
	if m.order == binary.BigEndian {
		b[5] = 2
	}
	m.order.PutUint16(b[16:], 1)
	m.order.PutUint16(b[18:], 62)
	tail := b[46:]
	if m.wide {
		m.order.PutUint64(b[40:], uint64(table))
		tail = b[58:]
	} else {
		m.order.PutUint32(b[32:], uint32(table))
	}
	m.order.PutUint16(tail, uint16(entry))
	m.order.PutUint16(tail[2:], uint16(count))
	m.order.PutUint16(tail[4:], uint16(count-1))
}
