// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"iter"
	"path"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Object is one object of the kernel (a kobject): a folder of sysfs, held by
// a descriptor. When it goes away and another comes with the same name, the
// Object is still the one that went.
//
// One from [FS.Object] or Open owns its descriptor until Close; one that a
// loop yields is the loop's until the next turn, and one that a device leads to
// is the device's until that is closed. It may be used by several goroutines.
type Object struct {
	fs       *FS
	dir      *attr.Dir
	path     string
	lent     *lent
	borrowed bool // from another object's lent
}

func (f *FS) object(dir *attr.Dir, path string) *Object {
	return &Object{fs: f, dir: dir, path: path, lent: new(lent)}
}

// Object opens the object at a path below the root, in the form of
// [fs.ValidPath]: "kernel/mm", "class/net/lo". Links are followed, and none
// leads out of the root.
//
// errors.Is finds [fs.ErrInvalid] for another form of path, [fs.ErrNotExist],
// [kernlink.ErrRestricted].
func (f *FS) Object(name string) (*Object, error) {
	if !sys.IsPath(name) {
		return nil, failure("open", name, fs.ErrInvalid)
	}
	return f.open(name)
}

func (f *FS) open(name string) (*Object, error) { return f.openFrom("", name) }

// openFrom opens the object at a path below a folder, whose own path has no
// links.
func (f *FS) openFrom(folder, name string) (*Object, error) {
	real, err := f.resolve(folder, name)
	if err != nil {
		return nil, failure("open", f.where(path.Join(folder, name)), err)
	}
	dir, err := f.root.OpenDir(real)
	if err != nil {
		return nil, err
	}
	return f.object(dir, real), nil
}

// Open makes an Object of its own, to be closed, from one that is borrowed.
//
// It is the same object for certain; whether that went away shows when it is
// used. errors.Is finds [fs.ErrClosed] when o is not open any more.
func (o *Object) Open() (*Object, error) {
	at, err := o.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer o.dir.Release()
	// From the descriptor and not from the path: the same object for certain.
	fd, err := sys.OpenAt(at, ".", sys.PathOnly|sys.Directory)
	if err != nil {
		return nil, failureIn(o.dir, "open", o.dir.Path(), err)
	}
	return o.fs.object(attr.Adopt(fd, o.dir.Path(), attr.Sysfs), o.path), nil
}

// Close gives the descriptor back, and those of what the object led to
// ([Device.Driver], [Device.Parent]). Such a one, which is only lent, has
// nothing to give back: Close of it does nothing.
//
// A second Close fails with [fs.ErrClosed].
func (o *Object) Close() error {
	if o.borrowed {
		return nil
	}
	err := o.dir.Close()
	o.lent.close()
	return err
}

// Name is the last part of the path, which is the object's name.
func (o *Object) Name() string { return path.Base(o.path) }

// Path is the path below the root without any links: what [FS.Object] takes,
// and the same whichever way the object was found.
func (o *Object) Path() string { return o.path }

// SysPath is the whole path: "/sys/devices/virtual/net/lo".
func (o *Object) SysPath() string { return o.fs.where(o.path) }

func (o *Object) String() string { return o.SysPath() }

// Gone reports whether the object has gone away. It looks; a moment later the
// answer may be another.
func (o *Object) Gone() bool { return o.dir.Gone() }

// Attr is the attribute of that name, or at a path below the object
// ("queue/rotational"). It does not look whether there is one.
func (o *Object) Attr(name string) attr.File { return o.dir.File(name) }

// Attrs yields the object's attributes in the order of their names, binary
// ones included, those of the objects below not.
//
// The files are no use after Close of the object. The loop ends after an
// error; errors.Is finds [kernlink.ErrGone].
func (o *Object) Attrs() iter.Seq2[attr.File, error] {
	return func(yield func(attr.File, error) bool) {
		entries, err := o.dir.List()
		if err != nil {
			yield(attr.File{}, err)
			return
		}
		for _, e := range entries {
			if e.Kind == attr.FileKind && !yield(o.dir.File(e.Name), nil) {
				return
			}
		}
	}
}

// Children yields the objects right below, in the order of their names. Links
// are none: they lead to objects elsewhere. Groups of attributes ("power",
// "statistics") look like objects to everybody outside of the kernel.
//
// Each is the loop's until the next turn; [Object.Open] keeps it. One that
// goes away meanwhile is passed over. An error about one does not end the
// loop; errors.Is finds [kernlink.ErrGone] when it is the object itself.
func (o *Object) Children() iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		entries, err := o.dir.List()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range entries {
			if e.Kind == attr.FolderKind && !o.child(e.Name, yield) {
				return
			}
		}
	}
}

func (o *Object) child(name string, yield func(*Object, error) bool) bool {
	dir, err := o.dir.OpenDir(name)
	if err != nil {
		return vanished(err) || yield(nil, err)
	}
	c := o.fs.object(dir, o.path+"/"+name)
	defer c.Close()
	return yield(c, nil)
}

// Walk yields the object itself and everything below, each before what is
// below it. It follows no links, so it ends. What holds for [Object.Children]
// holds for it. It has as many descriptors open as the tree is deep.
func (o *Object) Walk() iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		if yield(o, nil) {
			o.walk(yield)
		}
	}
}

func (o *Object) walk(yield func(*Object, error) bool) bool {
	for child, err := range o.Children() {
		switch {
		case err != nil && vanished(err):
			// What was below went with it.
		case err != nil:
			if !yield(nil, err) {
				return false
			}
		case !yield(child, nil) || !child.walk(yield):
			return false
		}
	}
	return true
}

// follow opens what a link of the object leads to. The link is read in the
// folder that is held: its path may be another object's by now.
func (o *Object) follow(op, name string) (*Object, error) {
	target, err := o.readLink(op, name)
	if err != nil {
		return nil, err
	}
	if path.IsAbs(target) {
		return nil, failure(op, o.SysPath()+"/"+name, errLeadsOut)
	}
	to, err := o.fs.openFrom(o.path, target)
	if err != nil {
		return nil, failureIn(o.dir, op, o.SysPath()+"/"+name, err)
	}
	return to, nil
}

// link reads where a link of the object leads: the last part.
func (o *Object) link(op, name string) (string, error) {
	target, err := o.readLink(op, name)
	if err != nil {
		return "", err
	}
	return path.Base(target), nil
}

func (o *Object) readLink(op, name string) (string, error) {
	at, err := o.dir.Acquire()
	if err != nil {
		return "", err
	}
	defer o.dir.Release()
	buf := make([]byte, 4096)
	n, err := sys.ReadLinkAt(at, name, buf)
	if err != nil {
		return "", failureIn(o.dir, op, o.SysPath()+"/"+name, err)
	}
	return string(buf[:n]), nil
}
