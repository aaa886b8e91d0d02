// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

func TestAnEventIsSwitchedOnInOneInstance(t *testing.T) {
	f := open(t)
	i := create(t, f, "events")
	ev := i.Event("sched", "sched_switch")
	require.Equal(t, "sched:sched_switch", ev.String())
	on, err := ev.Enabled()
	require.NoError(t, err)
	require.False(t, on)
	require.NoError(t, ev.Enable())
	on, err = ev.Enabled()
	require.NoError(t, err)
	require.True(t, on)
	on, err = f.Event("sched", "sched_switch").Enabled()
	require.NoError(t, err)
	require.False(t, on)
	require.NoError(t, ev.Disable())
	on, err = ev.Enabled()
	require.NoError(t, err)
	require.False(t, on)

	require.NoError(t, i.System("sched").Enable())
	on, err = ev.Enabled()
	require.NoError(t, err)
	require.True(t, on)
	require.NoError(t, i.System("sched").Disable())
}

func TestEventsAreListedAndEachHasAFormat(t *testing.T) {
	f := open(t)
	events, systems := 0, 0
	for sys, err := range f.Systems() {
		require.NoError(t, err)
		systems++
		for ev, err := range sys.Events() {
			require.NoError(t, err)
			require.Equal(t, sys.Name(), ev.System())
			format, err := ev.Format()
			require.NoError(t, err, ev)
			require.Equal(t, ev.Name(), format.Name)
			require.Len(t, format.Common, 4)
			if sys.Name() == "ftrace" {
				continue // the tracers' own records, which cannot be enabled
			}
			id, err := ev.ID()
			require.NoError(t, err, ev)
			require.Equal(t, format.ID, id)
			events++
		}
	}
	require.Greater(t, systems, 30)
	require.Greater(t, events, 500)
	for _, err := range f.System("no_such").Events() {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	for _, err := range f.System("../..").Events() {
		require.ErrorIs(t, err, fs.ErrInvalid)
	}
}

func TestAMissingEventIsNoMystery(t *testing.T) {
	f := open(t)
	err := f.Event("sched", "no_such").Enable()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "no such event")
	_, err = f.Event("sched", "no_such").Format()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, f.Event("sched", "no_such").SetFilter("a == 1"), fs.ErrNotExist)
	for _, ev := range []tracefs.Event{f.Event("", "x"), f.Event("..", "options"), f.Event("sched", "a/b")} {
		require.ErrorIs(t, ev.Enable(), fs.ErrInvalid, ev)
	}
	require.ErrorIs(t, f.System("..").Enable(), fs.ErrInvalid)
}

func TestAFilterThatIsRefusedSaysWhyAndTheOneBeforeHolds(t *testing.T) {
	f := open(t)
	i := create(t, f, "filters")
	ev := i.Event("sched", "sched_switch")
	require.NoError(t, ev.SetFilter("prev_pid == 1"))
	for expression, want := range map[string]struct {
		text   string
		column int
	}{
		"no_field == 1":                   {"Field not found", 9},
		"prev_pid ==":                     {"Invalid value (did you forget quotes)?", 12}, // behind the end
		"prev_pid == 1 && (prev_prio > 1": {"Too many '('", 17},
		"prev_comm > 3":                   {"Expecting string field", 0},
	} {
		err := ev.SetFilter(expression)
		require.Error(t, err, expression)
		log, ok := errors.AsType[*tracefs.LogError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "event filter parse error", log.Source)
		require.Equal(t, expression, log.Command)
		if want.column > 0 {
			require.Equal(t, want.text, log.Text, expression)
			require.Equal(t, want.column, log.Column, expression)
		}
		require.NotContains(t, err.Error(), "\n")
		filter, err := ev.Filter()
		require.NoError(t, err)
		require.Equal(t, "prev_pid == 1", filter, "after %q", expression)
	}
	require.NoError(t, ev.ClearFilter())
	require.Error(t, ev.SetFilter("no_field == 1"))
	filter, err := ev.Filter()
	require.NoError(t, err)
	require.Empty(t, filter)
	text, err := ev.File("filter").Read()
	require.NoError(t, err)
	require.Equal(t, "none\n", string(text))
	for _, expression := range []string{"", " ", "0", "a == 1\nb == 2", "a\x00"} {
		require.ErrorIs(t, ev.SetFilter(expression), fs.ErrInvalid, "%q", expression)
	}
	require.NoError(t, i.System("sched").SetFilter("prev_pid == 2"))
	filter, err = ev.Filter()
	require.NoError(t, err)
	require.Equal(t, "prev_pid == 2", filter)
	const other = "prev_pid == 3 && prev_prio == 4" // a field that only sched_switch and few others have
	wakeup := i.Event("sched", "sched_wakeup")
	require.NoError(t, wakeup.SetFilter("pid == 5"))
	require.NoError(t, i.System("sched").SetFilter(other))
	filter, err = ev.Filter()
	require.NoError(t, err)
	require.Equal(t, other, filter)
	filter, err = wakeup.Filter()
	require.NoError(t, err)
	require.Equal(t, "pid == 5", filter, "it lacks the field")
	err = i.System("sched").SetFilter("no_field == 2")
	_, ok := errors.AsType[*tracefs.LogError](err)
	require.True(t, ok, "%v", err)
	require.NoError(t, i.System("sched").ClearFilter())
}

