// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// instances is the folder of them.
const instances = "instances"

// Instance is one set of buffers with its own events, filters, clock and
// tracer, which does not disturb the others.
//
// It is the kernel's object and not its name: when it is removed and another
// comes under its name, it is still the one that went. It owns one descriptor
// until Close or Remove, and may be used by several goroutines.
type Instance struct {
	fs   *FS
	dir  *attr.Dir
	name string // "" for the FS itself
}

// Create makes an instance with buffers of its own, of the size that the kernel
// was booted with (1408 KiB for each CPU as a rule), and opens it.
// [Instance.Remove] removes it.
//
// name is one part of a path. errors.Is finds [fs.ErrExist] when there is one
// of that name, [fs.ErrInvalid] for a name that is none, [syscall.ENOMEM] when
// the kernel has no room for the buffers.
func (f *FS) Create(name string) (*Instance, error) {
	if err := f.inInstances("create", name, func(dir int) error { return sys.MakeDirAt(dir, name, 0o750) }); err != nil {
		return nil, err
	}
	return f.OpenInstance(name)
}

// OpenInstance opens the instance of that name, to be closed.
//
// errors.Is finds [fs.ErrNotExist], and [fs.ErrInvalid] for a name that is
// none.
func (f *FS) OpenInstance(name string) (*Instance, error) {
	if !sys.IsName(name) {
		return nil, refuse("open", f.where(instances+"/"+name), "no name of an instance")
	}
	dir, err := f.dir.OpenDir(instances + "/" + name)
	if err != nil {
		return nil, err
	}
	return &Instance{fs: f, dir: dir, name: name}, nil
}

// Instances yields the instances below the FS, in the order of their names.
//
// Each is the loop's until the next turn; [FS.OpenInstance] makes one to keep.
// One that goes away meanwhile is passed over. An error about one does not end
// the loop.
func (f *FS) Instances() iter.Seq2[*Instance, error] {
	return func(yield func(*Instance, error) bool) {
		names, err := f.folders(instances)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, name := range names {
			if !f.instance(name, yield) {
				return
			}
		}
	}
}

func (f *FS) instance(name string, yield func(*Instance, error) bool) bool {
	i, err := f.OpenInstance(name)
	if err != nil {
		return vanished(err) || yield(nil, err)
	}
	defer i.Close()
	return yield(i, nil)
}

// inInstances does something in the folder of the instances.
func (f *FS) inInstances(op, name string, do func(dir int) error) error {
	path := f.where(instances + "/" + name)
	if !sys.IsName(name) {
		return refuse(op, path, "no name of an instance")
	}
	dir, err := f.dir.OpenDir(instances)
	if err != nil {
		return without("CONFIG_TRACING", err)
	}
	defer dir.Close()
	fd, err := dir.Acquire()
	if err != nil {
		return err
	}
	defer dir.Release()
	if err := do(fd); err != nil {
		return failure(op, path, err)
	}
	return nil
}

// Name is the instance's name, "" for the FS itself.
func (i *Instance) Name() string { return i.name }

// Path is where the instance was found, for people to read.
func (i *Instance) Path() string { return i.dir.Path() }

func (i *Instance) String() string { return i.Path() }

// Gone reports whether the instance was removed. It looks; a moment later the
// answer may be another.
func (i *Instance) Gone() bool { return i.dir.Gone() }

// File is a file of the instance, for all that has no method here:
// "tracing_on", "trace_clock", "options/markers". It does not look whether
// there is one.
func (i *Instance) File(name string) attr.File { return i.dir.File(name) }

// Attr is File, under the name that [attr.Load] asks for.
func (i *Instance) Attr(name string) attr.File { return i.dir.File(name) }

// Close gives the descriptor back, and leaves the instance as it is. A second
// Close fails with [fs.ErrClosed].
func (i *Instance) Close() error { return i.dir.Close() }

// Remove removes the instance with its buffers, switches its events off, and
// closes i. When it fails, i is still open.
//
// errors.Is finds [kernlink.ErrBusy] while somebody has a file of it open (the
// Hint names the processes that can be seen), [kernlink.ErrGone] when it was
// removed already, [fs.ErrInvalid] for the FS itself.
func (i *Instance) Remove() error {
	if i.name == "" {
		return refuse("remove", i.Path(), "the FS itself cannot be removed")
	}
	if i.Gone() {
		return &kernlink.Error{Channel: channel, Op: "remove", Path: i.Path(), Kind: kernlink.ErrGone, Err: syscall.ENOENT}
	}
	err := i.fs.inInstances("remove", i.name, func(dir int) error { return sys.RemoveDirAt(dir, i.name) })
	switch {
	case err == nil:
		return i.dir.Close()
	case errors.Is(err, kernlink.ErrBusy):
		return hinted(err, busyHint(i.Path()))
	case errors.Is(err, fs.ErrNotExist):
		if e, ok := err.(*kernlink.Error); ok {
			e.Kind = kernlink.ErrGone
		}
	}
	return err
}

// CPUs are the numbers of the CPUs that have a buffer, in their order.
func (i *Instance) CPUs() ([]int, error) {
	names, err := i.folders("per_cpu")
	if err != nil {
		return nil, err
	}
	var all []int
	for _, name := range names {
		if digits, ok := strings.CutPrefix(name, "cpu"); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				all = append(all, n)
			}
		}
	}
	slices.Sort(all) // cpu10 stands before cpu2
	return all, nil
}

// Clear empties the buffers of all CPUs: what nobody has read is lost.
func (i *Instance) Clear() error {
	fd, err := i.openFile("clear", "trace", sys.WriteOnly|sys.Truncate)
	if err != nil {
		return err
	}
	sys.Close(fd)
	return nil
}

// openFile opens a file of the instance for what attr.File does not do.
func (i *Instance) openFile(op, name string, flags int) (int, error) {
	dir, err := i.dir.Acquire()
	if err != nil {
		return -1, err
	}
	defer i.dir.Release()
	fd, err := sys.OpenAt(dir, name, flags)
	if err == nil {
		return fd, nil
	}
	err = failure(op, i.where(name), err)
	e := err.(*kernlink.Error)
	switch {
	case errors.Is(err, syscall.EPERM):
		e.Hint = lockedDown(syscall.EPERM, 0, false)
	case errors.Is(err, syscall.ENODEV), errors.Is(err, fs.ErrNotExist) && i.Gone():
		e.Kind = kernlink.ErrGone // ENODEV while it is taken apart
	}
	return -1, err
}

// folders are the names of the folders in one of the instance.
func (i *Instance) folders(name string) ([]string, error) {
	dir, err := i.dir.OpenDir(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.List()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		if e.Kind == attr.FolderKind {
			all = append(all, e.Name)
		}
	}
	return all, nil
}

// where is a path below the instance, for people to read.
func (i *Instance) where(name string) string { return i.dir.Path() + "/" + name }
