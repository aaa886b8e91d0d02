// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]; nil and the zero value are
// the defaults.
type Options struct {
	// Mount makes [Open] mount configfs where it is not. That needs
	// CAP_SYS_ADMIN, and the module configfs to be loaded or built in.
	Mount bool

	// Attributes stands for the driver in an ordinary folder ([OpenAt]),
	// where nobody else puts anything into an item that is made: it returns
	// the attributes of an item at that path with their first values, and its
	// default groups, whose names end in "/". It is not asked of a real
	// configfs.
	Attributes func(path string) map[string]string
}

// FS is a configfs: what is mounted on /sys/kernel/config, or a folder that
// looks like it.
//
// It owns one file descriptor until Close, and may be used by several
// goroutines. What it opened needs it to find its way, so it is closed last.
// It makes links and removes items one at a time.
type FS struct {
	root *attr.Dir
	real bool // it is a configfs and no ordinary folder
	opts Options

	// shape is held while a link is made and while an item is removed: of the
	// kernel's own locks symlink(2) takes none of its target, and an item that
	// goes just then is used after it was freed.
	shape sync.Mutex
}

// usual is where configfs is mounted.
const usual = "/sys/kernel/config"

// Open opens /sys/kernel/config.
//
// errors.Is finds [kernlink.ErrNotSupported] when no configfs is mounted
// there: the Hint is the command that is missing. It finds
// [kernlink.ErrRestricted] without the permission to look into it.
func Open(opts *Options) (*FS, error) { return openUsual(usual, opts) }

func openUsual(dir string, opts *Options) (*FS, error) {
	f, err := OpenAt(dir, opts)
	if err == nil && !f.real && opts != nil && opts.Mount {
		f.Close()
		if err := sys.Mount("none", dir, "configfs", ""); err != nil && !errors.Is(err, syscall.EBUSY) {
			return nil, explained("mount", dir, err, kindOfMount(err), mountHint())
		}
		f, err = OpenAt(dir, opts)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, explained("open", dir, err, kernlink.ErrNotSupported, mountHint())
	case err == nil && !f.real:
		f.Close()
		return nil, explained("open", dir, errNotMounted, kernlink.ErrNotSupported, mountHint())
	}
	return f, err
}

// OpenAt opens a configfs at another place: where else it is mounted, or an
// ordinary folder that a test has filled.
//
// A folder stands for a configfs as far as a folder can: an item has only what
// [Options].Attributes gives it, every link is taken, and no value is looked
// at. What is removed goes in the kernel's order and with its errors.
//
// errors.Is finds [fs.ErrNotExist] and [kernlink.ErrRestricted].
func OpenAt(dir string, opts *Options) (*FS, error) {
	if opts == nil {
		opts = new(Options)
	}
	// An absolute path stays right when the process goes elsewhere, and is
	// the only form in which the kernel takes the target of a link.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, failure("open", dir, err)
	}
	root, err := attr.OpenDir(dir, attr.Configfs)
	if err != nil {
		return nil, err
	}
	f := &FS{root: root, opts: *opts}
	if f.real, err = f.isReal(); err != nil {
		root.Close()
		return nil, failure("open", dir, err)
	}
	return f, nil
}

func (f *FS) isReal() (bool, error) {
	at, err := f.root.Acquire()
	if err != nil {
		return false, err
	}
	defer f.root.Release()
	magic, err := sys.StatfsType(at)
	return magic == sys.ConfigMagic, err
}

// Root is where the FS was opened: "/sys/kernel/config".
func (f *FS) Root() string { return f.root.Path() }

// Close gives the descriptor back. Items keep theirs. A second Close fails with
// [fs.ErrClosed].
func (f *FS) Close() error { return f.root.Close() }

// Subsystem opens a subsystem by its name: "nullb", "usb_gadget". It is there
// while the module that has it is loaded.
//
// errors.Is finds [fs.ErrNotExist], whose Hint names the module where it is
// known, and [fs.ErrInvalid] for what cannot be a name.
func (f *FS) Subsystem(name string) (*Node, error) {
	if !sys.IsName(name) {
		return nil, failure("open", f.where(name), fs.ErrInvalid)
	}
	n, err := f.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, explained("open", f.where(name), unwrapped(err), nil, subsystemHint(name))
	}
	return n, err
}

// Subsystems yields the names of the subsystems, sorted. The list is made when
// the loop begins. An error ends it; errors.Is finds [fs.ErrClosed].
func (f *FS) Subsystems() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		entries, err := f.root.List()
		if err != nil {
			yield("", err)
			return
		}
		for _, e := range entries {
			if e.Kind == attr.FolderKind && !yield(e.Name, nil) {
				return
			}
		}
	}
}

// Node opens what is at a path below the root, in the form of [fs.ValidPath]:
// "nullb/disk0". It follows no links: what they lead to has a path of its own.
//
// errors.Is finds [fs.ErrNotExist], [fs.ErrInvalid] for another form of path
// and for one through a link, [kernlink.ErrRestricted].
func (f *FS) Node(name string) (*Node, error) {
	if !sys.IsPath(name) {
		return nil, failure("open", f.where(name), fs.ErrInvalid)
	}
	return f.open(name)
}

func (f *FS) open(name string) (*Node, error) {
	at, err := f.root.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.root.Release()
	for p := name; p != "."; p = path.Dir(p) {
		if st, err := sys.StatAt(at, p, false); err == nil && st.Mode&sys.ModeType == sys.ModeLink {
			return nil, explained("open", f.where(name), fs.ErrInvalid, nil, f.where(p)+" is a link")
		}
	}
	fd, err := sys.OpenAt(at, name, sys.PathOnly|sys.Directory|sys.NoFollow)
	if err != nil {
		return nil, failure("open", f.where(name), err)
	}
	return f.node(fd, name), nil
}

func (f *FS) node(fd int, name string) *Node {
	return &Node{fs: f, dir: attr.Adopt(fd, f.where(name), attr.Configfs), path: name}
}

// where is a path below the root, for people to read and for the kernel to
// find the target of a link.
func (f *FS) where(name string) string { return path.Join(f.root.Path(), name) }

// kindAt tells what is at a path below the root; links are not followed.
func (f *FS) kindAt(name string) (attr.Kind, error) {
	st, err := f.stat(name)
	switch st.Mode & sys.ModeType {
	case sys.ModeDir:
		return attr.FolderKind, err
	case sys.ModeLink:
		return attr.LinkKind, err
	case sys.ModeFile:
		return attr.FileKind, err
	}
	return attr.OtherKind, err
}

// stat looks at a path below the root; links are not followed.
func (f *FS) stat(name string) (sys.Stat, error) {
	at, err := f.root.Acquire()
	if err != nil {
		return sys.Stat{}, err
	}
	defer f.root.Release()
	st, err := sys.StatAt(at, name, false)
	if err != nil {
		return st, failure("look at", f.where(name), err)
	}
	return st, nil
}

// list is what is in a folder below the root, "." for the root itself.
func (f *FS) list(name string) ([]attr.Entry, error) {
	if name == "." {
		return f.root.List()
	}
	dir, err := f.root.OpenDir(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.List()
}

func unwrapped(err error) error {
	if e, ok := err.(*kernlink.Error); ok {
		return e.Err
	}
	return err
}
