// SPDX-License-Identifier: Apache-2.0

// Package mount finds where the kernel's file systems are mounted.
package mount

import (
	"slices"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// Mount is a line of /proc/PID/mountinfo.
type Mount struct {
	Point    string
	Kind     string // as in /proc/filesystems
	ReadOnly bool
}

// Parse reads the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)) and
// passes over what is no line of it. Mounts of a part of a file system are
// left out.
func Parse(text []byte) []Mount {
	var all []Mount
	for line := range strings.Lines(string(text)) {
		// 36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 3 || left[3] != "/" {
			continue
		}
		readOnly := isReadOnly(left[5]) || isReadOnly(right[2])
		all = append(all, Mount{unescape.Replace(left[4]), right[0], readOnly})
	}
	return all
}

func isReadOnly(options string) bool {
	return slices.Contains(strings.Split(options, ","), "ro")
}

// unescape undoes what the kernel does to blanks in names.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// All reads what is mounted in the namespace of the calling thread.
func All() ([]Mount, error) {
	text, err := sys.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		text, err = sys.ReadFile("/proc/self/mountinfo")
	}
	return Parse(text), err
}

// Find opens the root of a mounted file system of this kind, with
// [sys.PathOnly]: at one of its usual places, else wherever it is. The list of
// mounts may name what another one hides, so the folder's own magic number has
// the last word. ok is false, and err what stood in the way or nil, when there
// is none.
func Find(kind string, magic int64, usual ...string) (fd int, point string, ok bool, err error) {
	for _, point := range usual {
		if fd, err := open(point, magic); err == nil && fd >= 0 {
			return fd, point, true, nil
		}
	}
	all, err := All()
	if err != nil {
		return -1, "", false, err
	}
	for _, m := range all {
		if m.Kind != kind || slices.Contains(usual, m.Point) {
			continue
		}
		fd, failed := open(m.Point, magic)
		if failed == nil && fd >= 0 {
			return fd, m.Point, true, nil
		}
		if failed != nil {
			err = failed
		}
	}
	return -1, "", false, err
}

// open opens a folder, and gives -1 for one on another file system.
func open(dir string, magic int64) (int, error) {
	fd, err := sys.Open(dir, sys.PathOnly|sys.Directory)
	if err != nil {
		return -1, err
	}
	got, err := sys.StatfsType(fd)
	if err != nil || got != magic {
		sys.Close(fd)
		return -1, err
	}
	return fd, nil
}
