// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// UProbe is a probe at an instruction of a program or a library: an event that
// happens whenever a process comes by, any process. [FS.AddProbe] adds it.
type UProbe struct {
	Group string // of the event; "" is "uprobes"
	Name  string // of the event

	// Path is the absolute path of the file, and Offset where in it the
	// instruction is: of a function of an ELF file, its address less the
	// virtual address of the segment that it is in, plus that segment's offset.
	Path   string
	Offset uint64

	// RefCtrOffset is where in the file the program counts who looks at a
	// statically defined probe (SDT); 0 for none.
	RefCtrOffset uint64

	// Return says that it happens when the function returns, with $retval. It
	// is not for programs in Go: the kernel changes the return address on the
	// stack, which Go moves and reads, and the program crashes.
	Return bool

	Args []Arg
}

// Command is what is written to uprobe_events: "p:uprobes/main /bin/sh:0x4530
// first=%di". errors.Is finds [fs.ErrInvalid] for what the kernel would not
// take, or would take for something else: it cannot be told a path with a
// blank or a # in it.
func (p UProbe) Command() (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	kind := "p"
	if p.Return {
		kind = "r"
	}
	group, name := p.event()
	fmt.Fprintf(&b, "%s:%s/%s %s:0x%x", kind, group, name, p.Path, p.Offset)
	if p.RefCtrOffset != 0 {
		fmt.Fprintf(&b, "(0x%x)", p.RefCtrOffset)
	}
	return finish(&b, p.Args)
}

func (p UProbe) check() error {
	if !path.IsAbs(p.Path) || !isPlain(p.Path) {
		return refuse("add probe", eventOf(p), "%q is no absolute path without blanks and #", p.Path)
	}
	return checkProbe(p, p.Args)
}

func (p UProbe) event() (group, name string) { return orElse(p.Group, "uprobes"), p.Name }

func (UProbe) file() (name, option string) { return "uprobe_events", "CONFIG_UPROBE_EVENTS" }

func parseUProbe(d probeLine) (p UProbe, ok bool) {
	p = UProbe{Group: d.group, Name: d.name, Return: d.returns, Args: d.args}
	colon := strings.LastIndexByte(d.place, ':')
	if colon < 0 || d.maxActive != 0 {
		return p, false
	}
	p.Path = d.place[:colon]
	offset, counter, counted := strings.Cut(d.place[colon+1:], "(")
	var err error
	if p.Offset, err = strconv.ParseUint(offset, 0, 64); err != nil {
		return p, false
	}
	if counted {
		counter, ok = strings.CutSuffix(counter, ")")
		if p.RefCtrOffset, err = strconv.ParseUint(counter, 0, 64); err != nil || !ok {
			return p, false
		}
	}
	return p, p.check() == nil
}
