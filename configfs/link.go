// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Link is a link in an item: one item's word that it uses another.
type Link struct {
	// Name is what it is called in its item. In an [Item] it may be a path
	// below: "subsystems/nqn".
	Name string `json:"name"`

	// Target is the item that it leads to, as a path below the root. In an
	// [Item], "" says that there is no such link.
	Target string `json:"target,omitempty"`
}

// Link makes a link in n that leads to another item. Which items may be linked
// to is the driver's matter, and so is what it does then: of many drivers it is
// how something is switched on. It is a call.
//
// errors.Is finds [fs.ErrExist], [kernlink.ErrNotSupported] for an item that
// has no links, [fs.ErrInvalid] for what cannot be a name and for a target of
// another FS, [kernlink.ErrGone] when either item went away, [fs.ErrClosed]
// when either handle is closed, and what the driver says, which is EINVAL for an item of a kind that it does not link to.
func (n *Node) Link(name string, target *Node) error {
	where := path.Join(n.path, name)
	switch {
	case !sys.IsName(name):
		return failure("link", n.ConfigPath()+"/"+name, fs.ErrInvalid)
	case target.fs != n.fs:
		return explained("link", n.fs.where(where), fs.ErrInvalid, nil, "the target is of another configfs")
	}
	if _, err := target.dir.Acquire(); err != nil {
		return err
	}
	defer target.dir.Release()
	at, err := n.dir.Acquire()
	if err != nil {
		return err
	}
	defer n.dir.Release()
	if target.dir.Gone() { // its path may be another item's by now
		return explained("link", n.fs.where(where), fs.ErrNotExist, kernlink.ErrGone, "the target "+target.path+" was removed")
	}
	if err := n.fs.link(at, name, where, target.path); err != nil {
		return n.gone(err)
	}
	return nil
}

// link makes a link by its name in the folder at; where is its path below the
// root.
func (f *FS) link(at int, name, where, target string) error {
	f.shape.Lock()
	defer f.shape.Unlock()
	if err := sys.LinkAt(f.linkText(where, target), at, name); err != nil {
		return f.linkFailure(where, target, err)
	}
	return nil
}

// linkAt makes a link by its path below the root.
func (f *FS) linkAt(where, target string) error {
	at, err := f.root.Acquire()
	if err != nil {
		return err
	}
	defer f.root.Release()
	return f.link(at, where, where, target)
}

// linkText is what symlink(2) is given. The kernel wants a path that it can
// follow from anywhere, and makes a relative one of it; in an ordinary folder
// it is written as the kernel would show it.
func (f *FS) linkText(where, target string) string {
	if f.real {
		return f.where(target)
	}
	return strings.Repeat("../", strings.Count(where, "/")) + target
}

// Unlink removes a link in n. It is a call.
//
// errors.Is finds [fs.ErrNotExist], [kernlink.ErrGone] when it is n that went
// away, [fs.ErrInvalid] for what cannot be a name, [kernlink.ErrNotSupported]
// for an attribute or an item.
func (n *Node) Unlink(name string) error {
	where := n.ConfigPath() + "/" + name
	if !sys.IsName(name) {
		return failure("unlink", where, fs.ErrInvalid)
	}
	at, err := n.dir.Acquire()
	if err != nil {
		return err
	}
	defer n.dir.Release()
	st, err := sys.StatAt(at, name, false)
	if err == nil && st.Mode&sys.ModeType != sys.ModeLink {
		return explained("unlink", where, fs.ErrInvalid, kernlink.ErrNotSupported, "it is no link")
	}
	if err == nil {
		err = sys.UnlinkAt(at, name)
	}
	if err != nil {
		return n.failure("unlink", where, err)
	}
	return nil
}

// Links yields the links right in n, in the order of their names, with the
// paths of the items that they lead to.
//
// The list is made when the loop begins; a link that goes away meanwhile is
// passed over. The loop ends after an error; errors.Is finds
// [kernlink.ErrGone].
func (n *Node) Links() iter.Seq2[Link, error] {
	return func(yield func(Link, error) bool) {
		entries, err := n.dir.List()
		if err != nil {
			yield(Link{}, err)
			return
		}
		for _, e := range entries {
			if e.Kind == attr.LinkKind && !n.yieldLink(e.Name, yield) {
				return
			}
		}
	}
}

func (n *Node) yieldLink(name string, yield func(Link, error) bool) bool {
	at, err := n.dir.Acquire()
	if err != nil {
		yield(Link{}, err)
		return false
	}
	target, err := n.fs.targetOf(at, name, path.Join(n.path, name))
	n.dir.Release()
	if err != nil {
		return vanished(err) || yield(Link{}, err)
	}
	return yield(Link{name, target}, nil)
}

// target is where the link at a path below the root leads.
func (f *FS) target(where string) (string, error) {
	at, err := f.root.Acquire()
	if err != nil {
		return "", err
	}
	defer f.root.Release()
	return f.targetOf(at, where, where)
}

// targetOf reads a link by its name in the folder at; where is its path below
// the root.
func (f *FS) targetOf(at int, name, where string) (string, error) {
	buf := make([]byte, 4096)
	n, err := sys.ReadLinkAt(at, name, buf)
	if err != nil {
		return "", failure("read link", f.where(where), err)
	}
	text := string(buf[:n])
	if rest, ok := strings.CutPrefix(text, f.Root()+"/"); ok {
		return path.Clean(rest), nil
	}
	return path.Join(path.Dir(where), text), nil
}

// links are all links at a path below the root and below it, "." for the root,
// by their own paths. What goes away meanwhile is passed over.
func (f *FS) links(under string) ([]Link, error) {
	var all []Link
	err := f.walk(under, func(where string, kind attr.Kind) error {
		if kind != attr.LinkKind {
			return nil
		}
		target, err := f.target(where)
		if vanished(err) {
			return nil
		}
		all = append(all, Link{where, target})
		return err
	})
	return all, err
}

// walk visits all folders and links below a path, what is below a folder
// before it.
func (f *FS) walk(under string, visit func(where string, kind attr.Kind) error) error {
	entries, err := f.list(under)
	if vanished(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		where := path.Join(under, e.Name)
		switch e.Kind {
		case attr.FolderKind:
			err = f.walk(where, visit)
			if err == nil {
				err = visit(where, e.Kind)
			}
		case attr.LinkKind:
			err = visit(where, e.Kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// within says whether a path is that of an item or of something in it.
func within(where, item string) bool {
	return where == item || strings.HasPrefix(where, item+"/")
}
