// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"path"

	"github.com/kernlink/kernlink/attr"
)

// triggers are the attributes by which drivers switch items on, with what
// switches them off.
var triggers = map[string]string{"UDC": "", "enable": "0", "enabled": "0", "power": "0"}

// Export reads an item of the live tree, and all that is in it, into the form
// that [FS.Plan] takes. A Plan of it is empty for the tree that it was read
// from, and makes the same anew where there is none of it.
//
// Of the attributes it has those that can be read and written, by their modes
// and by reading them: one that cannot be read now is left out. Whether a
// driver takes back what it prints nobody can tell without trying; Plan.Apply
// does not write what is so already, and what a driver always refuses is to be
// taken out by hand. Values are texts, and bytes of binary attributes. They are
// in the order of their names: a driver that wants another one needs it put
// right by hand, too. The attributes UDC, enable, enabled and power go to
// Activate, and what switches them off to Deactivate. Default groups are items
// like others.
//
// It is no snapshot: what comes and goes meanwhile may be there or not.
// errors.Is finds [fs.ErrNotExist], [fs.ErrInvalid] for what cannot be a path,
// [kernlink.ErrRestricted], [fs.ErrClosed] after Close.
func (f *FS) Export(item string) (Item, error) {
	n, err := f.Node(item)
	if err != nil {
		return Item{}, err
	}
	defer n.Close()
	out := Item{Path: item}
	return out, f.export(item, &out)
}

func (f *FS) export(where string, out *Item) error {
	entries, err := f.list(where)
	if err != nil {
		return err
	}
	for _, e := range entries {
		var err error
		switch e.Kind {
		case attr.FileKind:
			f.exportAttr(where, e.Name, out)
		case attr.FolderKind:
			child := Item{Path: e.Name}
			if err = f.export(path.Join(where, e.Name), &child); err == nil {
				out.Items = append(out.Items, child)
			}
		case attr.LinkKind:
			var target string
			if target, err = f.target(path.Join(where, e.Name)); err == nil {
				out.Links = append(out.Links, Link{e.Name, target})
			}
		}
		if err != nil && !vanished(err) {
			return err
		}
	}
	return nil
}

// exportAttr adds an attribute that can be read and written.
func (f *FS) exportAttr(item, name string, out *Item) {
	st, err := f.stat(path.Join(item, name))
	if err != nil || st.Mode&0o444 == 0 || st.Mode&0o222 == 0 {
		return
	}
	kind := textKind
	if f.real && st.Size == 0 { // a text has the size of a page
		kind = bytesKind
	}
	printed, err := f.read(item, name, kind)
	if err != nil {
		return
	}
	if kind == bytesKind {
		if len(printed) > 0 {
			out.Set = append(out.Set, Attr{name, []byte(printed)})
		}
		return
	}
	a := Attr{name, written(printed)}
	if off, ok := triggers[name]; ok {
		out.Activate = append(out.Activate, a)
		out.Deactivate = append(out.Deactivate, Attr{name, off})
		return
	}
	out.Set = append(out.Set, a)
}
