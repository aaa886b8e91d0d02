// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"errors"
	"io/fs"
	"path"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Dir is an open folder of attributes: an object of the kernel, not its name.
// When the object goes away and another comes with the same name, the Dir does
// not see the other one.
//
// It owns one file descriptor until Close. It may be used by several
// goroutines, Close included. Files that it handed out are of no use after
// Close.
type Dir struct {
	fd     *sys.FD
	path   string // for errors, and to look whether the object still lives
	policy *Policy
	parent *Dir // whose descriptor path can be looked up from; nil for none
	rel    string
}

// OpenDir opens a folder whose files follow policy p; nil is an ordinary
// folder's. Any folder will do, so a test can use one that it has filled
// itself.
//
// errors.Is finds [fs.ErrNotExist], and [kernlink.ErrRestricted] without the
// permission to pass through the folders above.
func OpenDir(dir string, p *Policy) (*Dir, error) {
	if p == nil {
		p = new(Policy)
	}
	fd, err := p.openAt(sys.CWD, dir, sys.PathOnly|sys.Directory)
	if err != nil {
		return nil, At(dir, p).openFailure("open", err, false, false)
	}
	return &Dir{fd: sys.NewFD(fd), path: path.Clean(dir), policy: p}, nil
}

// OpenDir opens the folder at a path below d, in the form of [fs.ValidPath].
// Links in it are followed, and may lead anywhere that d's own file system
// lets them.
//
// errors.Is finds [fs.ErrInvalid] for another form of path, [fs.ErrNotExist],
// [kernlink.ErrGone] when it is d that went away, [fs.ErrClosed] after Close.
func (d *Dir) OpenDir(name string) (*Dir, error) {
	f := d.File(name)
	if !sys.IsPath(name) {
		return nil, f.failure("open", fs.ErrInvalid)
	}
	at, err := d.acquire()
	if err != nil {
		return nil, f.failure("open", err)
	}
	defer d.release()
	fd, err := d.policy.openAt(at, name, sys.PathOnly|sys.Directory)
	if err != nil {
		return nil, f.openFailure("open", err, false, false)
	}
	return &Dir{fd: sys.NewFD(fd), path: f.Path(), policy: d.policy, parent: d, rel: name}, nil
}

// Adopt makes a Dir of a folder's descriptor, which it owns from then on. dir
// is the path that errors show.
func Adopt(fd int, dir string, p *Policy) *Dir {
	return &Dir{fd: sys.NewFD(fd), path: dir, policy: p}
}

// File returns the attribute at a path below d ("mtu", "queue/rotational"). It
// does not look whether there is one: what is wrong with the path shows when
// the file is used, as [fs.ErrInvalid] or [fs.ErrNotExist].
func (d *Dir) File(name string) File { return File{dir: d, name: name, policy: d.policy} }

// Attr is File, under the name that [Load] asks for.
func (d *Dir) Attr(name string) File { return d.File(name) }

// Path is where the folder was found, for people to read.
func (d *Dir) Path() string { return d.path }

// Acquire lends the descriptor, opened with O_PATH, until Release. It fails
// with [fs.ErrClosed] after Close.
func (d *Dir) Acquire() (int, error) {
	fd, err := d.acquire()
	if err != nil {
		return -1, &kernlink.Error{Channel: d.policy.channel(), Op: "use", Path: d.path, Err: err}
	}
	return fd, nil
}

// Release ends what Acquire began.
func (d *Dir) Release() { d.release() }

// Close gives the descriptor back. A second Close fails with [fs.ErrClosed].
func (d *Dir) Close() error {
	if err := d.fd.Close(); err != nil {
		return &kernlink.Error{Channel: d.policy.channel(), Op: "close", Path: d.path, Err: err}
	}
	return nil
}

func (d *Dir) acquire() (int, error) {
	if d == nil {
		return sys.CWD, nil
	}
	return d.fd.Acquire()
}

func (d *Dir) release() {
	if d != nil {
		d.fd.Release()
	}
}

// Gone reports whether the object has gone away. One that has another name now
// has not. It looks; a moment later the answer may be another.
func (d *Dir) Gone() bool {
	// kernfs keeps no mark on a folder that was removed (its link count
	// stays), so the name is looked up again and compared.
	if d == nil {
		return false
	}
	fd, err := d.acquire()
	if err != nil {
		return false
	}
	defer d.release()
	mine, err := sys.Fstat(fd)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) // which /proc/sys says of a folder itself
	}
	if d.policy.Beneath && d.parent == nil {
		return false // its path may lead to another's by now
	}
	now, err := d.lookAgain()
	switch {
	case err == nil && now.Ino == mine.Ino && now.Dev == mine.Dev:
		return false
	case isAway(err), err != nil && !errors.Is(err, fs.ErrNotExist):
		return false
	}
	// The name is nobody's or another's. What was removed has nothing in it
	// any more; what was renamed, as a network interface can be, has.
	return !sys.HasEntries(fd)
}

func (d *Dir) lookAgain() (sys.Stat, error) {
	if d.parent == nil {
		return d.policy.statAt(sys.CWD, d.path)
	}
	at, err := d.parent.acquire()
	if err != nil {
		return sys.Stat{}, err
	}
	defer d.parent.release()
	return d.policy.statAt(at, d.rel)
}
