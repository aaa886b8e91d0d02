// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Plan is what has to be done so that the live tree is as it was described.
// It is made by [FS.Plan] and does not change; it may be shared.
type Plan struct {
	fs    *FS
	steps []step
}

// Steps are the changes in the order in which they are made. The slice is the
// caller's.
func (p *Plan) Steps() []Step {
	all := make([]Step, len(p.steps))
	for i, s := range p.steps {
		all[i] = s.Step
	}
	return all
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.steps) == 0 }

// String returns a line for each step, or "nothing to do".
func (p *Plan) String() string {
	if p.Empty() {
		return "nothing to do"
	}
	lines := make([]string, len(p.steps))
	for i, s := range p.steps {
		lines[i] = s.String()
	}
	return strings.Join(lines, "\n")
}

// Plan compares a description with the live tree and returns what would have
// to be done, without doing any of it. A Plan of what is so already is empty.
//
// The order is that of the description: an item is made, its attributes are
// set, the items in it follow, then its links, and at last it is switched on.
// A link to an item that the plan makes later waits for it, and with the link
// waits what switches its own item on.
//
// A value counts as set when the attribute prints it: an integer may be printed
// in hexadecimal, a bool as Y or N, a text with blanks around it or as the
// choice in brackets of a selector. An attribute that cannot be read is written
// in every plan. Those of an item that is still to be made are compared when
// the plan is applied, and written where they differ.
//
// errors.Is finds [fs.ErrNotExist] for a subsystem whose module is not loaded
// (the Hint names it), an item that is not there to make another one in, an
// attribute that an item does not have, and a link's target that neither is
// there nor made by the plan; [fs.ErrInvalid] for what cannot be a path,
// [attr.ErrMalformed] for a value that has no text, [fs.ErrClosed] after Close.
func (f *FS) Plan(items ...Item) (*Plan, error) {
	p := &planner{fs: f, made: map[string]bool{}, removed: map[string]bool{}}
	for _, item := range items {
		if err := p.item("", item); err != nil {
			return nil, err
		}
		if err := p.settle("."); err != nil {
			return nil, err
		}
	}
	p.loose = true
	if err := p.settle("."); err != nil {
		return nil, err
	}
	for _, l := range p.links {
		return nil, explained("plan", f.where(l.Path), fs.ErrNotExist, nil,
			"its target "+l.Target+" is not there, and the plan does not make it")
	}
	return &Plan{f, p.steps}, nil
}

type planner struct {
	fs            *FS
	steps         []step
	made, removed map[string]bool
	links         []step      // to items that are not there yet
	waiting       []switching // for links of theirs
	loose         bool        // all is made, so that what else is named must be a default group
}

// switching is an item that is switched on when its links are made.
type switching struct {
	path  string
	steps []step
}

func (p *planner) item(parent string, item Item) error {
	where := path.Join(parent, item.Path)
	if !sys.IsPath(item.Path) {
		return failure("plan", p.fs.where(parent)+"/"+item.Path, fs.ErrInvalid)
	}
	live, err := p.live(where)
	switch {
	case err != nil:
		return err
	case item.Absent && live:
		return p.absent(where, item)
	case item.Absent:
		return nil
	case live:
		return p.change(where, item)
	}
	if err := p.make(where); err != nil {
		return err
	}
	return p.fill(where, item, false, true)
}

// live says whether an item is there now and will still be when the plan comes
// to it.
func (p *planner) live(where string) (bool, error) {
	if p.removed[where] {
		return false, nil
	}
	kind, err := p.fs.kindAt(where)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && kind != attr.FolderKind {
		err = explained("plan", p.fs.where(where), fs.ErrInvalid, nil, "it is no item")
	}
	return err == nil, err
}

func (p *planner) make(where string) error {
	if p.made[where] {
		return nil // it is named twice
	}
	parent := path.Dir(where)
	there, err := p.there(parent)
	switch {
	case err != nil:
		return err
	case parent == ".", !there && !p.mayCome(parent):
		return p.nowhere(where)
	}
	p.made[where] = true
	p.add(step{Step: Step{Op: Make, Path: where}})
	return nil
}

// nowhere is the error of an item that there is nothing to make it in.
func (p *planner) nowhere(where string) error {
	hint := p.fs.where(path.Dir(where)) + " is not there to make it in"
	top, _, _ := strings.Cut(where, "/")
	if live, err := p.live(top); err == nil && !live {
		hint = subsystemHint(top)
	}
	return explained("plan", p.fs.where(where), fs.ErrNotExist, nil, hint)
}

// there says whether an item is there by the time that the plan has come to.
func (p *planner) there(where string) (bool, error) {
	if p.made[where] {
		return true, nil
	}
	return p.live(where)
}

// mayCome says whether an item may be a default group of one that the plan
// makes, which nobody knows before it is made.
func (p *planner) mayCome(where string) bool {
	for ; where != "."; where = path.Dir(where) {
		if p.made[where] {
			return true
		}
	}
	return false
}

