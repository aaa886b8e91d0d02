// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"io/fs"
	"path"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Create makes an item, or a group, in this group: what it is, and what it
// comes with, is the driver's matter. It is a call.
//
// errors.Is finds [fs.ErrExist], [kernlink.ErrNotSupported] where nothing can
// be made, [kernlink.ErrGone] when it is the group that went away,
// [fs.ErrInvalid] for what cannot be a name, [kernlink.ErrRestricted] without
// the permission to write into the group, and what the driver says, which is
// EINVAL for a name that it does not know.
func (n *Node) Create(name string) (*Node, error) {
	where := path.Join(n.path, name)
	if !sys.IsName(name) {
		return nil, failure("create", n.ConfigPath()+"/"+name, fs.ErrInvalid)
	}
	at, err := n.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer n.dir.Release()
	c, err := n.fs.createAt(at, name, where)
	if err != nil {
		return nil, n.gone(err)
	}
	return c, nil
}

// create makes an item by its path below the root.
func (f *FS) create(item string) (*Node, error) {
	at, err := f.root.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.root.Release()
	return f.createAt(at, item, item)
}

// createAt makes an item by its name in the folder at; where is its path below
// the root.
func (f *FS) createAt(at int, name, where string) (*Node, error) {
	if err := sys.MakeDirAt(at, name, 0o755); err != nil {
		return nil, f.makeFailure(where, err)
	}
	if err := f.furnish(where); err != nil {
		return nil, err
	}
	fd, err := sys.OpenAt(at, name, sys.PathOnly|sys.Directory|sys.NoFollow)
	if err != nil {
		// Somebody has removed it already.
		return nil, explained("create", f.where(where), err, kernlink.ErrGone, "")
	}
	return f.node(fd, where), nil
}
