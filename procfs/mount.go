// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Mount is a line of /proc/mounts. What it holds is borrowed.
type Mount struct {
	Source  Text // a device, or what the mounter called it
	Target  Text // the folder that it is seen at
	Type    Text // ext4, fuse.sshfs
	Options Text // rw,relatime,size=64k

	memory []byte // of what had to be unescaped
}

// MountInfo is a line of /proc/PID/mountinfo, as proc_pid_mountinfo(5) has it.
// What it holds is borrowed.
type MountInfo struct {
	ID           int
	ParentID     int    // its own where there is none above
	Major, Minor uint32 // of the device, st_dev of what is there
	Root         Text   // the folder of the file system that is seen; net:[4026531840] of a namespace
	Target       Text   // the folder that it is seen at, below the process's root
	Options      Text   // of this mount: ro,nosuid,relatime

	Shared        int // its peer group; 0 for none
	Master        int // the peer group that it follows
	PropagateFrom int // the nearest dominant one, where that is not Master
	Unbindable    bool

	Type         Text
	Source       Text
	SuperOptions Text // of the file system, whatever mount it is seen by

	memory []byte // of what had to be unescaped
}

// ParseMount reads one line of /proc/mounts into *dst. Blanks, tabs, newlines,
// backslashes and # stand as octal escapes (\040) in the text, and as
// themselves in *dst, which borrows from b and from memory of its own. b is
// not changed.
//
// errors.Is finds [ErrMalformed] for bytes that are no such line. It allocates
// for more escaped text than the last time, and for an error.
func ParseMount(b []byte, dst *Mount) error {
	if problem := parseMount(trimNewline(b), dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseMount(b []byte, dst *Mount) (problem string) {
	c := columns{b: b, memory: dst.memory[:0]}
	dst.Source = c.unescaped()
	dst.Target = c.unescaped()
	dst.Type = c.unescaped()
	dst.Options = c.unescaped()
	dst.memory = c.memory
	if c.count < 4 || len(dst.Target) == 0 {
		return "not a source, a target, a type and options"
	}
	return ""
}

// ParseMountInfo reads one line of /proc/PID/mountinfo into *dst, as
// [ParseMount] does. Optional fields that this package does not know are
// passed over.
func ParseMountInfo(b []byte, dst *MountInfo) error {
	if problem := parseMountInfo(trimNewline(b), dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseMountInfo(b []byte, dst *MountInfo) (problem string) {
	*dst = MountInfo{memory: dst.memory[:0]}
	c := columns{b: b, memory: dst.memory}
	dst.ID, dst.ParentID = c.int(), c.int()
	major, minor, ok := bytes.Cut(c.next(), []byte(":"))
	var oks [2]bool
	dst.Major, oks[0] = widthOf32(decimal.Parse(major))
	dst.Minor, oks[1] = widthOf32(decimal.Parse(minor))
	dst.Root, dst.Target, dst.Options = c.unescaped(), c.unescaped(), c.next()
	if c.bad || !ok || !oks[0] || !oks[1] || c.count < 6 {
		return "not two numbers, a device, two folders and options"
	}
	for {
		option := c.next()
		switch {
		case c.count < 7:
			return "no end of the optional fields"
		case string(option) == "-":
			dst.Type, dst.Source, dst.SuperOptions = c.unescaped(), c.unescaped(), c.unescaped()
			dst.memory = c.memory
			if c.bad || c.count < 3 {
				return "not a type, a source and options"
			}
			return ""
		}
		if c.bad = c.bad || !dst.option(option); c.bad || c.ended {
			return "an optional field that is none"
		}
		c.count = 6
	}
}

// option takes an optional field. One of a newer kernel is taken as well.
func (m *MountInfo) option(b []byte) bool {
	name, value, _ := bytes.Cut(b, []byte(":"))
	group := &m.Shared
	switch string(name) {
	case "shared":
	case "master":
		group = &m.Master
	case "propagate_from":
		group = &m.PropagateFrom
	case "unbindable":
		m.Unbindable = true
		return true
	default:
		return true
	}
	var ok bool
	*group, ok = narrow[int](signed(value))
	return ok
}

// Mounts goes through /proc/mounts, the mounts that the caller's process sees.
// The Mount is borrowed until the next turn.
//
// It is a snapshot since Linux 5.8 in so far as no mount is missing or comes
// twice. /proc/PID/mountinfo tells more. attr's Watch of either tells when
// there is a change.
func (f *FS) Mounts() iter.Seq2[Mount, error] {
	return table(f.Entry("mounts"), everyKernel, func() parser[Mount] {
		var m Mount
		return plain(func(b []byte) (Mount, string) {
			problem := parseMount(b, &m)
			return m, problem
		})
	})
}

// columns are what stands between single blanks, and may be empty: the source
// of a mount is whatever its maker wrote.
type columns struct {
	b      []byte
	memory []byte
	count  int
	ended  bool // nothing was behind the last one
	bad    bool
}

func (c *columns) next() Text {
	if c.ended {
		c.bad = true
		return nil
	}
	c.count++
	if i := bytes.IndexByte(c.b, ' '); i >= 0 {
		t := c.b[:i]
		c.b = c.b[i+1:]
		return t
	}
	c.ended = true
	return c.b
}

func (c *columns) int() int {
	n, ok := narrow[int](signed(c.next()))
	c.bad = c.bad || !ok
	return n
}

// unescaped is the next column without its escapes.
func (c *columns) unescaped() Text {
	t := c.next()
	if bytes.IndexByte(t, '\\') < 0 {
		return t
	}
	start := len(c.memory)
	c.memory = append(c.memory, t...)
	c.memory = c.memory[:start+len(unmangle(c.memory[start:]))]
	return c.memory[start:len(c.memory):len(c.memory)]
}
