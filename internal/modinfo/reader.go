// SPDX-License-Identifier: Apache-2.0

package modinfo

import (
	"io"
	"math"
	"slices"
)

// MaxSection is the largest part of a file, in bytes, that a [Reader] takes
// into memory. The largest .modinfo of a distribution kernel is some tens of
// kilobytes; the largest table of symbol names, 2 MB.
const MaxSection = 16 << 20

const (
	// slack is how far before the section headers a read begins, to catch
	// the section names, which linkers put there: a copy of this size costs
	// less than the system call it saves.
	slack = 1024

	// tail is how far behind the section headers a read goes on, to catch
	// the signature, which is at the end of the file: Debian's take 700 bytes.
	tail = 1024

	// step bounds how much memory is taken on the word of a header alone.
	step = 64 << 10
)

// Reader reads the .modinfo section of one file after the other into one
// buffer. The zero value is ready; a caller with memory at hand sets Buf. A
// Reader must not be shared by goroutines.
type Reader struct {
	Buf []byte // grown when a module needs more

	seen [tail]byte // what Info.Tail borrows
}

// Read reads the .modinfo section of the ELF file src, of either class and
// byte order.
//
// The Info is borrowed: it points into r.Buf and is good until the next Read.
//
// Errors, by errors.Is: [ErrNotELF], [ErrNoModinfo], [ErrMalformed] with its
// kinds [ErrTruncated] and [ErrTooLarge], and whatever src returns.
//
// Read allocates only to grow the buffer. It calls src.ReadAt three or four
// times; a src that also has a ReadPart is asked by that for what may not be
// there, and need not look twice whether the file has ended.
func (r *Reader) Read(src io.ReaderAt) (Info, error) {
	l, text, err := r.load(src, ".modinfo\x00")
	if err == errAbsent {
		err = ErrNoModinfo
	}
	if err != nil {
		return Info{}, err
	}
	bits := 32
	if l.wide {
		bits = 64
	}
	return Info{
		Section: text, Bits: bits,
		BigEndian: l.big, Machine: l.machine, Tail: l.tail,
	}, nil
}

// load reads the one section of this name, which ends in its NUL.
func (r *Reader) load(src io.ReaderAt, name string) (layout, []byte, error) {
	l, err := r.header(src)
	if err != nil {
		return layout{}, nil, err
	}
	table, names, err := r.sections(src, &l)
	if err != nil {
		return layout{}, nil, err
	}
	sec, ok := l.find(table, names, name)
	if !ok {
		return layout{}, nil, errAbsent
	}
	if sec.kind == typeNoBits || sec.flags&flagCompressed != 0 {
		return layout{}, nil, errNoBits
	}
	if err := r.fill(src, 0, sec.offset, sec.space); err != nil {
		return layout{}, nil, err
	}
	return l, r.Buf[:sec.space], nil
}

// header reads and decodes the ELF header.
func (r *Reader) header(src io.ReaderAt) (layout, error) {
	r.reserve(header64)
	n, err := src.ReadAt(r.Buf[:header64], 0)
	if n < header64 && err != nil && err != io.EOF {
		return layout{}, err
	}
	if n < header32 {
		if n >= 4 && string(r.Buf[:4]) == "\x7fELF" {
			return layout{}, ErrTruncated
		}
		return layout{}, ErrNotELF
	}
	return parseHeader(r.Buf[:n])
}

// sections reads the section headers and the section names.
func (r *Reader) sections(src io.ReaderAt, l *layout) (table, names []byte, err error) {
	size := l.count * l.entrySize
	lead := int(min(l.offset, slack))
	end := lead + size
	if n := r.part(src, l.offset-uint64(lead), end+tail); n >= end {
		if n < end+tail {
			l.tail = r.seen[:copy(r.seen[:], r.Buf[end:n])] // section and names come to Buf
		}
	} else if err := r.fill(src, 0, l.offset-uint64(lead), uint64(end)); err != nil {
		return nil, nil, err
	}
	sec := l.section(r.Buf[lead+l.names*l.entrySize:])
	if sec.kind == typeNoBits {
		return nil, nil, errNameIndex
	}
	start := l.offset - uint64(lead)
	if from := sec.offset - start; sec.offset >= start && from <= uint64(end) && sec.space <= uint64(end)-from {
		return r.Buf[lead:end], r.Buf[from : from+sec.space], nil
	}
	if err := r.fill(src, end, sec.offset, sec.space); err != nil {
		return nil, nil, err
	}
	return r.Buf[lead:end], r.Buf[end : end+int(sec.space)], nil
}

// find returns the first section of this name, which ends in its NUL.
func (l *layout) find(table, names []byte, name string) (section, bool) {
	for ; len(table) >= l.entrySize; table = table[l.entrySize:] {
		at := uint64(l.u32(table))
		if at+uint64(len(name)) <= uint64(len(names)) && string(names[at:at+uint64(len(name))]) == name {
			return l.section(table), true
		}
	}
	return section{}, false
}

// fill reads exactly size bytes at offset to r.Buf[at:]. Where that needs a
// larger buffer it grows in steps, each paid for by bytes that the file had.
func (r *Reader) fill(src io.ReaderAt, at int, offset, size uint64) error {
	if size > MaxSection {
		return ErrTooLarge
	}
	if offset > math.MaxInt64-MaxSection {
		return errOffset
	}
	for rest := int(size); rest > 0; {
		n := rest
		if at+n > cap(r.Buf) {
			n = min(n, step)
			r.reserve(at + n)
		}
		r.Buf = r.Buf[:cap(r.Buf)]
		got, err := src.ReadAt(r.Buf[at:at+n], int64(offset))
		if got < n {
			if err == nil || err == io.EOF {
				err = ErrTruncated
			}
			return err
		}
		at, rest, offset = at+n, rest-n, offset+uint64(n)
	}
	return nil
}

// parter reads by one call to the kernel: less than was asked for is the end,
// or nearly so.
type parter interface {
	ReadPart(b []byte, off int64) (int, error)
}

// part reads up to size bytes at offset to r.Buf. It says no more than how much
// came: fill finds out what is wrong.
func (r *Reader) part(src io.ReaderAt, offset uint64, size int) (n int) {
	if size > max(step, cap(r.Buf)) || offset > math.MaxInt64-MaxSection {
		return 0
	}
	r.reserve(size)
	if p, ok := src.(parter); ok {
		n, _ = p.ReadPart(r.Buf[:size], int64(offset))
	} else {
		n, _ = src.ReadAt(r.Buf[:size], int64(offset))
	}
	return n
}

// reserve makes r.Buf at least n bytes long and keeps its contents.
func (r *Reader) reserve(n int) {
	if cap(r.Buf) < n {
		r.Buf = slices.Grow(r.Buf[:cap(r.Buf)], max(n, 2*slack)-cap(r.Buf))
	}
	r.Buf = r.Buf[:cap(r.Buf)]
}
