// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"encoding/binary"
	"strings"
	"time"
)

// PageLayout is how a page of a buffer begins.
type PageLayout struct {
	CommitOffset int // of the length of what is in the page
	CommitSize   int // of the kernel's word: 8, or 4 on a 32-bit kernel
	DataOffset   int
	Size         int // of the whole page, which is not always the machine's
}

// ParsePageLayout reads the text of events/header_page. errors.Is finds
// [ErrMalformed].
func ParsePageLayout(text []byte) (PageLayout, error) {
	var l PageLayout
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "field:")
		if !ok {
			continue
		}
		f, ok := parseField(rest)
		if !ok {
			return l, malformed("parse header_page", []byte(line), "no field")
		}
		switch f.Name {
		case "commit":
			l.CommitOffset, l.CommitSize = f.Offset, f.Size
		case "data":
			l.DataOffset, l.Size = f.Offset, f.Offset+f.Size
		}
	}
	if !l.valid() {
		return l, malformed("parse header_page", text, "no such page")
	}
	return l, nil
}

func (l PageLayout) valid() bool {
	const most = 1 << 27 // what a length has bits for
	return l.CommitOffset >= stampSize && (l.CommitSize == 4 || l.CommitSize == 8) &&
		l.CommitOffset <= l.DataOffset-l.CommitSize && l.DataOffset < l.Size && l.Size <= most
}

// Parts of a page's length, and of an event's head (include/linux/ring_buffer.h
// and kernel/trace/ring_buffer.c).
const (
	stampSize = 8 // of the time that a page begins with

	lostFlag    = 1 << 31 // events are missing before this page
	countedFlag = 1 << 30 // and how many stands behind its last event
	lengthMask  = 1<<27 - 1

	typeBits    = 5
	typePadding = 29
	typeExtend  = 30
	typeStamp   = 31

	deltaBits = 27
	stampBits = deltaBits + 32
)

// Page is a page of one CPU's buffer and a place in it, which [Page.Next]
// moves on.
type Page struct {
	Time time.Duration // of the place
	Lost *Lost         // what is missing before the page, without its CPU; or nil

	rest []byte
}

// ParsePage reads how a page of a buffer begins, as a read of trace_pipe_raw
// gives it. b is borrowed. The bytes must be of a kernel of this machine's
// byte order. errors.Is finds [ErrMalformed].
func ParsePage(b []byte, l PageLayout) (Page, error) {
	var p Page
	if !l.valid() || len(b) < l.DataOffset {
		return p, malformed("parse page", b, "too short for a page")
	}
	commit := word(b[l.CommitOffset:], l.CommitSize)
	data, length := b[l.DataOffset:], int(commit&lengthMask)
	if length > len(data) {
		return p, malformed("parse page", b[:l.DataOffset], "it says that there is more in it than there is")
	}
	p.Time = time.Duration(binary.NativeEndian.Uint64(b))
	p.rest = data[:length]
	if commit&lostFlag != 0 {
		p.Lost = new(Lost)
		if tail := data[length:]; commit&countedFlag != 0 && len(tail) >= l.CommitSize {
			p.Lost.Count = word(tail, l.CommitSize)
		}
	}
	return p, nil
}

// length is how much of a page there must be to have all that is in it.
func (l PageLayout) length(b []byte) int {
	if len(b) < l.DataOffset {
		return l.DataOffset
	}
	commit := word(b[l.CommitOffset:], l.CommitSize)
	n := l.DataOffset + int(commit&lengthMask)
	if commit&countedFlag != 0 {
		n += l.CommitSize
	}
	return n
}

func word(b []byte, size int) uint64 {
	if size == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}

// Next reads the event at the place into *rec, all but its CPU, and moves on.
// ok is false at the page's end. errors.Is finds [ErrMalformed]; nothing can
// be read behind such a place. It does not allocate.
func (p *Page) Next(rec *RawRecord) (ok bool, err error) {
	for len(p.rest) >= 4 {
		kind, delta := head(binary.NativeEndian.Uint32(p.rest))
		size, skip := 4*kind, 4 // a small event has its size in the head
		if kind == 0 || kind >= typePadding {
			if kind == typePadding && delta == 0 { // nothing but padding follows
				break
			}
			if len(p.rest) < 8 {
				return false, p.damaged("an event's head is cut off")
			}
			size, skip = int(binary.NativeEndian.Uint32(p.rest[4:])), 8
		}
		switch kind {
		case typeExtend:
			p.Time += time.Duration(uint64(uint32(size))<<deltaBits + delta)
			p.rest = p.rest[8:]
			continue
		case typeStamp:
			p.Time = absolute(uint64(uint32(size))<<deltaBits+delta, p.Time)
			p.rest = p.rest[8:]
			continue
		case typePadding, 0: // its size counts the word that it stands in
			size -= 4
		}
		if size < 0 || size > len(p.rest)-skip {
			return false, p.damaged("an event is longer than the page")
		}
		data := p.rest[skip : skip+size : skip+size]
		p.rest = p.rest[min(len(p.rest), skip+(size+3)&^3):]
		p.Time += time.Duration(delta) // of an event that was thrown away, too
		if kind == typePadding {
			continue
		}
		if len(data) < 2 {
			return false, p.damaged("an event without a number")
		}
		rec.Time, rec.ID, rec.Data = p.Time, int(binary.NativeEndian.Uint16(data)), data
		return true, nil
	}
	p.rest = nil
	return false, nil
}

func (p *Page) damaged(problem string) error {
	err := malformed("parse page", p.rest[:min(len(p.rest), 8)], problem)
	p.rest = nil
	return err
}

// head takes the first word of an event apart. C puts the first bit-field
// where the byte order begins.
func head(w uint32) (kind int, delta uint64) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return int(w & (1<<typeBits - 1)), uint64(w >> typeBits)
	}
	return int(w >> deltaBits), uint64(w & (1<<deltaBits - 1))
}

// absolute completes a time stamp, which has room for 59 bits, with the high
// bits of the time before it.
func absolute(stamp uint64, before time.Duration) time.Duration {
	const high = ^uint64(1<<stampBits - 1)
	if top := uint64(before) & high; top != 0 {
		if stamp |= top; stamp < uint64(before) {
			stamp += 1 << stampBits // the low bits have run over since
		}
	}
	return time.Duration(stamp)
}
