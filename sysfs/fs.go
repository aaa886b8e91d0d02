// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]; nil and the zero value are
// the defaults.
type Options struct {
	// Interval is how long [FS.WaitDevice] waits between two looks; 0 is 10 ms.
	Interval time.Duration
}

// FS is a sysfs: what is mounted on /sys, or a folder that looks like it.
//
// It owns one file descriptor until Close, and may be used by several
// goroutines. What it opened needs it to find its way, so it is closed last.
type FS struct {
	root *attr.Dir
	opts Options
}

// Open opens /sys.
//
// errors.Is finds [kernlink.ErrNotSupported] when no sysfs is mounted there,
// and [kernlink.ErrRestricted] without the permission to look into it.
func Open(opts *Options) (*FS, error) {
	const where = "/sys"
	f, err := OpenAt(where, opts)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, notMounted(where, err)
		}
		return nil, err
	}
	if err := f.check(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check tells a sysfs from what else may be mounted in its place.
func (f *FS) check() error {
	fd, err := f.root.Acquire()
	if err != nil {
		return err
	}
	defer f.root.Release()
	magic, err := sys.StatfsType(fd)
	if err != nil {
		return failure("open", f.Root(), err)
	}
	if magic != sys.SysfsMagic {
		return notMounted(f.Root(), errors.New("another file system is there"))
	}
	return nil
}

// OpenAt opens a sysfs at another place: a container's, or an ordinary folder
// that a test has filled. It does not look whether it is a sysfs.
//
// errors.Is finds [fs.ErrNotExist] and [kernlink.ErrRestricted].
func OpenAt(dir string, opts *Options) (*FS, error) {
	if opts == nil {
		opts = new(Options)
	}
	// An absolute path stays right when the process goes elsewhere.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, failure("open", dir, err)
	}
	root, err := attr.OpenDir(dir, attr.Sysfs)
	if err != nil {
		return nil, err
	}
	return &FS{root: root, opts: *opts}, nil
}

// Root is where the FS was opened: "/sys".
func (f *FS) Root() string { return f.root.Path() }

// Close gives the descriptor back. Objects keep theirs. A second Close fails
// with [fs.ErrClosed].
func (f *FS) Close() error { return f.root.Close() }

// where is a path below the root, for people to read.
func (f *FS) where(name string) string { return f.root.Path() + "/" + name }

// maxLinks is what the kernel follows in one path.
const maxLinks = 40

// resolve follows all links in a path below a folder, so that the same object
// has the same path whichever way it was found. folder is a path below the
// root that has no links, "" for the root. No link leads out.
func (f *FS) resolve(folder, name string) (string, error) { return f.resolveWith(nil, folder, name) }

// resolveWith remembers what is no link, for who resolves many paths.
func (f *FS) resolveWith(plain map[string]bool, folder, name string) (string, error) {
	root, err := f.root.Acquire()
	if err != nil {
		return "", err
	}
	defer f.root.Release()
	done, rest, part := folder, name, ""
	buf := make([]byte, 4096)
	for links := 0; rest != ""; {
		part, rest, _ = strings.Cut(rest, "/")
		switch part {
		case "", ".":
			continue
		case "..":
			if done == "" {
				return "", errLeadsOut
			}
			if done = path.Dir(done); done == "." {
				done = ""
			}
			continue
		}
		next := path.Join(done, part)
		if plain[next] {
			done = next
			continue
		}
		n, err := sys.ReadLinkAt(root, next, buf)
		if err == syscall.EINVAL { // it is there and is no link
			done = next
			if plain != nil {
				plain[next] = true
			}
			continue
		}
		if err != nil {
			return "", err
		}
		if links++; links > maxLinks {
			return "", syscall.ELOOP
		}
		target := string(buf[:n])
		if path.IsAbs(target) {
			return "", errLeadsOut
		}
		rest = target + "/" + rest
	}
	if done == "" {
		return "", errLeadsOut
	}
	return done, nil
}

var errLeadsOut = fmt.Errorf("%w: a link leads out of the sysfs", fs.ErrInvalid)

func notMounted(where string, err error) error {
	return &kernlink.Error{
		Channel: channel, Op: "open", Path: where, Kind: kernlink.ErrNotSupported, Err: err,
		Hint: "no sysfs is mounted there: mount -t sysfs sysfs /sys; the kernel needs CONFIG_SYSFS",
	}
}
