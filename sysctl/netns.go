// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// netNS is another network namespace, in which names are looked up. nil is
// that of whoever looks.
type netNS struct {
	fd   *sys.FD
	path string
}

func openNetNS(path string) (*netNS, error) {
	// Without O_NONBLOCK the open of a fifo would wait.
	fd, err := sys.Open(path, sys.ReadOnly|sys.NonBlock)
	if err != nil {
		return nil, failure("open", path, err)
	}
	return &netNS{sys.NewFD(fd), path}, nil
}

// within runs look on this thread while that is in the namespace.
func (n *netNS) within(look func()) error {
	fd, err := n.fd.Acquire()
	if err != nil {
		return failure("enter", n.path, err)
	}
	defer n.fd.Release()
	if err := sys.InNetNS(fd, look); err != nil {
		return n.failure(err)
	}
	return nil
}

func (n *netNS) failure(err error) error {
	e := &kernlink.Error{Channel: channel, Op: "enter", Path: n.path, Err: err}
	_, stray := errors.AsType[*sys.StrayError](err)
	switch {
	case stray:
		e.Op, e.Hint = "return from", "let the goroutine end, its thread ends with it"
	case errors.Is(err, syscall.EPERM):
		e.Kind = kernlink.ErrRestricted
		e.Hint = "it needs CAP_SYS_ADMIN in the user namespaces of both network namespaces, of this one to come back"
	case errors.Is(err, syscall.EINVAL):
		e.Err, e.Hint = errors.Join(fs.ErrInvalid, err), "it is no network namespace, as /run/netns/NAME and /proc/PID/ns/net are"
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Hint = kernlink.ErrNotSupported, "it needs a procfs on /proc, and CONFIG_NET_NS in the kernel"
	}
	return e
}

func (n *netNS) close() error {
	if n == nil {
		return nil
	}
	return n.fd.Close()
}
