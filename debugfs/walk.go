// SPDX-License-Identifier: Apache-2.0

package debugfs

import (
	"errors"
	"io/fs"
	"iter"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// List reads the names in the folder at a path below the root, sorted; "." is
// the root. It is no snapshot.
//
// errors.Is finds [fs.ErrInvalid] for what is no path, [fs.ErrNotExist],
// [kernlink.ErrRestricted], [fs.ErrClosed] after Close.
func (f *FS) List(path string) ([]attr.Entry, error) {
	d, err := f.Dir(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.List()
}

// Entry is something that [FS.Walk] came by.
type Entry struct {
	Path string // below the root, for [FS.File] and [FS.Dir]
	Kind attr.Kind
}

// Walk goes through all that lies below a path, "." for all of debugfs: a
// folder first and then what is in it, by name. Links are entries and are not
// followed. Another file system that is mounted in it (tracefs at "tracing")
// is an entry and is not entered, nor does the walk have it mounted.
//
// What comes and goes meanwhile may be there or not, and is no error. An error
// about one folder stands in its place and has its path, and the walk goes on;
// only when path itself cannot be opened is it the one thing yielded:
// errors.Is finds [fs.ErrNotExist], [fs.ErrInvalid], [kernlink.ErrRestricted],
// [fs.ErrClosed].
//
// It holds a descriptor for each folder on its way, and allocates a list for
// each.
func (f *FS) Walk(path string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		d, err := f.Dir(path)
		if err != nil {
			yield(Entry{Path: path, Kind: attr.FolderKind}, err)
			return
		}
		defer d.Close()
		all, err := d.List()
		if err != nil {
			yield(Entry{Path: path, Kind: attr.FolderKind}, err)
			return
		}
		if path == "." {
			walk(d, "", all, yield)
		} else {
			walk(d, path+"/", all, yield)
		}
	}
}

// walk yields what is in a folder, whose path ends with a slash, and reports
// whether the caller wants more.
func walk(d *attr.Dir, path string, all []attr.Entry, yield func(Entry, error) bool) bool {
	for _, e := range all {
		at := Entry{path + e.Name, e.Kind}
		if e.Kind != attr.FolderKind {
			if !yield(at, nil) {
				return false
			}
			continue
		}
		more := true
		err := inside(d, e.Name, func(sub *attr.Dir, entries []attr.Entry) {
			more = yield(at, nil) && (sub == nil || walk(sub, at.Path+"/", entries, yield))
		})
		if err != nil && !vanished(err) {
			more = yield(at, err)
		}
		if !more {
			return false
		}
	}
	return true
}

// inside calls do with a folder and its list, or with neither where another
// file system is or would be mounted.
func inside(d *attr.Dir, name string, do func(*attr.Dir, []attr.Entry)) error {
	at, err := d.Acquire()
	if err != nil {
		return err
	}
	mounted, err := sys.IsMount(at, name)
	d.Release()
	switch {
	case err != nil:
		return &kernlink.Error{Channel: channel, Op: "list", Path: d.Path() + "/" + name, Err: err}
	case mounted:
		do(nil, nil)
		return nil
	}
	sub, err := d.OpenDir(name)
	if err != nil {
		return err
	}
	defer sub.Close()
	entries, err := sub.List()
	if err != nil {
		return err
	}
	do(sub, entries)
	return nil
}

// vanished says that something was there when a list was made, and is not any
// more.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, kernlink.ErrGone)
}
