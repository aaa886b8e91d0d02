// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"slices"
	"strings"
)

// mount is a line of /proc/self/mountinfo.
type mount struct {
	point, kind string
	readOnly    bool
}

// parseMounts reads /proc/PID/mountinfo (proc_pid_mountinfo(5)) and passes over
// what is no line of it. Mounts of a part of a file system are left out.
func parseMounts(text []byte) []mount {
	var all []mount
	for line := range strings.Lines(string(text)) {
		// 36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 3 || left[3] != "/" {
			continue
		}
		readOnly := isReadOnly(left[5]) || isReadOnly(right[2])
		all = append(all, mount{unescape.Replace(left[4]), right[0], readOnly})
	}
	return all
}

func isReadOnly(options string) bool {
	return slices.Contains(strings.Split(options, ","), "ro")
}

// unescape undoes what the kernel does to blanks in names.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

func (s *system) mounts() ([]mount, error) {
	text, err := s.read("/proc/thread-self/mountinfo")
	if err != nil {
		text, err = s.read("/proc/self/mountinfo")
	}
	return parseMounts(text), err
}

// find returns where a file system is mounted: at its usual place if it is,
// else anywhere. The list may name what another mount hides, so in the
// running system the folder itself has the last word.
func (s *system) find(f filesystem) (mount, bool, error) {
	all, err := s.mounts()
	if err != nil && s.captured() {
		return mount{}, false, err
	}
	all = slices.DeleteFunc(all, func(m mount) bool { return m.kind != f.name })
	if err != nil { // no /proc, so no list
		for _, point := range f.usual {
			all = append(all, mount{point: point, kind: f.name})
		}
	}
	slices.SortStableFunc(all, func(a, b mount) int { return f.rank(a.point) - f.rank(b.point) })
	for _, m := range all {
		if s.captured() {
			return m, true, nil
		}
		if magic, err := s.magic(m.point); err == nil && magic == f.magic {
			return m, true, nil
		}
	}
	return mount{}, false, nil
}

// readOnly reports whether the mount that holds path is.
func (s *system) readOnly(path string) bool {
	all, _ := s.mounts()
	var holds mount
	for _, m := range all {
		inside := m.point == "/" || path == m.point || strings.HasPrefix(path, m.point+"/")
		if inside && len(m.point) >= len(holds.point) {
			holds = m
		}
	}
	return holds.readOnly
}
