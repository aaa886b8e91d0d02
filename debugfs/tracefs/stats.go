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
