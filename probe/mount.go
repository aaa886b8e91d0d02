// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"slices"
	"strings"

	"github.com/kernlink/kernlink/internal/mount"
)

func (s *system) mounts() ([]mount.Mount, error) {
	text, err := s.read("/proc/thread-self/mountinfo")
	if err != nil {
		text, err = s.read("/proc/self/mountinfo")
	}
	return mount.Parse(text), err
}

// find returns where a file system is mounted: at its usual place if it is,
// else anywhere. The list may name what another mount hides, so in the
// running system the folder itself has the last word.
func (s *system) find(f filesystem) (mount.Mount, bool, error) {
	all, err := s.mounts()
	if err != nil && s.captured() {
		return mount.Mount{}, false, err
	}
	all = slices.DeleteFunc(all, func(m mount.Mount) bool { return m.Kind != f.name })
	if err != nil { // no /proc, so no list
		for _, point := range f.usual {
			all = append(all, mount.Mount{Point: point, Kind: f.name})
		}
	}
	slices.SortStableFunc(all, func(a, b mount.Mount) int { return f.rank(a.Point) - f.rank(b.Point) })
	for _, m := range all {
		if s.captured() {
			return m, true, nil
		}
		if magic, err := s.magic(m.Point); err == nil && magic == f.magic {
			return m, true, nil
		}
	}
	return mount.Mount{}, false, nil
}

// readOnly reports whether the mount that holds path is.
func (s *system) readOnly(path string) bool {
	all, _ := s.mounts()
	var holds mount.Mount
	for _, m := range all {
		inside := m.Point == "/" || path == m.Point || strings.HasPrefix(path, m.Point+"/")
		if inside && len(m.Point) >= len(holds.Point) {
			holds = m
		}
	}
	return holds.ReadOnly
}
