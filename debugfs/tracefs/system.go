// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"cmp"
	"errors"
	"iter"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

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
