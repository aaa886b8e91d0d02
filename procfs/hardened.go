// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// way is how a hardened FS gets at a procfs.
type way int

const (
	private way = iota // a mount of its own: nobody else can reach it
	cloned             // a copy of the mount, without those over its parts
	mounted            // the mount itself

	ways
)

// openHardened tries one way after the other.
func openHardened(root string, first way, opts *Options) (*FS, error) {
	last := ways - 1
	if opts.processesOnly() {
		last = private
	}
	var err error
	for w := first; w <= last; w++ {
		fd, openErr := w.open(root, opts)
		if openErr != nil {
			err = w.failure(root, openErr)
			continue
		}
		f := newHardened(fd, root, w)
		if err = f.checkRoot(); err == nil {
			f.hiding = f.hidepidOfDevice()
			return f, nil
		}
		f.Close()
	}
	return nil, err
}

func (w way) open(root string, opts *Options) (int, error) {
	switch {
	case w == private && opts.processesOnly():
		return sys.NewMount("proc", [2]string{"subset", "pid"})
	case w == private:
		return sys.NewMount("proc")
	case w == cloned:
		return sys.CloneMount(root)
	}
	return sys.Open(root, sys.PathOnly|sys.Directory)
}

func (w way) failure(root string, err error) error {
	e := failure("open", root, err).(*kernlink.Error)
	switch {
	case w == private && denied(err):
		e.Kind, e.Hint = kernlink.ErrRestricted, "a procfs of one's own needs CAP_SYS_ADMIN"
	case w == private && (errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL)):
		e.Kind, e.Hint = kernlink.ErrNotSupported, "a procfs of one's own needs fsopen(2), and subset=pid: Linux 5.8"
	}
	return e
}

func newHardened(fd int, root string, w way) *FS {
	policy := *attr.Procfs
	policy.Beneath = true
	return &FS{dir: attr.Adopt(fd, root, &policy), path: root, policy: &policy, guarded: true, way: w}
}

// procRoot is the number of the root of every procfs (include/linux/proc_ns.h).
const procRoot = 1

// checkRoot makes sure that the folder is the root of a procfs, and that files
// can be opened in a way that nobody else's mounts mislead.
func (f *FS) checkRoot() error {
	if err := f.check(); err != nil {
		return err
	}
	fd, err := f.dir.Acquire()
	if err != nil {
		return err
	}
	defer f.dir.Release()
	st, err := sys.Fstat(fd)
	if err != nil {
		return failure("open", f.path, err)
	}
	if st.Ino != procRoot {
		return f.unsuitable(nil, "a part of a procfs is mounted there, and not its root")
	}
	_, err = f.readLink(fd, "self", make([]byte, 20))
	switch {
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.EPERM):
		return f.unsuitable(err, "it needs openat2(2), Linux 5.6, and no seccomp filter that forbids it")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return f.openFailure(f.path+"/self", err)
	}
	return nil
}

// checkNamespace makes sure that the numbers in it are those that the caller
// knows: a procfs of another PID namespace may be mounted, too.
func (f *FS) checkNamespace() error {
	fd, err := f.dir.Acquire()
	if err != nil {
		return err
	}
	defer f.dir.Release()
	var number [20]byte
	n, err := f.readLink(fd, "self", number[:])
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.openFailure(f.path+"/self", err)
	}
	if string(number[:n]) != strconv.Itoa(os.Getpid()) {
		return f.unsuitable(nil, "it is of another PID namespace than the caller")
	}
	return nil
}

func (f *FS) unsuitable(err error, hint string) error {
	return &kernlink.Error{Channel: channel, Op: "open", Path: f.path, Kind: kernlink.ErrNotSupported, Err: err, Hint: hint}
}

// The files of an FS and its processes are opened by these and no others.

func (f *FS) openAt(dir int, name string, flags int) (int, error) {
	if f.guarded {
		return sys.OpenBeneath(dir, name, flags)
	}
	return sys.OpenAt(dir, name, flags)
}

func (f *FS) openAtZ(dir int, name []byte, flags int) (int, error) {
	if f.guarded {
		return sys.OpenBeneathZ(dir, name, flags)
	}
	return sys.OpenAtZ(dir, name, flags)
}

// access asks whether the file is there.
func (f *FS) access(dir int, name string) error {
	if !f.guarded {
		return sys.Access(dir, name, 0)
	}
	fd, err := sys.OpenBeneath(dir, name, sys.PathOnly|sys.NoFollow)
	if err == nil {
		sys.Close(fd)
	}
	return err
}

// readLink reads where a link leads. A mount may stand over a link, too.
func (f *FS) readLink(dir int, name string, buf []byte) (int, error) {
	if !f.guarded {
		return sys.ReadLinkAt(dir, name, buf)
	}
	fd, err := sys.OpenBeneath(dir, name, sys.PathOnly|sys.NoFollow)
	if err != nil {
		return 0, err
	}
	defer sys.Close(fd)
	return sys.ReadLinkAt(fd, "", buf)
}

// openAbove opens a file that is not below dir, and on the same procfs.
func (f *FS) openAbove(dir int, name string) (int, error) {
	if f.guarded {
		return sys.OpenSameMount(dir, name, sys.ReadOnly)
	}
	return sys.OpenAt(dir, name, sys.ReadOnly)
}
