// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/attr"
)

// Key is a key that [FS.All] found.
type Key struct {
	Name string // the dotted form: "net.ipv4.ip_forward"
	File attr.File
}

// All yields every key below the folder with these components, or every key
// that there is without any, folder by folder and sorted in each. Each is the
// caller's to keep; it is not looked at, and a key that can only be written is
// among them.
//
// A folder that cannot be listed is an error between keys, and ends nothing.
// Only when it is the first one it is all there is: errors.Is finds
// [fs.ErrNotExist], [fs.ErrInvalid] as in [FS.Key], [fs.ErrClosed] after
// Close. What comes and goes while the loop runs is no error.
//
// It holds no descriptor while the loop's body runs. It allocates the names.
func (f *FS) All(components ...string) iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		if len(components) > 0 && !isKey(components) {
			yield(Key{}, failure("list", f.Root()+"/"+strings.Join(components, "/"), fs.ErrInvalid))
			return
		}
		entries, err := f.list(components)
		if err != nil {
			yield(Key{}, err)
			return
		}
		f.walk(components, entries, yield)
	}
}

// walk yields what is below a folder that has these entries, and reports
// whether the loop goes on.
func (f *FS) walk(folder []string, entries []attr.Entry, yield func(Key, error) bool) bool {
	for _, e := range entries {
		at := append(slices.Clone(folder), e.Name)
		switch e.Kind {
		case attr.FileKind:
			if !yield(Key{Name(at...), f.Key(at...)}, nil) {
				return false
			}
		case attr.FolderKind:
			below, err := f.list(at)
			switch {
			case err == nil:
				if !f.walk(at, below, yield) {
					return false
				}
			case !vanished(err) && !yield(Key{}, err):
				return false
			}
		}
	}
	return true
}

// list reads the names in a folder.
func (f *FS) list(components []string) ([]attr.Entry, error) {
	if len(components) == 0 {
		return f.root.List()
	}
	d, err := f.Dir(components...)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.List()
}
