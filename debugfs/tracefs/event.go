// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Event is an event of an instance: a tracepoint, a probe, a synthetic event.
// It is a name, which owns nothing and is looked up at each use. An event is
// switched on and filtered in each instance by itself.
//
// Its methods fail with [fs.ErrNotExist] when the kernel has no such event
// (its module is not loaded), with [fs.ErrInvalid] for names that are none, and with
// [kernlink.ErrGone] when the instance was removed.
type Event struct {
	inst         *Instance
	system, name string
}

// Event is the event of that name. It does not look whether there is one.
func (i *Instance) Event(system, name string) Event { return Event{i, system, name} }

// System is the first part of the name, "sched".
func (e Event) System() string { return e.system }

// Name is the second part of the name, "sched_switch".
func (e Event) Name() string { return e.name }

func (e Event) String() string { return e.system + ":" + e.name }

// File is a file of the event: "format", "hist".
func (e Event) File(name string) attr.File {
	path := "events/" + e.system + "/" + e.name + "/" + name
	if !sys.IsName(e.system) || !sys.IsName(e.name) {
		return attr.Invalid(e.inst.where(path), policy)
	}
	return e.inst.File(path)
}

// Enable has the instance record the event from now on.
func (e Event) Enable() error { return e.set("1") }

// Disable has it record the event no more.
func (e Event) Disable() error { return e.set("0") }

func (e Event) set(value string) error {
	return e.known(e.File("enable").Write([]byte(value + "\n")))
}

// Enabled reports whether the instance records the event.
func (e Event) Enabled() (bool, error) {
	// "1*" is an event that a trigger wants to see, too.
	text, err := e.File("enable").Read()
	if err != nil {
		return false, e.known(err)
	}
	return len(text) > 0 && text[0] == '1', nil
}

// ID is the event's number, which begins each raw record of it: [RawRecord].
// It holds until the machine, the event's module or the probe goes.
func (e Event) ID() (int, error) {
	id, err := attr.Get[int](e.File("id"))
	return id, e.known(err)
}

// Format reads the layout of the event's records.
func (e Event) Format() (*Format, error) {
	text, err := e.File("format").Read()
	if err != nil {
		return nil, e.known(err)
	}
	return ParseFormat(text)
}

// known adds to a missing event why it may be missing. A filter that the kernel
// does not take is ENOENT, too, for some mistakes.
func (e Event) known(err error) error {
	if _, explained := errors.AsType[*LogError](err); err != nil && isMissing(err) && !explained {
		return hinted(err, "no such event: available_events lists them; those of a module come with it")
	}
	return err
}

// Filter is the filter that is set, "" for none.
func (e Event) Filter() (string, error) {
	text, err := filterOf(e.File("filter"))
	return text, e.known(err)
}

// SetFilter has the instance record only those events of this kind for which
// the expression holds: "prev_pid == 1 && next_comm ~ \"k*\"".
//
// When the kernel does not take the expression, [errors.AsType] finds a
// [*LogError] that says what is wrong with it and where. The filter that was
// set before holds on then: the kernel itself would drop it, and record
// everything.
//
// errors.Is finds [fs.ErrInvalid] for an empty expression and for one of more
// than one line. The language is in Documentation/trace/events.rst.
func (e Event) SetFilter(expression string) error {
	return e.known(e.inst.setFilter(e.File("filter"), expression))
}

// ClearFilter has all events of this kind be recorded again.
func (e Event) ClearFilter() error { return e.known(clearFilter(e.File("filter"))) }

// System is a group of events that are switched on, and filtered, together.
// It is a name, as an [Event] is.
type System struct {
	inst *Instance
	name string
}

// System is the group of that name. It does not look whether there is one.
func (i *Instance) System(name string) System { return System{i, name} }

