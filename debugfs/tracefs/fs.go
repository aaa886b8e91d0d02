// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/mount"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]. There are none yet; nil will
// do.
type Options struct{}

// FS is a tracefs: what is mounted on /sys/kernel/tracing, or a folder that
// looks like it.
//
// It is itself an [Instance], the one that is always there and that programs
// use that know of no other. It owns one file descriptor until Close, and may
// be used by several goroutines.
type FS struct {
	*Instance
}

const mountPoint = "/sys/kernel/tracing"

// Open opens the tracefs that is mounted at /sys/kernel/tracing, or else the
// first one that /proc/self/mountinfo names. It does not look into
// /sys/kernel/debug/tracing of its own accord: whoever enters that mounts a
// tracefs there.
//
// errors.Is finds [kernlink.ErrNotSupported] when none is mounted, and
// [kernlink.ErrRestricted] without the permission to look into it and under
// lockdown=confidentiality.
func Open(*Options) (*FS, error) {
	fd, point, ok, err := mount.Find("tracefs", sys.TraceMagic, mountPoint)
	if !ok {
		return nil, notMounted(err)
	}
	f := newFS(attr.Adopt(fd, point, policy))
	if err := f.check(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// OpenAt opens a tracefs at another place, or an ordinary folder that a test
// has filled. It does not look whether it is a tracefs.
//
// errors.Is finds [fs.ErrNotExist] and [kernlink.ErrRestricted].
func OpenAt(dir string, _ *Options) (*FS, error) {
	// An absolute path stays right when the process goes elsewhere.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, failure("open", dir, err)
	}
	root, err := attr.OpenDir(dir, policy)
	if err != nil {
		return nil, err
	}
	return newFS(root), nil
}

func newFS(root *attr.Dir) *FS {
	f := &FS{Instance: &Instance{dir: root}}
	f.fs = f
	return f
}

// check tells a tracefs that can be used from one that has nothing in it: a
// kernel that is locked down as it boots makes no files.
func (f *FS) check() error {
	fd, err := f.dir.Acquire()
	if err != nil {
		return err
	}
	defer f.dir.Release()
	err = sys.Access(fd, "trace", 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e := &kernlink.Error{Channel: channel, Op: "open", Path: f.Root(), Kind: kernlink.ErrNotSupported, Err: err}
		e.Hint = "it is mounted and has nothing in it: the kernel needs CONFIG_TRACING"
		if feature.Lockdown("/") == confidential {
			e.Kind, e.Hint = kernlink.ErrRestricted, lockdownHint
		}
		return e
	case err != nil:
		return hinted(failure("open", f.Root(), err), "its folder belongs to root, with mode 0700")
	}
	return nil
}

// Root is where the FS was opened: "/sys/kernel/tracing".
func (f *FS) Root() string { return f.dir.Path() }

// Close gives the descriptor back. What it opened keeps its own, and needs the
// FS to find its way, so the FS is closed last. A second Close fails with
// [fs.ErrClosed].
func (f *FS) Close() error { return f.dir.Close() }

func notMounted(err error) error {
	if err == nil {
		err = fs.ErrNotExist
	}
	e := &kernlink.Error{Channel: channel, Op: "open", Path: mountPoint, Kind: kernlink.ErrNotSupported, Err: err}
	if k := failure("open", mountPoint, err).(*kernlink.Error).Kind; k != nil {
		e.Kind = k
	} else {
		e.Hint = "no tracefs is mounted: mount -t tracefs nodev /sys/kernel/tracing; the kernel needs CONFIG_TRACING"
	}
	return e
}
