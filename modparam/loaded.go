// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"errors"
	"io/fs"
	"iter"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]. There are none yet, and nil
// is the default.
type Options struct{}

// FS is the folder in which the kernel shows its modules and their parameters.
//
// It owns one file descriptor until Close. It may be used by several
// goroutines, Close included. Files that it handed out are of no use after
// Close.
type FS struct {
	dir *attr.Dir
}

// Open opens /sys/module.
//
// errors.Is finds [fs.ErrNotExist] where sysfs is not mounted,
// [kernlink.ErrNotSupported] on other systems than Linux.
//
// Any user may open it.
func Open(o *Options) (*FS, error) { return OpenAt("/sys/module", o) }

// OpenAt opens such a folder elsewhere: that of a container, or an ordinary
// one with files NAME/parameters/PARAM, for tests. The errors are those of
// Open.
func OpenAt(dir string, _ *Options) (*FS, error) {
	d, err := attr.OpenDir(dir, attr.Param)
	if err != nil {
		return nil, err
	}
	return &FS{d}, nil
}

// Close gives the descriptor back. A second Close fails with [fs.ErrClosed].
func (f *FS) Close() error { return f.dir.Close() }

// Param returns the file of a module's parameter. In both names "-" and "_"
// are equal, as for the kernel.
//
// It does not look whether there is one: what is wrong shows when the file is
// used. Then errors.Is finds [fs.ErrInvalid] for what cannot be a name, and
// [fs.ErrNotExist] for a module that is not loaded, a parameter that it does
// not have, and one that has no file, since its permissions are 0.
func (f *FS) Param(module, name string) attr.File {
	module, name = canonical(module), canonical(name)
	file := module + folder + name
	if !sys.IsName(module) || !sys.IsName(name) {
		return attr.Invalid(file, attr.Param)
	}
	return f.dir.File(file)
}

// Params lists the parameters of a module, by name; those that have no file,
// since their permissions are 0, are not among them. A module without
// parameters has none.
//
// The list is made when the loop begins. An error ends it: errors.Is finds
// [fs.ErrNotExist] for a module that is not loaded, [fs.ErrInvalid] for what
// cannot be its name, [fs.ErrClosed] after Close. Each file is the caller's to
// keep.
//
// Any user may list them.
func (f *FS) Params(module string) iter.Seq2[attr.File, error] {
	return func(yield func(attr.File, error) bool) {
		names, err := f.params(canonical(module))
		if err != nil {
			yield(attr.File{}, err)
			return
		}
		for _, name := range names {
			if !yield(f.dir.File(canonical(module)+folder+name), nil) {
				return
			}
		}
	}
}

// Modules lists the names of the modules that the kernel shows, sorted: those
// that are loaded, and of those that are built into it the ones that have a
// parameter or a version. What is loaded, and in which state, says package
// kmod.
//
// The list is made when the loop begins. An error ends it: errors.Is finds
// [fs.ErrClosed] after Close.
//
// Any user may list them.
func (f *FS) Modules() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		names, err := list(f.dir, attr.FolderKind)
		if err != nil {
			yield("", err)
			return
		}
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// folder is where a module has its parameters.
const folder = "/parameters/"

func (f *FS) params(module string) ([]string, error) {
	at := strings.TrimSuffix(module+folder, "/")
	if !sys.IsName(module) {
		return nil, &kernlink.Error{Channel: channel, Op: "list", Path: at, Err: fs.ErrInvalid}
	}
	d, err := f.dir.OpenDir(at)
	if errors.Is(err, fs.ErrNotExist) {
		// A module without parameters has no such folder.
		if d, err = f.dir.OpenDir(module); err == nil {
			return nil, d.Close()
		}
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return list(d, attr.FileKind)
}

// list reads the names of the entries of one kind, sorted.
func list(d *attr.Dir, kind attr.Kind) ([]string, error) {
	entries, err := d.List()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Kind == kind {
			names = append(names, e.Name)
		}
	}
	return names, nil
}