// Systems yields the groups of events, in the order of their names. The loop
// ends after an error.
func (i *Instance) Systems() iter.Seq2[System, error] {
	return func(yield func(System, error) bool) {
		names, err := i.folders("events")
		if err != nil {
			yield(System{}, err)
			return
		}
		for _, name := range names {
			if !yield(System{i, name}, nil) {
				return
			}
		}
	}
}

// Name is the group's name.
func (s System) Name() string { return s.name }

func (s System) String() string { return s.name }

// File is a file of the group: "enable" is 0, 1, or X for some of its events.
func (s System) File(name string) attr.File {
	path := "events/" + s.name + "/" + name
	if !sys.IsName(s.name) {
		return attr.Invalid(s.inst.where(path), policy)
	}
	return s.inst.File(path)
}

// Events yields the group's events, in the order of their names. The loop ends
// after an error; errors.Is finds [fs.ErrNotExist] when there is no such group.
func (s System) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if !sys.IsName(s.name) {
			yield(Event{}, refuse("list", s.inst.where("events/"+s.name), "no name of a system"))
			return
		}
		names, err := s.inst.folders("events/" + s.name)
		if err != nil {
			yield(Event{}, err)
			return
		}
		for _, name := range names {
			if !yield(Event{s.inst, s.name, name}, nil) {
				return
			}
		}
	}
}

// Enable has the instance record all events of the group.
func (s System) Enable() error { return s.File("enable").Write([]byte("1\n")) }

// Disable has it record none of them.
func (s System) Disable() error { return s.File("enable").Write([]byte("0\n")) }

// SetFilter sets the filter of all events of the group that take it, one by
// one; those that lack a field of it keep theirs. It fails with what the kernel
// says of the first one when none takes it, and with any other failure.
//
// The file "filter" of the group would do it at once, and would have those that
// lack a field be recorded unfiltered, without a word.
func (s System) SetFilter(expression string) error {
	var first error
	taken := false
	for ev, err := range s.Events() {
		if err == nil {
			err = ev.SetFilter(expression)
		}
		if _, refused := errors.AsType[*LogError](err); err != nil && !refused {
			return err
		}
		taken = taken || err == nil
		first = cmp.Or(first, err)
	}
	if taken {
		return nil
	}
	return first
}

// ClearFilter clears the filters of all events of the group.
func (s System) ClearFilter() error { return clearFilter(s.File("filter")) }

// setFilter writes a filter, and puts the one that was there back when the
// kernel did not take it.
func (i *Instance) setFilter(f attr.File, expression string) error {
	before, err := filterOf(f)
	if err != nil {
		return err
	}
	err = i.writeFilter(f, expression)
	if e, ok := err.(*kernlink.Error); ok {
		if before == "" {
			before = noFilter
		}
		if failed := f.Write([]byte(before + "\n")); failed != nil && e.Hint == "" {
			e.Hint = fmt.Sprintf("and the filter before it, %q, could not be put back: %v", before, failed)
		}
	}
	return err
}

// noFilter is what is written to have none.
const noFilter = "0"

func (i *Instance) writeFilter(f attr.File, expression string) error {
	expression = strings.TrimSpace(expression)
	if expression == "" || expression == noFilter || strings.ContainsAny(expression, "\n\x00") {
		return failure("set", f.Path(), fmt.Errorf("%w: %q is no filter", fs.ErrInvalid, expression))
	}
	log := i.markLog()
	err := f.Write([]byte(expression + "\n"))
	if e, ok := err.(*kernlink.Error); ok {
		if e.Err = log.explain(e.Err, expression); e.Kind == nil {
			e.Hint = ""
		}
	}
	return err
}

func clearFilter(f attr.File) error { return f.Write([]byte(noFilter + "\n")) }

// filterOf reads a filter. After one that was refused its file has that and
// the reason below it; events are not filtered by it.
func filterOf(f attr.File) (string, error) {
	text, err := attr.Get[string](f)
	if err != nil || text == "none" || strings.Contains(text, "\nparse_error: ") {
		return "", err
	}
	return text, nil
}
