// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]; nil and the zero value are
// the defaults.
type Options struct {
	// NetNS is the network namespace whose keys below net are meant, as a
	// path: /run/netns/NAME, /proc/PID/ns/net, /proc/self/fd/N for a
	// descriptor N. "" is that of the thread that looks a key up.
	//
	// The FS keeps the namespace alive until Close. Package documentation
	// says what it needs and costs.
	NetNS string
}

// FS is the tree of the kernel's sysctls: what is mounted on /proc/sys, or a
// folder that looks like it.
//
// It owns one file descriptor until Close, and one more with a NetNS. It may
// be used by several goroutines, Close included. Files that it handed out are
// of no use after Close; values that are open ([attr.Of]) stay good.
type FS struct {
	root *attr.Dir
	ns   *netNS
}

// Open opens /proc/sys.
//
// errors.Is finds [kernlink.ErrNotSupported] when it is not there,
// [kernlink.ErrRestricted] without the permission to look into it or to enter
// the network namespace, [fs.ErrNotExist] for a namespace that is not there
// and [fs.ErrInvalid] for what is none.
func Open(opts *Options) (*FS, error) {
	const where = "/proc/sys"
	f, err := OpenAt(where, opts)
	if e, ok := errors.AsType[*kernlink.Error](err); ok && e.Path == where && errors.Is(err, fs.ErrNotExist) {
		return nil, notMounted(where, e.Err)
	}
	if err != nil {
		return nil, err
	}
	if err := f.check(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check tells /proc/sys from what else may be mounted in its place.
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
	if magic != sys.ProcMagic {
		return notMounted(f.Root(), errors.New("another file system is there"))
	}
	return nil
}

func notMounted(where string, err error) error {
	return &kernlink.Error{
		Channel: channel, Op: "open", Path: where, Kind: kernlink.ErrNotSupported, Err: err,
		Hint: "mount -t proc proc /proc; the kernel needs CONFIG_PROC_SYSCTL",
	}
}

// OpenAt opens the sysctls at another place: a container's, or an ordinary
// folder that a test has filled. It does not look whether they are sysctls.
//
// The errors are those of Open, and [fs.ErrNotExist].
func OpenAt(dir string, opts *Options) (*FS, error) {
	if opts == nil {
		opts = new(Options)
	}
	// An absolute path stays right when the process goes elsewhere.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, failure("open", dir, err)
	}
	f, policy := new(FS), attr.Sysctl
	if opts.NetNS != "" {
		if f.ns, err = openNetNS(opts.NetNS); err != nil {
			return nil, err
		}
		p := *policy
		p.Within = f.ns.within
		policy = &p
	}
	if f.root, err = attr.OpenDir(dir, policy); err != nil {
		f.ns.close()
		return nil, err
	}
	return f, nil
}

// Root is where the FS was opened: "/proc/sys".
func (f *FS) Root() string { return f.root.Path() }

// Close gives the descriptors back. A second Close fails with [fs.ErrClosed].
func (f *FS) Close() error {
	if err := f.root.Close(); err != nil {
		return err
	}
	return f.ns.close()
}

// Key is the key with these components: Key("net", "ipv4", "conf", "eth0.100",
// "forwarding"). A component may have dots, which the names of network
// interfaces do.
//
// It does not look whether there is such a key; what is wrong shows when the
// file is used: [fs.ErrNotExist], and [fs.ErrInvalid] for a component that
// cannot be one (the empty one, "..", one with a slash or a zero byte).
//
// A write that fails with EINVAL names the value, which is out of the key's
// range or not of its form. Fewer or more numbers than a key has, which the
// kernel would take, are refused with [attr.ErrMalformed].
func (f *FS) Key(components ...string) attr.File {
	if !isKey(components) {
		return attr.Invalid(f.Root()+"/"+strings.Join(components, "/"), attr.Sysctl)
	}
	return f.root.File(strings.Join(components, "/"))
}

// Dotted is the key of a name, as sysctl(8) and sysctl.d(5) have it; see
// [ParseName] for the form. It is as [FS.Key] otherwise.
func (f *FS) Dotted(name string) attr.File {
	components, err := ParseName(name)
	if err != nil {
		return attr.Invalid(f.Root()+"/"+name, attr.Sysctl)
	}
	return f.Key(components...)
}

// Attr is Dotted, under the name that [attr.Load] asks for: the tags of a
// struct are names of keys.
func (f *FS) Attr(name string) attr.File { return f.Dotted(name) }

// Dir opens a folder of keys, such as those of one network interface: the
// object itself, whose keys are [kernlink.ErrGone] when it goes, although
// another comes by its name. The caller closes it, before the FS.
//
// errors.Is finds [fs.ErrNotExist], [fs.ErrInvalid] as in Key, ENOTDIR for a
// key, [fs.ErrClosed] after Close.
func (f *FS) Dir(components ...string) (*attr.Dir, error) {
	if !isKey(components) {
		return nil, failure("open", f.Root()+"/"+strings.Join(components, "/"), fs.ErrInvalid)
	}
	return f.root.OpenDir(strings.Join(components, "/"))
}
