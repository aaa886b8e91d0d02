// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"io/fs"
	"iter"
	"path"
	"sync/atomic"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Node is an item of the live tree, held open: a subsystem, a group, a default
// group, or an item that can have none below. When it goes away and another
// comes with the same name, the Node is still the one that went.
//
// One from [FS.Node], [Node.Create] or Open owns its descriptor until Close or
// Remove; one that a loop yields is the loop's until the next turn. It may be
// used by several goroutines. An open Node keeps neither the item nor its
// module.
type Node struct {
	fs       *FS
	dir      *attr.Dir
	path     string
	detached atomic.Bool
}

// Name is the last part of the path.
func (n *Node) Name() string { return path.Base(n.path) }

// Path is the path below the root: what [FS.Node] and the [Item] of a plan
// take.
func (n *Node) Path() string { return n.path }

// ConfigPath is the whole path: "/sys/kernel/config/nullb/disk0".
func (n *Node) ConfigPath() string { return n.fs.where(n.path) }

func (n *Node) String() string { return n.ConfigPath() }

// Gone reports whether the item has been removed. It looks; a moment later the
// answer may be another.
func (n *Node) Gone() bool { return n.dir.Gone() }

// Open makes a Node of its own, to be closed, from one that is borrowed. It is
// the same item for certain.
//
// errors.Is finds [fs.ErrClosed] when n is not open any more.
func (n *Node) Open() (*Node, error) {
	at, err := n.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer n.dir.Release()
	fd, err := sys.OpenAt(at, ".", sys.PathOnly|sys.Directory)
	if err != nil {
		return nil, n.failure("open", n.ConfigPath(), err)
	}
	return n.fs.node(fd, n.path), nil
}

// Close gives the descriptor back and leaves the item where it is. A second
// Close fails with [fs.ErrClosed].
func (n *Node) Close() error { return n.dir.Close() }

// Detach makes a later [Node.Remove] or [Node.RemoveAll] of this handle leave
// the item where it is, and close the handle only:
//
//	item, err := group.Create("disk0")
//	defer item.Remove()
//	... // what may fail
//	item.Detach() // it stays
func (n *Node) Detach() { n.detached.Store(true) }

// Attr is the attribute of that name, or at a path below ("namespaces/1/enable").
// It does not look whether there is one. An attribute that is text is at most
// 4095 bytes.
func (n *Node) Attr(name string) attr.File { return n.dir.File(name) }

// Attrs yields the attributes in the order of their names, binary ones
// included, those of the groups below not.
//
// The files are no use after Close of the node. The loop ends after an error;
// errors.Is finds [kernlink.ErrGone].
func (n *Node) Attrs() iter.Seq2[attr.File, error] {
	return func(yield func(attr.File, error) bool) {
		entries, err := n.dir.List()
		if err != nil {
			yield(attr.File{}, err)
			return
		}
		for _, e := range entries {
			if e.Kind == attr.FileKind && !yield(n.dir.File(e.Name), nil) {
				return
			}
		}
	}
}

// Child opens what is right below: an item, or a default group.
//
// errors.Is finds [fs.ErrNotExist], [kernlink.ErrGone] when it is n that went
// away, [fs.ErrInvalid] for what cannot be a name and for a link.
func (n *Node) Child(name string) (*Node, error) {
	if !sys.IsName(name) {
		return nil, failure("open", n.ConfigPath()+"/"+name, fs.ErrInvalid)
	}
	return n.child(name)
}

func (n *Node) child(name string) (*Node, error) {
	at, err := n.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer n.dir.Release()
	where := path.Join(n.path, name)
	if st, err := sys.StatAt(at, name, false); err == nil && st.Mode&sys.ModeType == sys.ModeLink {
		return nil, explained("open", n.fs.where(where), fs.ErrInvalid, nil, "it is a link")
	}
	fd, err := sys.OpenAt(at, name, sys.PathOnly|sys.Directory|sys.NoFollow)
	if err != nil {
		return nil, n.failure("open", n.fs.where(where), err)
	}
	return n.fs.node(fd, where), nil
}

// Children yields what is right below, in the order of the names: what was
// made, and default groups. Links are none of them.
//
// Each is the loop's until the next turn; [Node.Open] keeps it. One that goes
// away meanwhile is passed over. An error about one does not end the loop;
// errors.Is finds [kernlink.ErrGone] when it is n itself.
func (n *Node) Children() iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		entries, err := n.dir.List()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range entries {
			if e.Kind == attr.FolderKind && !n.lend(e.Name, yield) {
				return
			}
		}
	}
}

func (n *Node) lend(name string, yield func(*Node, error) bool) bool {
	c, err := n.child(name)
	if err != nil {
		return vanished(err) || yield(nil, err)
	}
	defer c.Close()
	return yield(c, nil)
}

// failure is that of something in the node: what is missing there may be
// missing because the node is.
func (n *Node) failure(op, path string, err error) error { return n.gone(failure(op, path, err)) }

func (n *Node) gone(err error) error {
	if e, ok := err.(*kernlink.Error); ok && e.Kind == nil && errors.Is(err, fs.ErrNotExist) && n.dir.Gone() {
		e.Kind = kernlink.ErrGone
	}
	return err
}
