// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"slices"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// entry is a name in a folder, and one of the types of [sys.Dirent].
type entry struct {
	name string
	typ  byte
}

// list reads the names in a folder, sorted.
func list(dir *attr.Dir) ([]entry, error) {
	at, err := dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer dir.Release()
	fd, err := sys.OpenAt(at, ".", sys.ReadOnly|sys.Directory)
	if err != nil {
		return nil, failureIn(dir, "list", dir.Path(), err)
	}
	defer sys.Close(fd)
	var all []entry
	buf := make([]byte, 8192)
	for {
		n, err := sys.ReadDir(fd, buf)
		if err != nil {
			return nil, failureIn(dir, "list", dir.Path(), err)
		}
		if n == 0 {
			break
		}
		for d, rest, ok := sys.NextDirent(buf[:n]); ok; d, rest, ok = sys.NextDirent(rest) {
			if e, ok := entryOf(at, d); ok {
				all = append(all, e)
			}
		}
	}
	// A folder that was removed under its descriptor reads as an empty one.
	if len(all) == 0 && dir.Gone() {
		return nil, failure("list", dir.Path(), syscall.ENODEV)
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

func entryOf(at int, d sys.Dirent) (entry, bool) {
	e := entry{string(d.Name), d.Type}
	if e.name == "." || e.name == ".." {
		return e, false
	}
	if e.typ == sys.TypeUnknown { // some file systems of a test's folder
		st, err := sys.StatAt(at, e.name, false)
		if err != nil {
			return e, false
		}
		switch st.Mode & sys.ModeType {
		case sys.ModeDir:
			e.typ = sys.TypeDir
		case sys.ModeFile:
			e.typ = sys.TypeRegular
		case sys.ModeLink:
			e.typ = sys.TypeLink
		}
	}
	return e, true
}