// What another one did wrong before, with the same words, is not our error.
func TestOnlyWhatTheKernelSaidNowIsInTheError(t *testing.T) {
	f := open(t)
	i := create(t, f, "log")
	ev := i.Event("sched", "sched_switch")
	for range 12 { // the log has room for eight
		err := ev.SetFilter("no_field == 1")
		_, ok := errors.AsType[*tracefs.LogError](err)
		require.True(t, ok, "%v", err)
	}
	all, err := i.ErrorLog()
	require.NoError(t, err)
	require.Len(t, all, 8)
	long := "prev_pid == 1" + strings.Repeat(" || prev_pid == 1", 300) // more than a page
	err = ev.SetFilter(long)
	require.ErrorIs(t, err, syscall.EINVAL)
	_, ok := errors.AsType[*tracefs.LogError](err)
	require.False(t, ok, "the kernel logged nothing")
}

func TestAFilterIsTheKernels(t *testing.T) {
	f := open(t)
	i := create(t, f, "filtered")
	ev := i.Event("syscalls", "sys_enter_getppid")
	require.NoError(t, ev.SetFilter(fmt.Sprintf("common_pid == %d", 1<<22)))
	require.NoError(t, ev.Enable())
	syscall.Getppid()
	require.NoError(t, ev.Disable())
	require.Empty(t, texts(t, i))
	require.NoError(t, ev.ClearFilter())
	require.NoError(t, ev.Enable())
	syscall.Getppid()
	require.NoError(t, ev.Disable())
	require.Contains(t, texts(t, i), "sys_getppid()")
}

// texts are what is in an instance's trace.
func texts(t testing.TB, i *tracefs.Instance) (all []string) {
	t.Helper()
	for _, r := range records(t, i) {
		all = append(all, r.Text)
	}
	return all
}

// records are an instance's trace as its file shows it, without taking it.
func records(t testing.TB, i *tracefs.Instance) (all []tracefs.Record) {
	t.Helper()
	text, err := os.ReadFile(i.Path() + "/trace")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if line[0] != '#' && line != "\n" {
			all = append(all, tracefs.ParseRecord([]byte(line)))
		}
	}
	return all
}

func TestTriggersAreAddedListedAndRemoved(t *testing.T) {
	f := open(t)
	i := create(t, f, "triggers")
	ev := i.Event("sched", "sched_switch")
	all, err := ev.Triggers()
	require.NoError(t, err)
	require.Empty(t, all, "of an event that has none, the file lists what there could be")

	for _, trigger := range []string{"traceoff:3 if prev_pid == 123456", "stacktrace if prev_pid == 123456", "hist:keys=next_pid:sort=hitcount"} {
		require.NoError(t, ev.AddTrigger(trigger), trigger)
	}
	require.ErrorIs(t, ev.AddTrigger("traceoff:3 if prev_pid == 123456"), fs.ErrExist)
	all, err = ev.Triggers()
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, trigger := range all { // in the kernel's form
		require.NoError(t, ev.RemoveTrigger(trigger), trigger)
	}
	all, err = ev.Triggers()
	require.NoError(t, err)
	require.Empty(t, all)

	require.NoError(t, ev.AddTrigger("traceoff"))
	require.NoError(t, ev.RemoveTrigger("traceoff"))
	require.ErrorIs(t, ev.RemoveTrigger("traceoff"), fs.ErrNotExist)
	err = ev.AddTrigger("hist:keys=no_field")
	log, ok := errors.AsType[*tracefs.LogError](err)
	require.True(t, ok, "%v", err)
	require.Contains(t, log.Source, "hist:")
	for _, trigger := range []string{"", "!traceoff", "traceoff\nstacktrace"} {
		require.ErrorIs(t, ev.AddTrigger(trigger), fs.ErrInvalid, "%q", trigger)
	}
}