// change is for an item that is there: when it is on, it is switched off for
// as long as it is changed.
func (p *planner) change(where string, item Item) error {
	on, err := p.differing(where, Deactivate, item.Deactivate)
	if err != nil {
		return err
	}
	begin, links := len(p.steps), len(p.links)
	if err := p.fill(where, item, true, false); err != nil {
		return err
	}
	changed := len(p.steps) > begin || len(p.links) > links
	if len(on) == 0 || !changed {
		return p.activate(where, item, false)
	}
	p.steps = slices.Insert(p.steps, begin, on...)
	return p.activate(where, item, true)
}

// fill is what is in an item: attributes, items, links, and for one that is
// made, what switches it on.
func (p *planner) fill(where string, item Item, live, fresh bool) error {
	for _, a := range item.Set {
		if err := p.set(where, Set, a, live); err != nil {
			return err
		}
	}
	for _, child := range item.Items {
		if err := p.item(where, child); err != nil {
			return err
		}
	}
	for _, l := range item.Links {
		if err := p.link(where, l, live); err != nil {
			return err
		}
	}
	if err := p.settle(where); err != nil || !fresh {
		return err
	}
	return p.activate(where, item, true)
}

// set plans to write an attribute, unless it has the value.
func (p *planner) set(where string, op Op, a Attr, live bool) error {
	s, err := p.write(where, op, a)
	if err != nil {
		return err
	}
	if live {
		printed, err := p.fs.read(where, a.Name, s.kind)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return err
		case err == nil && s.value().is(printed):
			return nil
		case err == nil:
			s.Old = printed
		}
	}
	p.add(s)
	return nil
}

// write is the step that writes an attribute.
func (p *planner) write(where string, op Op, a Attr) (step, error) {
	if !sys.IsPath(a.Name) {
		return step{}, failure("plan", p.fs.where(where)+"/"+a.Name, fs.ErrInvalid)
	}
	v, err := valueOf(p.fs.file(where, a.Name), a.Value)
	return step{Step{Op: op, Path: where, Attr: a.Name, Value: v.text}, v.kind}, err
}

// differing are the steps that write those of the attributes of a live item
// that have other values.
func (p *planner) differing(where string, op Op, attrs []Attr) ([]step, error) {
	sub := planner{fs: p.fs}
	for _, a := range attrs {
		if err := sub.set(where, op, a, true); err != nil {
			return nil, err
		}
	}
	return sub.steps, nil
}

// activate plans to switch an item on: one that is off already, or again; or
// one that is as it was, where it is off.
func (p *planner) activate(where string, item Item, off bool) error {
	var steps []step
	var err error
	if off {
		for _, a := range item.Activate {
			s, err := p.write(where, Activate, a)
			if err != nil {
				return err
			}
			steps = append(steps, s)
		}
	} else if steps, err = p.differing(where, Activate, item.Activate); err != nil {
		return err
	}
	if p.waits(where) {
		p.waiting = append(p.waiting, switching{where, steps})
		return nil
	}
	p.add(steps...)
	return nil
}

// waits says whether a link of the item, or of something in it, is still to be
// made.
func (p *planner) waits(where string) bool {
	return slices.ContainsFunc(p.links, func(l step) bool { return within(l.Path, where) })
}

// link plans a link, and its removal where it leads elsewhere.
func (p *planner) link(item string, l Link, live bool) error {
	where := path.Join(item, l.Name)
	if !sys.IsPath(l.Name) || l.Target != "" && !sys.IsPath(l.Target) {
		return failure("plan", p.fs.where(item)+"/"+l.Name+" -> "+l.Target, fs.ErrInvalid)
	}
	if live && !p.removed[where] {
		target, err := p.fs.target(where)
		switch {
		case err == nil && target == l.Target:
			return nil
		case err == nil:
			p.add(step{Step: Step{Op: Unlink, Path: where, Target: target}})
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if l.Target != "" {
		p.links = append(p.links, step{Step: Step{Op: MakeLink, Path: where, Target: l.Target}})
	}
	return nil
}

// settle plans the links in an item whose targets are there by now, and
// switches on what waited for them; "." is for all.
func (p *planner) settle(item string) error {
	var rest []step
	for _, l := range p.links {
		ready := false
		if item == "." || within(l.Path, item) {
			var err error
			if ready, err = p.there(l.Target); err != nil {
				return err
			}
			ready = ready || p.loose && p.mayCome(l.Target)
		}
		if ready {
			p.add(l)
		} else {
			rest = append(rest, l)
		}
	}
	p.links = rest
	var waiting []switching
	for _, w := range p.waiting {
		if p.waits(w.path) || item != "." && !within(w.path, item) {
			waiting = append(waiting, w)
		} else {
			p.add(w.steps...)
		}
	}
	p.waiting = waiting
	return nil
}

// absent plans the removal of an item that is there.
func (p *planner) absent(where string, item Item) error {
	off, err := p.differing(where, Deactivate, item.Deactivate)
	if err != nil {
		return err
	}
	order, err := p.fs.removal(where)
	if err != nil {
		return err
	}
	p.add(off...)
	for _, s := range order {
		if !p.removed[s.Path] {
			p.removed[s.Path] = true
			p.add(step{Step: s})
		}
	}
	return nil
}

func (p *planner) add(steps ...step) { p.steps = append(p.steps, steps...) }
