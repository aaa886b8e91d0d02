// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// Zone is what /proc/zoneinfo says of one zone of memory, in pages. All that
// it holds is borrowed.
type Zone struct {
	Node int
	Name Text // DMA, Normal, Movable

	Free, Boost, Min, Low, High, Promo uint64 // free pages, and the marks at which the kernel acts
	Spanned, Present, Managed, CMA     uint64 // the zone's size, without holes, without what was reserved

	// Protection are the pages that are kept from requests which the higher
	// zones could have served, by the number of these.
	Protection []uint64

	// Pagesets are the CPUs' own lists of free pages.
	Pagesets []Pageset

	node, pages, last []byte // the sections of the text
}

// Pageset is a CPU's own list of free pages of a zone.
type Pageset struct {
	CPU                int
	Count, High, Batch uint64
}

// Value is a number of the zone that the kernel has under this name: free,
// managed, nr_free_pages, start_pfn. ok is false when it did not print it,
// which is not the same as zero: of a zone without pages it prints a few
// numbers only, and older kernels have no boost and no promo.
func (z *Zone) Value(name string) (n uint64, ok bool) {
	if n, ok = zoneValue(z.pages, name); ok {
		return n, true
	}
	return zoneValue(z.last, name)
}

// NodeValue is a number of the node that the zone is of. The kernel prints
// these for the first zone of a node that has pages.
func (z *Zone) NodeValue(name string) (n uint64, ok bool) { return zoneValue(z.node, name) }

func zoneValue(section []byte, name string) (uint64, bool) {
	for len(section) > 0 {
		var text []byte
		text, section = line(section)
		if key, r := zoneLine(text); string(key) == name {
			n := r.uint64()
			return n, !r.bad && r.count == 1
		}
	}
	return 0, false
}

// zoneLine takes the name off a line of numbers: "nr_dirty 7", "start_pfn: 1",
// "pages free 3840".
func zoneLine(b []byte) (key []byte, r row) {
	key, rest := word(b)
	if string(key) == "pages" {
		key, rest = word(rest)
	}
	return bytes.TrimSuffix(key, []byte(":")), row{b: rest}
}

// ParseZones goes through the text of /proc/zoneinfo. What a Zone holds is
// borrowed until the next turn. A zone that cannot be parsed is an error in
// its place, for which errors.Is finds [ErrMalformed]. It allocates for the
// loop, and for an error.
func ParseZones(b []byte) iter.Seq2[Zone, error] { return text(b, zones) }

func zones() parser[Zone] {
	z := new(Zone)
	return newBlocks(blocks[Zone]{
		starts: func(line []byte) bool { return bytes.HasPrefix(line, []byte("Node ")) },
		parse: func(block []byte) (Zone, string) {
			problem := parseZone(block, z)
			return *z, problem
		},
	})
}

func parseZone(b []byte, z *Zone) (problem string) {
	*z = Zone{Protection: z.Protection[:0], Pagesets: z.Pagesets[:0]}
	heading, b := line(b)
	var ok bool
	if z.Node, z.Name, _, ok = zoneHeading(heading); !ok {
		return "not a node and a zone"
	}
	pages, ok := cutBefore(b, "  pages free ")
	if !ok {
		return "no pages"
	}
	z.node, b = b[:len(b)-len(pages)], pages
	sets, _ := cutBefore(b, "  pagesets\n")
	z.pages = b[:len(b)-len(sets)]
	z.last, _ = cutBefore(sets, "  node_unreclaimable:")
	sets = sets[:len(sets)-len(z.last)]
	if problem := z.numbers(); problem != "" {
		return problem
	}
	return z.pagesets(sets)
}

// cutBefore is b from a line on that begins so.
func cutBefore(b []byte, begin string) (rest []byte, ok bool) {
	for rest := b; len(rest) > 0; _, rest = line(rest) {
		if bytes.HasPrefix(rest, []byte(begin)) {
			return rest, true
		}
	}
	return nil, false
}

func (z *Zone) numbers() (problem string) {
	fields := [...]struct {
		name  string
		value *uint64
	}{
		{"free", &z.Free}, {"boost", &z.Boost}, {"min", &z.Min}, {"low", &z.Low}, {"high", &z.High}, {"promo", &z.Promo},
		{"spanned", &z.Spanned}, {"present", &z.Present}, {"managed", &z.Managed}, {"cma", &z.CMA},
	}
	next := 0
	for b := z.pages; len(b) > 0; {
		var text []byte
		text, b = line(b)
		key, r := zoneLine(text)
		if string(key) == "protection" {
			if !z.protection(r.b) {
				return "a protection that is no list of numbers"
			}
			return "" // what follows is asked for by name
		}
		for i := next; i < len(fields); i++ {
			if string(key) == fields[i].name {
				*fields[i].value, next = r.uint64(), i+1
				r.bad = r.bad || r.count == 0
				break
			}
		}
		if r.bad {
			return "a value that is no number"
		}
	}
	return ""
}

// protection reads "(0, 3019, 6347)".
func (z *Zone) protection(b []byte) bool {
	b = trimBlanks(b)
	if len(b) < 2 || b[0] != '(' || b[len(b)-1] != ')' {
		return false
	}
	for text := range bytes.SplitSeq(b[1:len(b)-1], []byte(",")) {
		r := row{b: text}
		z.Protection = append(z.Protection, r.uint64())
		if r.bad || r.count != 1 {
			return false
		}
	}
	return true
}

func (z *Zone) pagesets(b []byte) (problem string) {
	var set *Pageset
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		key, r := zoneLine(text)
		if string(key) == "cpu" {
			z.Pagesets = append(z.Pagesets, Pageset{CPU: r.int()})
			set = &z.Pagesets[len(z.Pagesets)-1]
		} else if set != nil {
			switch string(key) {
			case "count":
				set.Count = r.uint64()
			case "high":
				set.High = r.uint64()
			case "batch":
				set.Batch = r.uint64()
			}
		}
		if r.bad {
			return "a list of pages with a value that is no number"
		}
	}
	return ""
}

// Zones goes through /proc/zoneinfo. What a Zone holds is borrowed until the
// next turn. The errors in the loop are those of [Records]; the file of one
// zone may be longer than a page, and then it is no snapshot of it.
func (f *FS) Zones() iter.Seq2[Zone, error] { return table(f.Entry("zoneinfo"), everyKernel, zones) }
