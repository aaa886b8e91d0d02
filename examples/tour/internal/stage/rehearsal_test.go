// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/kernlink/kernlink/kmsg"
)

// rehearsals are the steps below, as a chapter embeds its own.
//
//go:embed rehearsal_test.go
var rehearsals embed.FS

// Ask for a few values.
//
// The paragraph below the title tells what is worth knowing, and it may be so long that it has to be wrapped.
func ask(ctx context.Context, tour *Step) error {
	name, err := answer(ctx)
	if err != nil {
		return err
	}
	words := []string{"a", "b"} // a comment stays
	tour.Show(name, len(words), " a; ")
	tour.Show(
		words,
	)
	for i := range 2 {
		tour.Show(i, i*i)
	}
	tour.Show(words[0])
	return nil
}

// Ask in a loop.
func askAll(ctx context.Context, tour *Step) error {
	for i, word := range []string{"one", "a word\x1b[31m", "three"} {
		_, err := answer(ctx)
		if err != nil {
			return err
		}
		tour.Show(i, word)
	}
	return nil
}

// Something is refused.
func refuse(_ context.Context, tour *Step) error {
	const hint = "a hint so long that it does not fit beside the rest"
	err := fmt.Errorf("sysfs: set first: %w (%s)", syscall.EINVAL, hint)
	tour.Refused(err, syscall.EINVAL)
	return nil
}

// Something breaks.
func fail(context.Context, *Step) error {
	return errors.New("it broke\nin two lines")
}

// Nothing is refused.
func accept(_ context.Context, tour *Step) error {
	var err error
	tour.Refused(err)
	return nil
}

// Something else is refused.
func refuseElse(_ context.Context, tour *Step) error {
	err := fmt.Errorf("sysfs: %w", syscall.ENODEV)
	tour.Refused(err, syscall.EINVAL)
	return nil
}

// Look for what is not there.
func seek(_ context.Context, tour *Step) error {
	for _, word := range []string{"a", "b"} {
		if word == "c" {
			tour.Show(word)
		}
	}
	return nil
}

// A panic.
func fall(context.Context, *Step) error {
	panic("it fell")
}

func uncommented(context.Context, *Step) error {
	return errors.New("why")
}

// No code.
func empty(_ context.Context, tour *Step) error {
	tour.Show(1)
	return nil
}

// Too wide.
func wide(context.Context, *Step) error {
	return errors.New("a string so long that it reaches far beyond the right margin of the page that is so wide")
}

func answer(context.Context) (string, error) { return "kernel", nil }

// stub is a kernel that logs the same records during every step, and that
// has its modules loaded from the second question on.
type stub struct {
	log      []kmsg.Record
	modules  []string
	asked    int
	unloaded []string
	stuck    error
}

func (k *stub) listen() (func() ([]kmsg.Record, error), error) {
	return func() ([]kmsg.Record, error) { return k.log, nil }, nil
}

func (k *stub) has(module string) bool { return module != "missing" }

func (k *stub) loaded() ([]string, error) {
	k.asked++
	if k.asked%2 == 0 {
		return append([]string{}, append(k.modules, "old")...), nil
	}
	return []string{"old"}, nil
}

func (k *stub) unload(_ context.Context, module string) error {
	k.unloaded = append(k.unloaded, module)
	return k.stuck
}

func records() []kmsg.Record {
	return []kmsg.Record{
		{Time: 3512345 * time.Microsecond, Level: kmsg.Info, Text: kmsg.Text(" a; ")},
		{Time: 3512399 * time.Microsecond, Level: kmsg.Err, Text: kmsg.Text("echo: module verification failed: signature and/or required key missing - tainting kernel")},
		{Time: 3512400 * time.Microsecond, Level: kmsg.Info, Text: kmsg.Text("two\nlines\x07")},
	}
}
