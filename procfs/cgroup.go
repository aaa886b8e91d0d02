// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Cgroup is one line of /proc/PID/cgroup: in which control group of one
// hierarchy a process is.
type Cgroup struct {
	// Hierarchy is 0 for the one of version 2, and a number of no meaning for
	// each of version 1.
	Hierarchy int

	// Controllers are those of a hierarchy of version 1: "cpu,cpuacct",
	// "name=systemd" for one that has a name and none. Version 2 has its
	// controllers in cgroup.controllers, and this is empty.
	Controllers Text

	// Path is below the root of the reader's cgroup namespace, and begins
	// with /.. when it is not. A group that was removed while the process was
	// in it has " (deleted)" behind it.
	Path Text
}

// V2 reports whether it is the group in the hierarchy of version 2.
func (c *Cgroup) V2() bool { return c.Hierarchy == 0 && len(c.Controllers) == 0 }

// Has reports whether the hierarchy is the one of a controller of version 1,
// or has this name: Has("memory"), Has("name=systemd").
func (c *Cgroup) Has(controller string) bool {
	for rest := []byte(c.Controllers); len(rest) > 0; {
		var name []byte
		name, rest, _ = bytes.Cut(rest, []byte(","))
		if string(name) == controller {
			return true
		}
	}
	return false
}

// ParseCgroups reads the text of /proc/PID/cgroup into *dst, whose memory and
// that of its elements it uses again: one element for each hierarchy that is
// mounted, in the kernel's order. errors.Is finds [ErrMalformed] for bytes
// that are no such text. It allocates for more or longer lines than the last
// time, and for an error.
func ParseCgroups(b []byte, dst *[]Cgroup) error {
	if problem := parseCgroups(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseCgroups(b []byte, dst *[]Cgroup) (problem string) {
	all := (*dst)[:0]
	defer func() { *dst = all }()
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		number, rest, ok1 := bytes.Cut(text, []byte(":"))
		controllers, path, ok2 := cutLast(rest)
		n, ok3 := decimal.Parse(number)
		if !ok1 || !ok2 || !ok3 || n > math.MaxInt32 {
			return "not a number, controllers and a path"
		}
		if len(all) == cap(all) {
			all = append(all, Cgroup{})
		} else {
			all = all[:len(all)+1] // an element of last time, for its memory
		}
		last := &all[len(all)-1]
		last.Hierarchy = int(n)
		last.Controllers = append(last.Controllers[:0], controllers...)
		last.Path = append(last.Path[:0], path...)
	}
	return ""
}

// cutLast cuts at the colon before the path: the name of a hierarchy may have
// colons in it, and a path begins with a slash.
func cutLast(b []byte) (controllers, path []byte, ok bool) {
	i := bytes.Index(b, []byte(":/"))
	if i < 0 {
		return nil, nil, false
	}
	return b[:i], b[i+1:], true
}

// Cgroups reads /proc/PID/cgroup: it opens the file, reads it, and closes it.
// Everybody may. A zombie is in the group where it was. The errors are those
// of [Process.Stat], and [kernlink.ErrNotSupported] in a kernel without
// CONFIG_CGROUPS.
func (p *Process) Cgroups() ([]Cgroup, error) {
	var all []Cgroup
	err := p.read(fileCgroup, func(b []byte) string { return parseCgroups(b, &all) })
	return all, err
}

// ReadCgroupsInto reads /proc/PID/cgroup into *dst, whose memory it uses again,
// as [Process.ReadStatInto] does.
func (p *Process) ReadCgroupsInto(dst *[]Cgroup) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.text(fileCgroup, p.larger(0))
	if err != nil {
		return err
	}
	if problem := parseCgroups(b, dst); problem != "" {
		return p.malformed(fileCgroup, b, problem)
	}
	return nil
}
