// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Probe is a probe that was added to the kernel, by this program or another.
// It owns nothing, and outlives the program unless it is removed.
type Probe struct {
	fs  *FS
	def Definition
	id  identity
}

// identity tells a probe's event from a later one of the same name: its
// number, which newer kernels give to the next one at once, and the number of
// its folder, which was the same for all in Linux 6.6.
type identity struct {
	event  int
	folder uint64
}

// AddProbe adds a probe to the kernel. Its event can be enabled in any instance
// from then on; [Probe.Event] is that of the FS. The probes of others stay as
// they are.
//
// errors.Is finds
//   - [fs.ErrInvalid] for a definition that the kernel is not even asked about,
//   - [fs.ErrExist] when there is an event of that name. This looks first:
//     the kernel would make one event of both probes, where they have the same
//     arguments, and the one who removes it would remove both.
//   - [kernlink.ErrNotSupported] without CONFIG_KPROBE_EVENTS or
//     CONFIG_UPROBE_EVENTS,
//   - [kernlink.ErrRestricted],
//   - and the errno: ENOENT for a symbol (EINVAL since Linux 6.12 or so) or a
//     file that there is not, EILSEQ for a place between two instructions,
//     EINVAL for a place where there can be none and for an argument.
//
// [errors.AsType] finds a [*LogError] where the kernel says what it does not
// like. Probes are described in Documentation/trace/kprobetrace.rst and
// uprobetracer.rst.
func (f *FS) AddProbe(def Definition) (*Probe, error) {
	command, err := def.Command()
	if err != nil {
		return nil, err
	}
	p := &Probe{fs: f, def: def}
	if f.exists("events/" + eventOf(def)) {
		e := failure("add probe", eventOf(def), fs.ErrExist)
		return nil, hinted(e, "an event of that name is there, of another program perhaps: choose another name, or remove that probe")
	}
	log := f.markLog()
	if err := p.write("add probe", command); err != nil {
		if e, ok := err.(*kernlink.Error); ok && e.Kind == nil {
			e.Err = log.explain(e.Err, command)
		}
		return nil, err
	}
	p.id = p.now()
	return p, nil
}

// Definition is what the probe is, a [KProbe] or a [UProbe].
func (p *Probe) Definition() Definition { return p.def }

// Event is the probe's event in the FS itself.
func (p *Probe) Event() Event { return p.In(p.fs.Instance) }

// In is the probe's event in an instance.
func (p *Probe) In(i *Instance) Event {
	group, name := p.def.event()
	return i.Event(group, name)
}

func (p *Probe) String() string { return eventOf(p.def) }

// Remove removes the probe.
//
// errors.Is finds [kernlink.ErrBusy] while its event is enabled (the Hint says
// in which instances; perf and BPF programs use it, too), and
// [kernlink.ErrGone] when it was removed already, though another be there under
// its name.
func (p *Probe) Remove() error {
	if none := (identity{}); p.id != none && p.id != p.now() {
		return p.gone(fs.ErrNotExist)
	}
	err := p.write("remove probe", "-:"+eventOf(p.def))
	switch {
	case errors.Is(err, kernlink.ErrBusy):
		return hinted(err, p.users())
	case err != nil && isMissing(err) && !errors.Is(err, kernlink.ErrNotSupported):
		return p.gone(err)
	}
	return err
}

func (p *Probe) gone(err error) error {
	if e, ok := err.(*kernlink.Error); ok {
		err = e.Err
	}
	return &kernlink.Error{Channel: channel, Op: "remove probe", Path: eventOf(p.def), Kind: kernlink.ErrGone, Err: err}
}

// users says in which instances the probe's event is enabled.
func (p *Probe) users() string {
	var all []string
	if on, err := p.Event().Enabled(); err == nil && on {
		all = append(all, p.fs.Root())
	}
	for i, err := range p.fs.Instances() {
		if err != nil {
			continue
		}
		if on, err := p.In(i).Enabled(); err == nil && on {
			all = append(all, "instance "+i.Name())
		}
	}
	if len(all) == 0 {
		return "perf or a BPF program uses its event"
	}
	return "its event is enabled in " + strings.Join(all, " and ")
}

// now is the identity of the event that has the probe's name now, or none.
func (p *Probe) now() identity {
	id, err := p.Event().ID()
	if err != nil {
		return identity{}
	}
	dir, err := p.fs.dir.Acquire()
	if err != nil {
		return identity{}
	}
	defer p.fs.dir.Release()
	st, err := sys.StatAt(dir, "events/"+eventOf(p.def), true)
	if err != nil {
		return identity{}
	}
	return identity{event: id, folder: st.Ino}
}

// write is one command in one write(2), at the end of what is there: an
// O_TRUNC would remove the probes of everybody.
func (p *Probe) write(op, command string) error {
	name, option := p.def.file()
	fd, err := p.fs.openFile(op, name, sys.WriteOnly|sys.Append)
	if err != nil {
		return without(option, err)
	}
	defer sys.Close(fd)
	b := []byte(command + "\n")
	n, err := sys.Write(fd, b)
	if err == nil && n < len(b) {
		err = fmt.Errorf("%w: the kernel took %d of %d bytes", io.ErrShortWrite, n, len(b))
	}
	if err != nil {
		return failure(op, eventOf(p.def), err)
	}
	return nil
}

// Probes yields the kprobes and the uprobes that there are, those of other
// programs too. A line that is none of them (a probe of a kind that this
// package does not know) is an [ErrMalformed], and the loop goes on.
func (f *FS) Probes() iter.Seq2[*Probe, error] {
	return func(yield func(*Probe, error) bool) {
		for _, kind := range []Definition{KProbe{}, UProbe{}} {
			name, option := kind.file()
			text, err := f.File(name).Read()
			if err != nil {
				if err = without(option, err); errors.Is(err, kernlink.ErrNotSupported) {
					continue // then there are none of this kind
				}
				if !yield(nil, err) {
					return
				}
			}
			for line := range strings.Lines(string(text)) {
				if !f.listed(line, yield) {
					return
				}
			}
		}
	}
}

func (f *FS) listed(line string, yield func(*Probe, error) bool) bool {
	def, err := ParseProbe([]byte(line))
	if err != nil {
		return yield(nil, err)
	}
	p := &Probe{fs: f, def: def}
	p.id = p.now()
	return yield(p, nil)
}

// exists reports whether there is something at a path below the FS.
func (f *FS) exists(name string) bool {
	dir, err := f.dir.Acquire()
	if err != nil {
		return false
	}
	defer f.dir.Release()
	return sys.Access(dir, name, 0) == nil
}
