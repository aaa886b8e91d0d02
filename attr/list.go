// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"cmp"
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/sys"
)

// Entry is a name in a folder.
type Entry struct {
	Name string
	Kind Kind
}

// Kind is what a name in a folder leads to.
type Kind byte

// The kinds that pseudo-filesystems have.
const (
	OtherKind  Kind = sys.TypeUnknown // a node, a socket, a fifo
	FolderKind Kind = sys.TypeDir
	FileKind   Kind = sys.TypeRegular
	LinkKind   Kind = sys.TypeLink
)

// List reads the names in the folder, sorted, without "." and "..". It is a
// call, and no snapshot: what comes and goes meanwhile may be there or not.
//
// errors.Is finds [kernlink.ErrGone] when the folder's object went away,
// [kernlink.ErrRestricted], [fs.ErrClosed] after Close. It allocates the list.
func (d *Dir) List() ([]Entry, error) {
	at, err := d.Acquire()
	if err != nil {
		return nil, err
	}
	defer d.Release()
	names, err := d.policy.list(at)
	if err != nil {
		return nil, d.listFailure(err)
	}
	// A folder that was removed under its descriptor reads as an empty one.
	if len(names) == 0 && d.Gone() {
		return nil, d.listFailure(d.policy.goneErrno())
	}
	all := make([]Entry, len(names))
	for i, e := range names {
		all[i] = Entry{e.Name, kindOf(e.Type)}
	}
	return all, nil
}

// listFailure wraps what the kernel said to the listing of a folder that was
// there a moment ago.
func (d *Dir) listFailure(err error) error {
	if isAway(err) {
		return err
	}
	e := &kernlink.Error{Channel: d.policy.channel(), Op: "list", Path: d.path, Kind: errno.Kind(err), Err: err}
	if errors.Is(err, fs.ErrNotExist) || err == d.policy.goneErrno() {
		e.Kind = kernlink.ErrGone
	}
	return e
}

// goneErrno is how the channel says that an object went away.
func (p *Policy) goneErrno() syscall.Errno {
	if len(p.Gone) == 0 {
		return syscall.ENOENT
	}
	return p.Gone[0]
}

func (p *Policy) channel() string { return cmp.Or(p.Channel, "attr") }

func kindOf(t byte) Kind {
	switch k := Kind(t); k {
	case FolderKind, FileKind, LinkKind:
		return k
	}
	return OtherKind
}
