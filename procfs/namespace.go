// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/decimal"
	"github.com/kernlink/kernlink/internal/sys"
)

// Namespace is one namespace of the kernel. Two are the same if they are equal
// (==), for as long as something is in them.
type Namespace struct {
	Type  string // cgroup, ipc, mnt, net, pid, time, user, uts
	Inode uint64
}

// String is the kernel's name for it, net:[4026531840].
func (n Namespace) String() string {
	return n.Type + ":[" + strconv.FormatUint(n.Inode, 10) + "]"
}

// ParseNamespace reads where a link in /proc/PID/ns leads. errors.Is finds
// [ErrMalformed] for another text.
func ParseNamespace(b []byte) (Namespace, error) {
	kind, rest, ok1 := bytes.Cut(b, []byte(":["))
	number, ok2 := bytes.CutSuffix(rest, []byte("]"))
	n, ok3 := decimal.Parse(number)
	if !ok1 || !ok2 || !ok3 || len(kind) == 0 {
		return Namespace{}, malformed("", b, "no type and number of a namespace")
	}
	return Namespace{string(kind), n}, nil
}

// Namespace reads one link in /proc/PID/ns, by its name there: "net", or
// "pid_for_children", which is the namespace that the next child will be in.
//
// errors.Is finds [kernlink.ErrRestricted] without the right to trace the
// process, [kernlink.ErrGone], [fs.ErrNotExist] without ErrGone for one that a
// zombie has left, and for a name that this kernel does not know,
// [fs.ErrInvalid] for what cannot be a name.
func (p *Process) Namespace(name string) (Namespace, error) {
	dir, err := p.openNamespaces("read", name)
	if err != nil {
		return Namespace{}, err
	}
	defer sys.Close(dir)
	return p.namespace(dir, name)
}

// Namespaces reads all links in /proc/PID/ns, by their names there. Those that
// a zombie has left are not among them. The errors are those of
// [Process.Namespace].
func (p *Process) Namespaces() (map[string]Namespace, error) {
	dir, err := p.openNamespaces("read", "net")
	if err != nil {
		return nil, err
	}
	defer sys.Close(dir)
	entries, err := sys.List(dir)
	if err != nil {
		return nil, p.failure("read", fileNS, err)
	}
	all := make(map[string]Namespace, len(entries))
	for _, e := range entries {
		n, err := p.namespace(dir, e.Name)
		if errors.Is(err, fs.ErrNotExist) && !errors.Is(err, kernlink.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[e.Name] = n
	}
	return all, nil
}

// OpenNamespace opens a namespace of the process, by the name of its link in
// /proc/PID/ns, and returns the descriptor, close-on-exec, which the caller
// owns: for setns(2), and to keep the namespace while nobody is in it.
//
// The errors are those of [Process.Namespace]. A hardened handle makes sure
// that it is this namespace and no other file.
func (p *Process) OpenNamespace(name string) (fd int, err error) {
	dir, err := p.openNamespaces("open", name)
	if err != nil {
		return -1, err
	}
	defer sys.Close(dir)
	want, err := p.namespace(dir, name)
	if err != nil {
		return -1, err
	}
	// The link leads off the procfs, which no guarded open does.
	if fd, err = sys.OpenAt(dir, name, sys.ReadOnly); err != nil {
		return -1, p.failed("open", "ns/"+name, err)
	}
	if p.fs.guarded {
		if err := isNamespace(fd, want); err != nil {
			sys.Close(fd)
			return -1, p.failed("open", "ns/"+name, err)
		}
	}
	return fd, nil
}

// isNamespace makes sure that an open file is the namespace that the link
// named a moment before. Another one has been mounted over it, or the process
// has entered another one meanwhile.
func isNamespace(fd int, want Namespace) error {
	magic, err := sys.StatfsType(fd)
	if err != nil {
		return err
	}
	st, err := sys.Fstat(fd)
	if err != nil {
		return err
	}
	if magic != sys.NSMagic || st.Ino != want.Inode {
		return syscall.EXDEV
	}
	return nil
}

func (p *Process) openNamespaces(op, name string) (int, error) {
	if !sys.IsName(name) {
		return -1, p.failed(op, "ns/"+name, fmt.Errorf("%w: not the name of a link", fs.ErrInvalid))
	}
	return p.open(fileNS, sys.PathOnly|sys.Directory)
}

func (p *Process) namespace(dir int, name string) (Namespace, error) {
	var target [64]byte
	n, err := p.fs.readLink(dir, name, target[:])
	if err != nil {
		return Namespace{}, p.failed("read", "ns/"+name, err)
	}
	ns, err := ParseNamespace(target[:n])
	if err != nil {
		return Namespace{}, malformed(p.path("ns/"+name), target[:n], "no type and number of a namespace")
	}
	return ns, nil
}
