// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"fmt"
	"strconv"
	"strings"
)

// KProbe is a probe at an instruction of the kernel: an event that happens
// whenever a CPU comes by. [FS.AddProbe] adds it.
type KProbe struct {
	Group string // of the event; "" is "kprobes"
	Name  string // of the event

	// Symbol is a function, "vfs_read" or "module:function", and Offset is in
	// bytes from its beginning, at an instruction's first byte. Address is
	// instead of them; the kernel prints it scrambled, so a probe that was
	// listed has another one.
	Symbol  string
	Offset  uint64
	Address uint64

	// Return says that it happens when the function returns, with $retval.
	// MaxActive is for how many calls at once, 0 for the kernel's choice; what
	// is beyond goes unseen, as the file kprobe_profile shows.
	Return    bool
	MaxActive int

	Args []Arg
}

// Command is what is written to kprobe_events: "p:kprobes/open do_sys_openat2
// path=+0($arg2):ustring". errors.Is finds [fs.ErrInvalid] for what the kernel
// would not take, or would take for something else.
func (p KProbe) Command() (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	switch {
	case p.Return && p.MaxActive > 0:
		fmt.Fprintf(&b, "r%d:", p.MaxActive)
	case p.Return:
		b.WriteString("r:")
	default:
		b.WriteString("p:")
	}
	group, name := p.event()
	b.WriteString(group + "/" + name + " ")
	switch {
	case p.Symbol == "":
		fmt.Fprintf(&b, "0x%x", p.Address)
	case p.Offset > 0:
		fmt.Fprintf(&b, "%s+%d", p.Symbol, p.Offset)
	default:
		b.WriteString(p.Symbol)
	}
	return finish(&b, p.Args)
}

func (p KProbe) check() error {
	switch {
	case p.Symbol == "" && p.Address == 0:
		return p.refuse("neither Symbol nor Address")
	case p.Symbol != "" && p.Address != 0:
		return p.refuse("both Symbol and Address")
	case p.Symbol == "" && p.Offset != 0:
		return p.refuse("Offset without Symbol")
	case p.Symbol != "" && (!isPlain(p.Symbol) || strings.ContainsAny(p.Symbol, "+/=") || '0' <= p.Symbol[0] && p.Symbol[0] <= '9'):
		return p.refuse("%q is no symbol", p.Symbol)
	case p.MaxActive < 0 || p.MaxActive > 0 && !p.Return:
		return p.refuse("MaxActive is a number of calls that return")
	}
	return checkProbe(p, p.Args)
}

func (p KProbe) refuse(format string, args ...any) error {
	return refuse("add probe", eventOf(p), format, args...)
}

func (p KProbe) event() (group, name string) { return orElse(p.Group, "kprobes"), p.Name }

func (KProbe) file() (name, option string) { return "kprobe_events", "CONFIG_KPROBE_EVENTS" }

func parseKProbe(d probeLine) (p KProbe, ok bool) {
	p = KProbe{Group: d.group, Name: d.name, Return: d.returns, MaxActive: d.maxActive, Args: d.args}
	if digits, is := strings.CutPrefix(d.place, "0x"); is {
		n, err := strconv.ParseUint(digits, 16, 64)
		p.Address = n
		return p, err == nil
	}
	if strings.HasPrefix(d.place, "(") { // (____ptrval____), early after boot
		return p, true
	}
	p.Symbol = d.place
	if plus := strings.LastIndexByte(d.place, '+'); plus >= 0 {
		n, err := strconv.ParseUint(d.place[plus+1:], 0, 64)
		if err != nil {
			return p, false
		}
		p.Symbol, p.Offset = d.place[:plus], n
	}
	return p, p.check() == nil
}
