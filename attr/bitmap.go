// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// Bits are the numbers of the bits that are set in a bitmap of the kernel: the
// CPUs that are online, those that an interrupt may go to, the NUMA nodes of a
// task, the ports that are reserved.
//
// Its text is the kernel's list, "0-3,8,10-11", so it needs no codec:
//
//	cpus, err := attr.Get[attr.Bits](f)
//	err = attr.Set(f, attr.Bits{0, 1, 8})
//
// For the hexadecimal form, "00000000,0000000f", there is [Mask].
//
// What is read is in ascending order, each number once, and nil for a bitmap
// without bits. What is written may be in any order and have a number twice.
// Bits are numbered from 0 to 65535, which is all that a bitmap in a file of
// the kernel has (ip_local_reserved_ports; a kernel has at most 8192 CPUs).
//
// Getting them allocates. Reading again and again into the same memory is
// [Value.ReadInto] and [Bits.UnmarshalText].
//
// The forms are in Documentation/admin-guide/kernel-parameters.rst ("cpu
// lists") and lib/bitmap-str.c in the kernel's sources.
type Bits []int

// maxBits bounds what a text can make us allocate.
const maxBits = 1 << 16

// UnmarshalText reads a list, and all that the kernel itself would take for
// one: numbers and ranges in any order, separated by commas or white space,
// and a part of each group of a range ("0-31:2/8": 0, 1, 8, 9, 16, 17, 24,
// 25). It does not know what "N" and "all" mean to a kernel. A text without
// numbers is a bitmap without bits.
//
// It fails with [ErrMalformed], which is [strconv.ErrRange] too for a bit
// above 65535, and leaves b alone then. It uses the memory that b has, and
// allocates what is missing.
func (b *Bits) UnmarshalText(text []byte) error {
	var set bitset
	if err := set.addList(text); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	*b = set.appendTo((*b)[:0])
	return nil
}

