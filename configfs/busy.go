// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"path"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/attr"
)

// BusyError says who holds an item that cannot be removed. It is found by
// errors.AsType[*configfs.BusyError].
type BusyError struct {
	Errno syscall.Errno

	// Links are the links from elsewhere that lead to the item, or to
	// something in it: paths below the root. They go before it does. When
	// there are none, and nothing is inside, the kernel itself depends on the
	// item: something that is switched on uses it.
	Links []string

	// Inside is what is in the item and must go before it: its links, and the
	// folders that have none below them. Default groups may be among the
	// folders; the kernel tells nobody which they are, and removes them with
	// the item.
	Inside []string
}

// Error returns the errno's text and who holds the item.
func (e *BusyError) Error() string {
	var b strings.Builder
	b.WriteString(e.Errno.Error())
	if len(e.Links) > 0 {
		b.WriteString(": linked to by " + some(e.Links))
	}
	if len(e.Inside) > 0 {
		b.WriteString(": in it " + some(e.Inside))
	}
	return b.String()
}

// Unwrap gives errors.Is the errno.
func (e *BusyError) Unwrap() error { return e.Errno }

// some is a list for people: not all of a long one.
func some(list []string) string {
	const shown = 5
	if len(list) > shown {
		return strings.Join(list[:shown], ", ") + ", ..."
	}
	return strings.Join(list, ", ")
}

// Holders are the links from elsewhere that lead to the item, or to something
// in it, as paths below the root: it cannot be removed while there are any.
//
// It reads all of the tree, since a link may be anywhere, and is no snapshot.
// errors.Is finds [kernlink.ErrGone].
func (n *Node) Holders() ([]string, error) {
	if n.dir.Gone() {
		return nil, n.removed("list holders")
	}
	all, err := n.fs.incoming(n.path)
	if err != nil {
		return nil, err
	}
	return names(all), nil
}

// incoming are the links from outside of an item into it.
func (f *FS) incoming(item string) ([]Link, error) {
	all, err := f.links(".")
	var in []Link
	for _, l := range all {
		if within(l.Target, item) && !within(l.Name, item) {
			in = append(in, l)
		}
	}
	return in, err
}

// inside is what [BusyError] calls so.
func (f *FS) inside(item string) ([]string, error) {
	var all []string
	parents := map[string]bool{}
	err := f.walk(item, func(where string, kind attr.Kind) error {
		if kind == attr.LinkKind || !parents[where] {
			all = append(all, where)
		}
		if kind == attr.FolderKind {
			parents[path.Dir(where)] = true
		}
		return nil
	})
	return all, err
}

func names(links []Link) []string {
	all := make([]string, len(links))
	for i, l := range links {
		all[i] = l.Name
	}
	return all
}
