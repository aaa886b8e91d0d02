// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// The look-ups of names, where the policy wants them. An error of the policy's
// Within is a *kernlink.Error, and says nothing about the name.

func isAway(err error) bool {
	_, away := err.(*kernlink.Error)
	return away
}

func (p *Policy) openAt(dir int, name string, flags int) (int, error) {
	if p.Within == nil {
		return p.open(dir, name, flags)
	}
	return p.openWithin(dir, name, flags)
}

func (p *Policy) openWithin(dir int, name string, flags int) (int, error) {
	fd, err := none, error(nil)
	if away := p.Within(func() { fd, err = p.open(dir, name, flags) }); away != nil {
		if fd != none {
			sys.Close(fd)
		}
		return none, away
	}
	return fd, err
}

func (p *Policy) statAt(dir int, name string) (st sys.Stat, err error) {
	if p.Within == nil {
		return p.stat(dir, name)
	}
	if away := p.Within(func() { st, err = p.stat(dir, name) }); away != nil {
		return sys.Stat{}, away
	}
	return st, err
}

func (p *Policy) list(dir int) (names []sys.Entry, err error) {
	if p.Within == nil {
		return sys.List(dir)
	}
	if away := p.Within(func() { names, err = sys.List(dir) }); away != nil {
		return nil, away
	}
	return names, err
}

// open and stat are the look-ups themselves.
func (p *Policy) open(dir int, name string, flags int) (int, error) {
	if p.Beneath && dir != sys.CWD {
		return sys.OpenBeneath(dir, name, flags)
	}
	return sys.OpenAt(dir, name, flags)
}

func (p *Policy) stat(dir int, name string) (sys.Stat, error) {
	if !p.Beneath || dir == sys.CWD {
		return sys.StatAt(dir, name, true)
	}
	fd, err := sys.OpenBeneath(dir, name, sys.PathOnly)
	if err != nil {
		return sys.Stat{}, err
	}
	defer sys.Close(fd)
	return sys.Fstat(fd)
}
