// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// Types of a directory entry (DT_DIR and so on), as [Dirent.Type] has them.
const (
	TypeUnknown = 0
	TypeDir     = 4
	TypeRegular = 8
	TypeLink    = 10
)

// Dirent is one entry of a folder. Name is borrowed from the buffer.
type Dirent struct {
	Ino  uint64
	Type byte
	Name []byte
}

// Offsets in struct linux_dirent64 (include/linux/dirent.h).
const (
	direntLen  = 16
	direntType = 18
	direntName = 19
)

// NextDirent takes the first entry off what [ReadDir] read. ok is false at
// the end.
func NextDirent(buf []byte) (d Dirent, rest []byte, ok bool) {
	if len(buf) < direntName {
		return Dirent{}, nil, false
	}
	size := int(binary.NativeEndian.Uint16(buf[direntLen:]))
	if size < direntName || size > len(buf) {
		return Dirent{}, nil, false
	}
	name := buf[direntName:size]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return Dirent{
		Ino:  binary.NativeEndian.Uint64(buf),
		Type: buf[direntType],
		Name: name,
	}, buf[size:], true
}

// Entry is a name in a folder, and one of the types above.
type Entry struct {
	Name string
	Type byte
}

// List reads the names in the folder that dir, which may be opened with
// PathOnly, stands for: sorted, without "." and "..".
func List(dir int) ([]Entry, error) {
	fd, err := OpenAt(dir, ".", ReadOnly|Directory)
	if err != nil {
		return nil, err
	}
	defer Close(fd)
	var all []Entry
	buf := make([]byte, 8192)
	for {
		n, err := ReadDir(fd, buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
			return all, nil
		}
		for d, rest, ok := NextDirent(buf[:n]); ok; d, rest, ok = NextDirent(rest) {
			if e, ok := entryOf(dir, d); ok {
				all = append(all, e)
			}
		}
	}
}

// HasEntries reports whether something is in the folder that dir, which may be
// opened with PathOnly, stands for. A folder that cannot be read has nothing.
func HasEntries(dir int) bool {
	fd, err := OpenAt(dir, ".", ReadOnly|Directory)
	if err != nil {
		return false
	}
	defer Close(fd)
	buf := make([]byte, 512)
	for {
		n, err := ReadDir(fd, buf)
		if err != nil || n == 0 {
			return false
		}
		for d, rest, ok := NextDirent(buf[:n]); ok; d, rest, ok = NextDirent(rest) {
			if name := string(d.Name); name != "." && name != ".." {
				return true
			}
		}
	}
}

// entryOf is the entry to list, and finds out the type where the file system
// does not say it, as some do that a test's folder may be on.
func entryOf(dir int, d Dirent) (Entry, bool) {
	e := Entry{string(d.Name), d.Type}
	if e.Name == "." || e.Name == ".." {
		return e, false
	}
	if e.Type == TypeUnknown {
		st, err := StatAt(dir, e.Name, false)
		if err != nil {
			return e, false
		}
		switch st.Mode & ModeType {
		case ModeDir:
			e.Type = TypeDir
		case ModeFile:
			e.Type = TypeRegular
		case ModeLink:
			e.Type = TypeLink
		}
	}
	return e, true
}
