// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/kernlink/kernlink"
)

// Apply does what the plan says, step by step, and ends at the first step that
// fails: then it takes back what it has done, in reverse, and nothing else.
// Items that it made are removed, attributes have their old values again, links
// are removed or made again. What it removed it cannot make again.
//
// It is a call, and each step is one: ctx is looked at between the steps, and
// its end is a failure like any other. The taking back does not end with it.
//
// A plan is applied once. When the tree has changed since it was made, the
// steps that do not fit any more fail: an item that somebody else made
// meanwhile is [fs.ErrExist] and stays.
//
// errors.AsType[*ApplyError] has the step, and what could not be taken back.
// errors.Is finds what was wrong with the step.
func (p *Plan) Apply(ctx context.Context) error {
	r := &run{fs: p.fs, made: map[string]*Node{}}
	defer r.close()
	for i, s := range p.steps {
		var err error
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else {
			err = r.do(s, p.steps[i:])
		}
		if err != nil {
			return r.fail(s, err)
		}
	}
	return nil
}

// ApplyError says how far a plan came. It is found by
// errors.AsType[*configfs.ApplyError].
type ApplyError struct {
	// Step failed, or was not begun since the context had ended.
	Step Step

	// Err is what was wrong with it.
	Err error

	// Undone are the steps that were taken back, in the order in which they
	// were. The attributes of an item that was removed again are not among
	// them.
	Undone []Step

	// NotUndone are the steps that could not be taken back, with the reasons:
	// the tree is as they left it.
	NotUndone []UndoError
}

// UndoError is a step that could not be taken back.
type UndoError struct {
	Step Step
	Err  error
}

// Error returns the step, what was wrong with it, and what became of the steps
// before it.
func (e *ApplyError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: %v; %d steps undone", e.Step, e.Err, len(e.Undone))
	for _, n := range e.NotUndone {
		fmt.Fprintf(&b, "; not undone: %v: %v", n.Step, n.Err)
	}
	return b.String()
}

// Unwrap gives errors.Is what was wrong with the step.
func (e *ApplyError) Unwrap() error { return e.Err }

var (
	errRemoved = errors.New("what was removed is not made again")
	errUnknown = errors.New("what it was before could not be read")
)

// run is one application of a plan.
type run struct {
	fs   *FS
	done []done
	made map[string]*Node // held, so that no other item is taken for one of them
}

// done is a step that was done, and what an attribute printed before.
type done struct {
	step
	old   string
	known bool
}

func (r *run) close() {
	for _, n := range r.made {
		n.Close()
	}
}

// do does a step; rest are those that are still to be done, itself included.
func (r *run) do(s step, rest []step) error {
	switch s.Op {
	case Make:
		return r.make(s)
	case Set, Activate, Deactivate:
		return r.set(s)
	case MakeLink:
		return r.record(s, r.fs.linkAt(s.Path, s.Target))
	case Unlink:
		return r.unlink(s)
	case Remove:
		return r.remove(s, rest)
	}
	return fmt.Errorf("%w: %v", errors.ErrUnsupported, s.Op)
}

func (r *run) record(s step, err error) error {
	if err == nil {
		r.done = append(r.done, done{step: s})
	}
	return err
}

func (r *run) make(s step) error {
	n, err := r.fs.create(s.Path)
	if errors.Is(err, fs.ErrExist) && r.isMade(path.Dir(s.Path)) {
		return nil // a default group
	}
	if err == nil {
		r.made[s.Path] = n
	}
	return r.record(s, err)
}

func (r *run) set(s step) error {
	old, readErr := r.fs.read(s.Path, s.Attr, s.kind)
	if readErr == nil && s.value().is(old) {
		return nil
	}
	if err := r.fs.put(s.Path, s.Attr, s.value()); err != nil {
		return err
	}
	r.done = append(r.done, done{s, old, readErr == nil})
	return nil
}

// unlink removes a link that still leads where it did.
func (r *run) unlink(s step) error {
	target, err := r.fs.target(s.Path)
	if vanished(err) {
		return nil // it went by itself
	}
	if err == nil && target != s.Target {
		err = explained("unlink", r.fs.where(s.Path), fs.ErrExist, nil, "it leads to "+target+" by now")
	}
	if err == nil {
		err = r.fs.unlink(s.Path)
	}
	return r.record(s, err)
}

func (r *run) remove(s step, rest []step) error {
	err := r.fs.remove(s.Path)
	goes := slices.ContainsFunc(rest, func(later step) bool {
		return later.Op == Remove && later.Path != s.Path && within(s.Path, later.Path)
	})
	switch {
	case vanished(err), isDefault(err) && goes:
		return nil
	}
	return r.record(s, err)
}

// fail takes back what was done.
func (r *run) fail(s step, err error) error {
	e := &ApplyError{Step: s.Step, Err: err}
	for _, d := range slices.Backward(r.done) {
		if d.Op == Set && r.isMade(d.Path) {
			continue // it goes with the item
		}
		if err := r.undo(d); err != nil {
			e.NotUndone = append(e.NotUndone, UndoError{d.Step, err})
		} else {
			e.Undone = append(e.Undone, d.Step)
		}
	}
	return &kernlink.Error{
		Channel: channel, Op: "apply", Path: r.fs.where(s.Path), Kind: kindOf(err), Err: e,
	}
}

// isMade says whether an item was made by this run, or is in one that was.
func (r *run) isMade(item string) bool {
	for ; item != "."; item = path.Dir(item) {
		if r.made[item] != nil {
			return true
		}
	}
	return false
}

func (r *run) undo(d done) error {
	switch d.Op {
	case Make:
		n := r.made[d.Path]
		if n.Gone() {
			return nil
		}
		return r.fs.remove(d.Path)
	case MakeLink:
		if err := r.fs.unlink(d.Path); !vanished(err) {
			return err
		}
		return nil
	case Unlink:
		return r.fs.linkAt(d.Path, d.Target)
	case Remove:
		return errRemoved
	}
	if !d.known {
		return errUnknown
	}
	v := value{written(d.old), d.kind}
	if d.kind == bytesKind {
		v.text = d.old
	}
	return r.fs.put(d.Path, d.Attr, v)
}
