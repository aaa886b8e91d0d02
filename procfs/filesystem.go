// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// Filesystem is a line of /proc/filesystems: a type of file system that the
// kernel has or has loaded. Name is borrowed.
type Filesystem struct {
	Name  Text
	NoDev bool // it is mounted without a block device
}

// ParseFilesystem reads one line of /proc/filesystems. Name borrows from b.
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for an error only.
func ParseFilesystem(b []byte) (Filesystem, error) { return one(b, parseFilesystem) }

func parseFilesystem(b []byte) (f Filesystem, problem string) {
	flag, name, ok := bytes.Cut(b, []byte("\t"))
	f = Filesystem{Name: trimBlanks(name), NoDev: string(flag) == "nodev"}
	if !ok || len(f.Name) == 0 || len(flag) > 0 && !f.NoDev {
		return f, "not nodev, or nothing, and a name"
	}
	return f, ""
}

// Filesystems goes through /proc/filesystems. The Name is borrowed until the
// next turn. The errors in the loop are those of [Records].
func (f *FS) Filesystems() iter.Seq2[Filesystem, error] {
	return table(f.Entry("filesystems"), everyKernel, func() parser[Filesystem] { return plain(parseFilesystem) })
}
