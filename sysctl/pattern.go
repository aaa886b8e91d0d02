// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"path"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/attr"
)

// isPattern tells whether the components of a pattern can be matched with.
func isPattern(components []string) bool {
	return !slices.ContainsFunc(components, func(c string) bool {
		_, err := path.Match(goPattern(c), "")
		return err != nil
	})
}

// goPattern is a pattern of glob(7) as package path has it, which takes "[^"
// for what it is and "[!" for a class with an exclamation mark.
func goPattern(pattern string) string {
	b := []byte(pattern)
	for i := 0; i+1 < len(b); i++ {
		switch {
		case b[i] == '\\':
			i++
		case b[i] == '[' && b[i+1] == '!':
			b[i+1] = '^'
		}
	}
	return string(b)
}

// match finds the keys that match a pattern. The error is that of the first
// folder that could not be listed; what was found is returned too.
func (f *FS) match(pattern []string) (keys [][]string, err error) {
	var look func(folder, pattern []string)
	look = func(folder, pattern []string) {
		kind := attr.FolderKind
		switch {
		case len(pattern) == 1:
			kind = attr.FileKind
		case !strings.ContainsAny(pattern[0], `*?[\`):
			look(append(folder, pattern[0]), pattern[1:])
			return
		}
		entries, listErr := f.list(folder)
		if listErr != nil && !vanished(listErr) && err == nil {
			err = listErr
		}
		for _, e := range entries {
			if ok, _ := path.Match(goPattern(pattern[0]), e.Name); !ok || e.Kind != kind {
				continue
			}
			at := append(slices.Clone(folder), e.Name)
			if kind == attr.FileKind {
				keys = append(keys, at)
			} else {
				look(at, pattern[1:])
			}
		}
	}
	look(nil, pattern)
	return keys, err
}
