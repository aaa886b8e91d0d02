// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"path"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// furnish puts into an item of an ordinary folder what its driver would.
func (f *FS) furnish(item string) error {
	if f.real || f.opts.Attributes == nil {
		return nil
	}
	at, err := f.root.Acquire()
	if err != nil {
		return err
	}
	defer f.root.Release()
	for name, text := range f.opts.Attributes(item) {
		where := path.Join(item, name)
		if group, ok := strings.CutSuffix(name, "/"); ok {
			where = path.Join(item, group)
			if err := sys.MakeDirAt(at, where, 0o755); err != nil {
				return failure("create", f.where(where), err)
			}
			if err := f.furnish(where); err != nil {
				return err
			}
			continue
		}
		if err := sys.MakeFile(at, where, []byte(text)); err != nil {
			return failure("create", f.where(where), err)
		}
	}
	return nil
}

// removeFolder removes an item of an ordinary folder, and says no where the
// kernel would.
func (f *FS) removeFolder(at int, item string) error {
	switch in, err := f.incoming(item); {
	case err != nil:
		return err
	case path.Dir(item) == ".", f.isDefaultGroup(item):
		return syscall.EPERM
	case len(in) > 0:
		return syscall.EBUSY
	}
	var own []string
	err := f.walk(item, func(where string, kind attr.Kind) error {
		if kind != attr.FolderKind || !f.isDefaultGroup(where) {
			return syscall.ENOTEMPTY
		}
		own = append(own, where)
		return nil
	})
	if err != nil {
		return err
	}
	for _, where := range append(own, item) {
		if err := f.removeFiles(at, where); err != nil {
			return err
		}
		if err := sys.RemoveDirAt(at, where); err != nil {
			return err
		}
	}
	return nil
}

func (f *FS) removeFiles(at int, folder string) error {
	entries, err := f.list(folder)
	if err != nil {
		return unwrapped(err)
	}
	for _, e := range entries {
		if e.Kind == attr.FileKind {
			if err := sys.UnlinkAt(at, path.Join(folder, e.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isDefaultGroup says whether an item of an ordinary folder came with another.
func (f *FS) isDefaultGroup(item string) bool {
	if f.opts.Attributes == nil || path.Dir(item) == "." {
		return false
	}
	for name := range f.opts.Attributes(path.Dir(item)) {
		if name == path.Base(item)+"/" {
			return true
		}
	}
	return false
}

// cut empties an attribute of an ordinary folder before it is written: there a
// short value would leave the end of a longer one.
func (f *FS) cut(where string) {
	if f.real {
		return
	}
	at, err := f.root.Acquire()
	if err != nil {
		return
	}
	defer f.root.Release()
	if fd, err := sys.OpenAt(at, where, sys.WriteOnly); err == nil {
		defer sys.Close(fd)
		_ = sys.Cut(fd, 0) // the write that follows says what is wrong
	}
}
