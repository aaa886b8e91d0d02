// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"

	"github.com/kernlink/kernlink/internal/decimal"
	"github.com/kernlink/kernlink/internal/lines"
	"github.com/kernlink/kernlink/internal/sys"
)

// Map is one line of /proc/PID/maps: a range of a process's addresses, and
// what is behind it.
type Map struct {
	Start, End                uint64 // End is the first address after it
	Read, Write, Exec, Shared bool
	Offset                    uint64 // in the file, in bytes
	Major, Minor              uint32 // of the device that the file is on
	Inode                     uint64 // 0: no file

	// Path is the file, a name like [heap], or empty. It is borrowed. The
	// kernel writes a newline in it as \012 and nothing else, so it cannot be
	// told from those four characters; " (deleted)" stands behind the name of
	// a file that has none any more.
	Path Text
}

// ParseMap reads one line of /proc/PID/maps. Path borrows from b. errors.Is
// finds [ErrMalformed] for bytes that are no such line. It allocates for an
// error only.
func ParseMap(b []byte) (Map, error) {
	m, problem := parseMap(b)
	if problem != "" {
		return Map{}, malformed("", b, problem)
	}
	return m, nil
}

func parseMap(b []byte) (m Map, problem string) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	addresses, rest := word(b)
	perms, rest := word(rest)
	offset, rest := word(rest)
	device, rest := word(rest)
	inode, rest := word(rest)
	start, end, ok := bytes.Cut(addresses, []byte("-"))
	major, minor, ok1 := bytes.Cut(device, []byte(":"))
	if !ok || !ok1 || len(perms) != 4 {
		return m, "not a range, permissions and a device"
	}
	m.Read, m.Write, m.Exec, m.Shared = perms[0] == 'r', perms[1] == 'w', perms[2] == 'x', perms[3] == 's'
	var oks [6]bool
	m.Start, oks[0] = hex(start)
	m.End, oks[1] = hex(end)
	m.Offset, oks[2] = hex(offset)
	m.Major, oks[3] = widthOf32(hex(major))
	m.Minor, oks[4] = widthOf32(hex(minor))
	m.Inode, oks[5] = decimal.Parse(inode)
	if oks != [6]bool{true, true, true, true, true, true} {
		return m, "a number that is none"
	}
	// The kernel fills up with blanks to one column; a name itself may begin
	// with one, which nothing tells from them.
	m.Path = bytes.TrimLeft(rest, " ")
	return m, ""
}

// Maps goes through /proc/PID/maps. The Map is borrowed until the next turn.
// A kernel thread and a zombie have none, which is no error.
//
// It is no snapshot: the kernel gives about a page of text at a time, and the
// process may map and unmap in between; ranges never come twice.
//
// A line that cannot be parsed is an error in its place, for which errors.Is
// finds [ErrMalformed], and the loop goes on. Any other error is the last:
// [kernlink.ErrRestricted] without the right to trace the process,
// [kernlink.ErrGone]. It allocates a buffer for the whole loop.
func (p *Process) Maps() iter.Seq2[Map, error] {
	return func(yield func(Map, error) bool) {
		fd, err := p.open(fileMaps, sys.ReadOnly)
		if err != nil {
			yield(Map{}, err)
			return
		}
		text := lines.New(fd)
		defer text.Close()
		for {
			b, err := text.Next()
			if err != nil {
				yield(Map{}, p.failure("read", fileMaps, err))
				return
			}
			if b == nil {
				if text.Total() == 0 && p.Gone() {
					yield(Map{}, p.gone(fileMaps.String()))
				}
				return
			}
			m, problem := parseMap(b)
			if problem != "" {
				err = p.malformed(fileMaps, b, problem)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}
