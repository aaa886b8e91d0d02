// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Remove removes the item and closes the handle. Default groups go with it;
// what was made in it, and links from elsewhere, keep it: [Node.RemoveAll]
// removes these first. It is a call.
//
// It looks whether the item is still the one that was opened, and so does not
// remove another that came by the same name.
//
// errors.Is finds [kernlink.ErrBusy], and errors.AsType[*BusyError] who holds
// it; [kernlink.ErrNotSupported] for a default group and for a subsystem;
// [kernlink.ErrGone] when it was removed by somebody else, which closes the
// handle too; [kernlink.ErrRestricted]; [fs.ErrClosed] after Close. After
// [Node.Detach] it is Close.
func (n *Node) Remove() error {
	if n.detached.Load() {
		return n.Close()
	}
	if err := n.mine("remove"); err != nil {
		return err
	}
	if err := n.fs.remove(n.path); err != nil {
		return err
	}
	n.Close() // unless somebody else has, the item is removed
	return nil
}

// RemoveAll removes the item and whatever keeps it, in the order in which the
// kernel lets it go: it writes the attributes of deactivate, which switch the
// item off; then it removes the links from elsewhere that lead to it, the links
// in it, what was made in it, the innermost first, and the item. Default groups
// go with their items. It closes the handle when the item is gone.
//
// The name of an attribute in deactivate may be a path below the item
// ("namespaces/1/enable"). When one cannot be written nothing is removed. What
// cannot be removed does not keep the rest from being removed:
// errors.AsType[*RemoveError] has what is left. The errors besides are those of
// [Node.Remove].
func (n *Node) RemoveAll(deactivate ...Attr) error {
	if n.detached.Load() {
		return n.Close()
	}
	if err := n.mine("remove"); err != nil {
		return err
	}
	for _, a := range deactivate {
		if err := n.fs.write(n.path, a); err != nil {
			return err
		}
	}
	if err := n.fs.removeAll(n.path); err != nil {
		return err
	}
	n.Close()
	return nil
}

// mine says whether the path still leads to the item of the handle. A handle
// on what is gone is closed.
func (n *Node) mine(op string) error {
	if _, err := n.dir.Acquire(); err != nil {
		return err
	}
	defer n.dir.Release()
	if n.dir.Gone() {
		n.Close()
		return n.removed(op)
	}
	return nil
}

// removed is the error of an item that is no more.
func (n *Node) removed(op string) error {
	return explained(op, n.ConfigPath(), fs.ErrNotExist, kernlink.ErrGone, "")
}

// remove removes one item.
func (f *FS) remove(item string) error {
	at, err := f.root.Acquire()
	if err != nil {
		return err
	}
	defer f.root.Release()
	if err := f.rmdir(at, item); err != nil {
		return f.removeFailure(item, err)
	}
	return nil
}

func (f *FS) rmdir(at int, item string) error {
	f.shape.Lock()
	defer f.shape.Unlock()
	if f.real {
		return sys.RemoveDirAt(at, item)
	}
	return f.removeFolder(at, item)
}

// removeFailure says what the kernel means when it does not remove an item, and
// looks for who holds it.
func (f *FS) removeFailure(item string, err error) error {
	const op = "remove"
	where := f.where(item)
	switch {
	case errors.Is(err, syscall.EPERM) && path.Dir(item) == ".":
		return explained(op, where, err, kernlink.ErrNotSupported, "a subsystem goes with its module")
	case errors.Is(err, syscall.EPERM):
		return explained(op, where, err, kernlink.ErrNotSupported, "a default group goes with the item that it came with")
	case errors.Is(err, syscall.EBUSY):
		busy := &BusyError{Errno: syscall.EBUSY}
		in, scan := f.incoming(item)
		busy.Links = names(in)
		hint := ""
		if len(in) == 0 && scan == nil {
			hint = "no link leads to it: the kernel itself depends on it, which something that is switched on makes it do"
		}
		return explained(op, where, busy, kernlink.ErrBusy, hint)
	case errors.Is(err, syscall.ENOTEMPTY):
		busy := &BusyError{Errno: syscall.ENOTEMPTY}
		busy.Inside, _ = f.inside(item)
		return explained(op, where, busy, kernlink.ErrBusy, "")
	case errors.Is(err, fs.ErrNotExist):
		return explained(op, where, err, kernlink.ErrGone, "")
	}
	return failure(op, where, err)
}

// unlink removes a link by its path below the root.
func (f *FS) unlink(link string) error {
	at, err := f.root.Acquire()
	if err != nil {
		return err
	}
	defer f.root.Release()
	if err := sys.UnlinkAt(at, link); err != nil {
		return failure("unlink", f.where(link), err)
	}
	return nil
}

// RemoveError says what [Node.RemoveAll] could not remove, and is found by
// errors.AsType[*configfs.RemoveError].
type RemoveError struct {
	// Removed are the links and the items that were removed, in the order in
	// which they were: paths below the root.
	Removed []string

	// Left are the errors of those that were not, each a *kernlink.Error with
	// its path. The last is that of the item itself.
	Left []error
}

// Error returns what is left, and why.
func (e *RemoveError) Error() string {
	lines := make([]string, len(e.Left))
	for i, err := range e.Left {
		lines[i] = err.Error()
	}
	return fmt.Sprintf("%d removed, %d left: %s", len(e.Removed), len(e.Left), strings.Join(lines, "; "))
}

// Unwrap gives errors.Is what was wrong with each.
func (e *RemoveError) Unwrap() []error { return e.Left }

func (f *FS) removeAll(item string) error {
	order, err := f.removal(item)
	if err != nil {
		return err
	}
	r := new(RemoveError)
	for _, s := range order {
		var err error
		if s.Op == Unlink {
			err = f.unlink(s.Path)
		} else {
			err = f.remove(s.Path)
		}
		switch {
		case err == nil:
			r.Removed = append(r.Removed, s.Path)
		case s.Path != item && (vanished(err) || isDefault(err)):
			// It went by itself, or goes with the item.
		default:
			r.Left = append(r.Left, err)
		}
	}
	// What went when the item did was not left.
	if len(r.Left) == 0 || len(r.Removed) > 0 && r.Removed[len(r.Removed)-1] == item {
		return nil
	}
	e := failure("remove", f.where(item), r).(*kernlink.Error)
	e.Kind = kindOf(r.Left[len(r.Left)-1])
	return e
}

// removal is the order in which an item and what keeps it go: links to it,
// links in it, what is in it, the item.
func (f *FS) removal(item string) ([]Step, error) {
	in, err := f.incoming(item)
	if err != nil {
		return nil, err
	}
	var steps, folders []Step
	for _, l := range in {
		steps = append(steps, Step{Op: Unlink, Path: l.Name, Target: l.Target})
	}
	err = f.walk(item, func(where string, kind attr.Kind) error {
		if kind == attr.FolderKind {
			folders = append(folders, Step{Op: Remove, Path: where})
			return nil
		}
		target, err := f.target(where)
		if vanished(err) {
			return nil
		}
		steps = append(steps, Step{Op: Unlink, Path: where, Target: target})
		return err
	})
	return append(append(steps, folders...), Step{Op: Remove, Path: item}), err
}

// isDefault says that the kernel did not remove a default group.
func isDefault(err error) bool { return errors.Is(err, syscall.EPERM) }

func kindOf(err error) error {
	if e, ok := err.(*kernlink.Error); ok {
		return e.Kind
	}
	return nil
}