// AppendText appends the list: the form that the kernel prints, with ranges as
// long as they can be, and nothing when no bit is set. It fails with
// [ErrMalformed] for a number below 0 or above 65535.
func (b Bits) AppendText(text []byte) ([]byte, error) {
	var set bitset
	if err := set.addAll(b); err != nil {
		return text, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	separate := false
	for first := set.next(0); first < maxBits; {
		last := first
		for last+1 < maxBits && set.has(last+1) {
			last++
		}
		if separate {
			text = append(text, ',')
		}
		separate = true
		text = strconv.AppendInt(text, int64(first), 10)
		if last > first {
			text = strconv.AppendInt(append(text, '-'), int64(last), 10)
		}
		first = set.next(last + 1)
	}
	return text, nil
}

// MarshalText is [Bits.AppendText] to nothing.
func (b Bits) MarshalText() ([]byte, error) { return b.AppendText(nil) }

// Mask is the codec of [Bits] in the hexadecimal form, in groups of 32 bits
// with the highest first, "3,0000000f": smp_affinity and default_smp_affinity
// of interrupts, rps_cpus of network queues, Cpus_allowed of a process.
//
//	cpus := attr.With(queue.Attr("rps_cpus"), attr.Mask())
//
// It is written without groups of zeros in front, since the kernel refuses
// more groups than its own bitmap has. Reading fails with [ErrMalformed] for
// groups of more than 8 digits and for bits above 65535, writing for a number
// below 0 or above 65535. Reading allocates the Bits and nothing else.
func Mask() Codec[Bits] {
	return Codec[Bits]{Decode: decodeMask, Append: appendMask}
}

func decodeMask(text []byte) (Bits, error) {
	var set bitset
	if err := set.addMask(text); err != nil {
		return nil, malformed(text, "bitmap", err)
	}
	return set.appendTo(nil), nil
}

func appendMask(text []byte, b Bits) ([]byte, error) {
	var set bitset
	if err := set.addAll(b); err != nil {
		return text, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	top := max(set.words-1, 0)
	half := set.bits[top] >> 32
	if half != 0 {
		text = append(strconv.AppendUint(text, half, 16), ',')
		text = appendGroup(text, set.bits[top])
	} else {
		text = strconv.AppendUint(text, set.bits[top], 16)
	}
	for i := top - 1; i >= 0; i-- {
		text = appendGroup(append(text, ','), set.bits[i]>>32)
		text = appendGroup(append(text, ','), set.bits[i])
	}
	return text, nil
}

// appendGroup appends 32 bits with all their digits.
func appendGroup(text []byte, w uint64) []byte {
	for shift := 28; shift >= 0; shift -= 4 {
		text = append(text, "0123456789abcdef"[w>>shift&0xf])
	}
	return text
}

// bitset is where the numbers are put in order. It lives on the stack, and
// its size does not depend on what a text says.
type bitset struct {
	bits  [maxBits / 64]uint64
	words int // as many of them may be other than 0
}

// appendTo appends the numbers, and makes room for all of them at once.
func (s *bitset) appendTo(b Bits) Bits {
	n := 0
	for _, w := range s.bits[:s.words] {
		n += bits.OnesCount64(w)
	}
	b = slices.Grow(b, n)
	for i, w := range s.bits[:s.words] {
		for ; w != 0; w &= w - 1 {
			b = append(b, i*64+bits.TrailingZeros64(w))
		}
	}
	return b
}

func (s *bitset) has(n int) bool { return s.bits[n/64]>>(n%64)&1 != 0 }

// next is the first bit from n on that is set, or maxBits.
func (s *bitset) next(n int) int {
	for i := n / 64; i < s.words; i++ {
		w := s.bits[i]
		if i == n/64 {
			w &= math.MaxUint64 << (n % 64)
		}
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return maxBits
}

// addAll adds numbers of the caller's.
func (s *bitset) addAll(b Bits) error {
	for _, n := range b {
		if n < 0 || n >= maxBits {
			return noBit(strconv.Itoa(n))
		}
		s.words = max(s.words, n/64+1)
		s.bits[n/64] |= 1 << (n % 64)
	}
	return nil
}

func noBit(number string) error {
	return fmt.Errorf("bit %s is none of 0 to %d: %w", number, maxBits-1, strconv.ErrRange)
}

// addRange adds what lies between two bits, both included.
func (s *bitset) addRange(first, last uint64) {
	s.words = max(s.words, int(last/64)+1)
	for i := first / 64; i <= last/64; i++ {
		w := uint64(math.MaxUint64)
		if i == first/64 {
			w <<= first % 64
		}
		if i == last/64 {
			w &= math.MaxUint64 >> (63 - last%64)
		}
		s.bits[i] |= w
	}
}

// addList adds the ranges of a list, as bitmap_parselist() does.
func (s *bitset) addList(text []byte) error {
	text = trim(text)
	for {
		text = bytes.TrimLeftFunc(text, separates)
		if len(text) == 0 {
			return nil
		}
		end := bytes.IndexFunc(text, separates)
		if end < 0 {
			end = len(text)
		}
		if err := s.addRegion(text[:end]); err != nil {
			return err
		}
		text = text[end:]
	}
}

// separates says what stands between the regions of a bitmap.
func separates(c rune) bool { return c == ',' || c == ' ' || '\t' <= c && c <= '\r' }

// addRegion adds a number, a range "4-7", or a part of a range "0-31:2/8".
func (s *bitset) addRegion(region []byte) error {
	if bytes.IndexByte(region, 'N') >= 0 || bytes.EqualFold(region[:min(3, len(region))], []byte("all")) {
		return fmt.Errorf("%s depends on how many bits the kernel has", quoted(region))
	}
	ends, pattern, patterned := bytes.Cut(region, []byte{':'})
	low, high, ranged := bytes.Cut(ends, []byte{'-'})
	if !ranged {
		high = low
	}
	if patterned && !ranged {
		return strconv.ErrSyntax
	}
	first, err := parseDigits(low, 10)
	if err != nil {
		return ofRegion(region, err)
	}
	last, err := parseDigits(high, 10)
	switch {
	case err != nil:
		return ofRegion(region, err)
	case first > last:
		return fmt.Errorf("%s ends before it begins", quoted(region))
	case last >= maxBits:
		return noBit(strconv.FormatUint(last, 10))
	case !patterned:
		s.addRange(first, last)
		return nil
	}
	return s.addPattern(first, last, pattern)
}

// addPattern adds the first bits of each group: "2/8" are two of eight.
func (s *bitset) addPattern(first, last uint64, pattern []byte) error {
	part, whole, _ := bytes.Cut(pattern, []byte{'/'})
	used, err1 := parseDigits(part, 10)
	group, err2 := parseDigits(whole, 10)
	if err := errors.Join(err1, err2); err != nil || group == 0 || used > group || group > math.MaxUint32 {
		return fmt.Errorf("%s is no part of a group", quoted(pattern))
	}
	for ; used > 0 && first <= last; first += group {
		s.addRange(first, min(last, first+used-1))
	}
	return nil
}

func ofRegion(region []byte, err error) error { return fmt.Errorf("%s: %w", quoted(region), err) }

// addMask adds groups of 32 bits, the last of which is the lowest, as
// bitmap_parse() does.
func (s *bitset) addMask(text []byte) error {
	const digitsOfGroup = 8
	text = trim(text)
	for group := 0; ; group++ {
		text = bytes.TrimRightFunc(text, separates)
		if len(text) == 0 {
			return nil
		}
		begin := bytes.LastIndexFunc(text, separates) + 1
		digits := text[begin:]
		text = text[:begin]
		n, err := parseDigits(digits, 16)
		switch {
		case err != nil:
			return ofRegion(digits, err)
		case len(digits) > digitsOfGroup:
			return fmt.Errorf("a group has %d digits at most", digitsOfGroup)
		case n == 0:
			continue
		case group >= maxBits/32:
			return noBit(strconv.Itoa(group*32 + bits.Len64(n) - 1))
		}
		s.words = max(s.words, group/2+1)
		s.bits[group/2] |= n << (group % 2 * 32)
	}
}
