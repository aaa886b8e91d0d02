// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"fmt"
	"strconv"
	"strings"
)

// Stats are the counters of one CPU's buffer, since it was last cleared.
type Stats struct {
	Entries       uint64 // in the buffer now
	Overrun       uint64 // overwritten before somebody read them
	CommitOverrun uint64 // lost because events interrupted each other too deeply
	Bytes         uint64 // in the buffer now
	Dropped       uint64 // lost because it was full and overwrite is off
	Read          uint64
}

// Stats reads the counters of a CPU's buffer. errors.Is finds [fs.ErrNotExist]
// for a CPU that there is not.
func (i *Instance) Stats(cpu int) (Stats, error) {
	text, err := i.File(fmt.Sprintf("per_cpu/cpu%d/stats", cpu)).Read()
	if err != nil {
		return Stats{}, err
	}
	return ParseStats(text)
}

// ParseStats reads the text of a CPU's file stats. Counters that it does not
// know are passed over. errors.Is finds [ErrMalformed].
func ParseStats(text []byte) (Stats, error) {
	var s Stats
	counters := map[string]*uint64{
		"entries": &s.Entries, "overrun": &s.Overrun, "commit overrun": &s.CommitOverrun,
		"bytes": &s.Bytes, "dropped events": &s.Dropped, "read events": &s.Read,
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			return s, malformed("parse stats", []byte(line), "no counter")
		}
		counter, known := counters[name]
		if !known {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return s, malformed("parse stats", []byte(line), "no number")
		}
		*counter = n
	}
	return s, nil
}

// BufferSize is how large the buffer of each CPU is, in KiB, or will be once
// something is recorded: until then the FS itself has only small ones, and its
// file buffer_size_kb says so in words.
//
// errors.Is finds [ErrMalformed] when the CPUs have different sizes; the files
// per_cpu/cpuN/buffer_size_kb have them then.
func (i *Instance) BufferSize() (kib int, err error) {
	text, err := i.File("buffer_size_kb").Read()
	if err != nil {
		return 0, err
	}
	word := strings.TrimSpace(string(text)) // "1408", "7 (expanded: 1408)", "X"
	if _, later, ok := strings.Cut(word, "(expanded: "); ok {
		word = strings.TrimSuffix(later, ")")
	}
	kib, ok := number(word)
	if !ok {
		return 0, malformed("read buffer_size_kb", text, "no size")
	}
	return kib, nil
}
