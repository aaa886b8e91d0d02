// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"strconv"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/decimal"
	"github.com/kernlink/kernlink/internal/sys"
)

const mountPoint = "/proc"

// FS is a mounted procfs, or a folder that looks like one.
//
// It owns one file descriptor until Close, and one more for each of its files
// that an Into call has read. It may be used by several goroutines, Close
// included; those who read the same file do it one after the other. Owned
// processes that it handed out stay good after Close; entries do not.
type FS struct {
	dir    *attr.Dir
	path   string
	policy *attr.Policy
	kept   [systemFiles]kept

	guarded bool // hardened, and in which way:
	way     way
	hiding  string // the hidepid of a hardened one
}

// Open opens the procfs at /proc, or with [Options.Hardened] the one of the
// caller's PID namespace.
//
// errors.Is finds [kernlink.ErrNotSupported] when something else is mounted
// there, and [fs.ErrNotExist].
func Open(opts *Options) (*FS, error) {
	if opts.hardened() {
		return openOwn(private, opts)
	}
	f, err := OpenAt(mountPoint, opts)
	if err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// OpenAt opens the procfs at another place: a container's, or an ordinary
// folder that a test has filled with files. Processes of such a folder can be
// read, and neither signalled nor waited for.
//
// errors.Is finds [fs.ErrNotExist] and [kernlink.ErrRestricted].
func OpenAt(dir string, opts *Options) (*FS, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, failure("open", dir, err)
	}
	switch {
	case opts.processesOnly():
		return nil, failure("open", root, fmt.Errorf("%w: processes only are a matter of Open", fs.ErrInvalid))
	case opts.hardened():
		return openHardened(root, cloned, opts)
	}
	d, err := attr.OpenDir(root, attr.Procfs)
	if err != nil {
		return nil, err
	}
	return &FS{dir: d, path: root, policy: attr.Procfs}, nil
}

// openOwn is a hardened FS of the caller's PID namespace.
func openOwn(first way, opts *Options) (*FS, error) {
	f, err := openHardened(mountPoint, first, opts)
	if err != nil {
		return nil, err
	}
	if err := f.checkNamespace(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *FS) check() error {
	fd, err := f.dir.Acquire()
	if err != nil {
		return err
	}
	defer f.dir.Release()
	magic, err := sys.StatfsType(fd)
	if err != nil {
		return failure("open", f.path, err)
	}
	if magic != sys.ProcMagic {
		return &kernlink.Error{
			Channel: channel, Op: "open", Path: f.path, Kind: kernlink.ErrNotSupported,
			Hint: "no procfs is mounted there: mount -t proc proc " + f.path,
		}
	}
	return nil
}

// Path is where the procfs was found, for people to read.
func (f *FS) Path() string { return f.path }

// Close gives the descriptors back. A second Close fails with [fs.ErrClosed].
func (f *FS) Close() error {
	if err := f.dir.Close(); err != nil {
		return err
	}
	for i := range f.kept {
		f.kept[i].close()
	}
	return nil
}

// Entry is the file at a path below the mount point, in the form of
// [fs.ValidPath]: "my_test/my_file" that a module made, "uptime". It does not
// look whether there is one; what is wrong shows when it is used, as
// [fs.ErrInvalid] or [fs.ErrNotExist]. Reading goes on to the end, and the
// value is written with a newline.
//
// When the module that made it is unloaded, a file that is kept open
// ([attr.Of]) fails with [kernlink.ErrGone].
//
// Files below PID have [Process] and its Entry, which means one process
// whatever becomes of its number; those below sys have package sysctl.
func (f *FS) Entry(path string) attr.File { return f.dir.File(path) }

// Process opens the process with a number: an owned handle, to be closed. The
// number of a thread gives the thread.
//
// errors.Is finds [kernlink.ErrGone] and [fs.ErrNotExist] when there is none,
// [fs.ErrInvalid] for a number that cannot be one, and
// [kernlink.ErrRestricted] for one that the mount's hidepid hides.
//
// It opens the folder and reads stat, for the start time that makes the
// identity whole.
func (f *FS) Process(pid int) (*Process, error) {
	name := strconv.Itoa(pid)
	if pid <= 0 {
		return nil, failure("open", f.path+"/"+name, fmt.Errorf("%w: not the number of a process", fs.ErrInvalid))
	}
	dir, err := f.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.dir.Release()
	return f.own(dir, name, f.path, pid)
}

// Self opens the process that asks, by the number that it has in this procfs,
// which is what the link self says. The errors are those of [FS.Process];
// there is none where this procfs belongs to a PID namespace in which the
// caller is not.
func (f *FS) Self() (*Process, error) {
	dir, err := f.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.dir.Release()
	var number [20]byte
	n, err := f.readLink(dir, "self", number[:])
	if err != nil {
		return nil, f.openFailure(f.path+"/self", err)
	}
	pid, ok := decimal.Parse(number[:n])
	if !ok || pid > math.MaxInt32 {
		return nil, malformed(f.path+"/self", number[:n], "a link to no number")
	}
	return f.Process(int(pid))
}

// own makes an owned process of a folder below dir; above is the path of the
// folder that has pid in it.
func (f *FS) own(dir int, name, above string, pid int) (*Process, error) {
	number := strconv.Itoa(pid)
	fd, err := f.openAt(dir, name, sys.PathOnly|sys.Directory)
	if err != nil {
		return nil, f.openFailure(above+"/"+number, err)
	}
	p := newProcess(f, fd, above, number)
	p.owned, p.pid = true, pid
	st, err := p.Stat()
	if err != nil {
		p.Close()
		return nil, err
	}
	p.start = st.StartTime
	return p, nil
}
