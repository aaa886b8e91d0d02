// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// Triggers are what the instance does when the event happens, in the kernel's
// form: "traceoff:unlimited", "hist:keys=next_pid:... [active]".
func (e Event) Triggers() ([]string, error) {
	text, err := attr.Get[string](e.File("trigger"))
	if err != nil {
		return nil, e.known(err)
	}
	var all []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' { // without triggers it lists what there could be
			all = append(all, line)
		}
	}
	return all, nil
}

// AddTrigger has the instance do something when the event happens:
// "traceoff:1 if next_prio < 100", "stacktrace", "hist:keys=next_pid". The
// others stay.
//
// errors.Is finds [fs.ErrExist] when there is one like it already. Where the
// kernel says what is wrong (it does for histograms), [errors.AsType] finds a
// [*LogError]. The triggers are in Documentation/trace/events.rst and
// histogram.rst.
func (e Event) AddTrigger(trigger string) error { return e.writeTrigger(trigger, "") }

// RemoveTrigger removes a trigger, given as it was added or as
// [Event.Triggers] returns it. errors.Is finds [fs.ErrNotExist] when there is
// no such trigger.
func (e Event) RemoveTrigger(trigger string) error {
	before, err := e.Triggers()
	if err != nil {
		return err
	}
	if err := e.writeTrigger(addedForm(trigger), "!"); err != nil {
		return err
	}
	// The kernel is content with a trigger that it does not find.
	after, err := e.Triggers()
	if err == nil && slices.Equal(before, after) {
		return hinted(failure("remove trigger", e.String(), fs.ErrNotExist), "there is no trigger "+trigger)
	}
	return err
}

func (e Event) writeTrigger(trigger, prefix string) error {
	f := e.File("trigger")
	if trigger == "" || strings.ContainsAny(trigger, "\n\x00") || strings.HasPrefix(trigger, "!") {
		return failure("set", f.Path(), fmt.Errorf("%w: %q is no trigger", fs.ErrInvalid, trigger))
	}
	log := e.inst.markLog()
	err := f.Write([]byte(prefix + trigger + "\n"))
	if k, ok := err.(*kernlink.Error); ok && k.Kind == nil {
		// The log leaves out the name of the command: "keys=a" of "hist:keys=a".
		_, rest, _ := strings.Cut(trigger, ":")
		if k.Err = log.explain(log.explain(k.Err, rest), trigger); !isMissing(k.Err) {
			k.Hint = ""
		}
	}
	return e.known(err)
}

// count is how often a trigger may still act, as the kernel prints it.
var count = regexp.MustCompile(`:count=(\d+)`)

// addedForm turns a trigger as the kernel prints it into one as it was added.
func addedForm(trigger string) string {
	trigger = strings.TrimSuffix(trigger, " [active]")
	trigger = strings.TrimSuffix(trigger, " [paused]")
	trigger = strings.Replace(trigger, ":unlimited", "", 1)
	return count.ReplaceAllString(trigger, ":$1")
}
