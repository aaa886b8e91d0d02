// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ErrProfile is the error of a coverage profile that is none, or that does not
// go with the others.
var ErrProfile = errors.New("bad coverage profile")

// block is a stretch of source that is covered as one.
type block struct {
	file                                 string
	startLine, startCol, endLine, endCol int
}

type cover struct{ statements, count int }

// MergeProfiles writes the union of Go coverage profiles as one, sorted, which
// go tool cover reads. Blocks that several profiles have are counted together
// or, in mode set, are covered if one covers them. All profiles have to be of
// the same mode; empty ones, which a binary leaves that died, are passed over,
// and with nothing but those nothing is written. The error for a profile that
// cannot be read is [ErrProfile], and then nothing is written either.
func MergeProfiles(w io.Writer, profiles ...[]byte) error {
	m := merger{blocks: map[block]cover{}}
	for i, profile := range profiles {
		if err := m.add(profile); err != nil {
			return fmt.Errorf("%w %d: %w", ErrProfile, i+1, err)
		}
	}
	if m.mode == "" {
		return nil
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "mode: %s\n", m.mode)
	for _, b := range slices.SortedFunc(maps.Keys(m.blocks), block.compare) {
		c := m.blocks[b]
		fmt.Fprintf(out, "%s:%d.%d,%d.%d %d %d\n", b.file, b.startLine, b.startCol, b.endLine, b.endCol, c.statements, c.count)
	}
	return out.Flush()
}

func (b block) compare(o block) int {
	return cmp.Or(strings.Compare(b.file, o.file),
		cmp.Compare(b.startLine, o.startLine), cmp.Compare(b.startCol, o.startCol),
		cmp.Compare(b.endLine, o.endLine), cmp.Compare(b.endCol, o.endCol))
}

type merger struct {
	mode   string
	blocks map[block]cover
}

func (m *merger) add(profile []byte) error {
	n, mode := 0, ""
	for line := range bytes.Lines(profile) {
		n++
		text := strings.TrimRight(string(line), "\r\n")
		if n == 1 {
			var ok bool
			if mode, ok = strings.CutPrefix(text, "mode: "); !ok || !slices.Contains([]string{"set", "count", "atomic"}, mode) {
				return fmt.Errorf("line 1: %q is no mode line", text)
			}
			if m.mode != "" && m.mode != mode {
				return fmt.Errorf("its mode is %s, that of those before %s", mode, m.mode)
			}
			continue
		}
		b, c, err := parseBlock(text)
		if err == nil {
			err = m.merge(mode, b, c)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	m.mode = cmp.Or(m.mode, mode)
	return nil
}

func (m *merger) merge(mode string, b block, c cover) error {
	old, known := m.blocks[b]
	switch {
	case known && old.statements != c.statements:
		return fmt.Errorf("%s:%d.%d has %d statements, and had %d before: it was built from other sources", b.file, b.startLine, b.startCol, c.statements, old.statements)
	case mode == "set":
		c.count = max(min(old.count, 1), min(c.count, 1))
	case c.count > math.MaxInt-old.count:
		c.count = math.MaxInt
	default:
		c.count += old.count
	}
	m.blocks[b] = c
	return nil
}

// parseBlock reads "file.go:1.2,3.4 5 6".
func parseBlock(text string) (block, cover, error) {
	colon := strings.LastIndexByte(text, ':')
	fields := strings.FieldsFunc(text[colon+1:], func(r rune) bool { return r == '.' || r == ',' || r == ' ' })
	if colon <= 0 || len(fields) != 6 {
		return block{}, cover{}, fmt.Errorf("%q is no block", text)
	}
	var n [6]int
	for i, f := range fields {
		v, err := strconv.Atoi(f)
		if err != nil || v < 0 {
			return block{}, cover{}, fmt.Errorf("%q is no block: %q is no count", text, f)
		}
		n[i] = v
	}
	return block{text[:colon], n[0], n[1], n[2], n[3]}, cover{n[4], n[5]}, nil
}
