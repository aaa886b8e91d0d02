// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"errors"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Event is an event of an instance: a tracepoint, a probe, a synthetic event.
// It is a name, which owns nothing and is looked up at each use. An event is
// switched on and filtered in each instance by itself.
//
// Its methods fail with [io/fs.ErrNotExist] when the kernel has no such event
// (its module is not loaded), with [io/fs.ErrInvalid] for names that are none,
// and with [kernlink.ErrGone] when the instance was removed.
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
