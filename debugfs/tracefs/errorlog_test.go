// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

const errorLog = `[    4.762193] trace_kprobe: error: Probe point is not an instruction boundary
  Command: p:foo/bar do_sys_openat2+1
                     ^
[    4.786229] trace_kprobe: error: There is already the exact same probe event
  Command: p:foo/bar do_sys_openat2
           ^
[    5.304829] event filter parse error: error: Invalid value (did you forget quotes)?
  Command: prev_pid ==
                       ^
[12345.000001] hist:sched:sched_switch: error: Couldn't find field
  Command: keys=a
vals=b
                ^
`

func TestTheErrorLogIsTakenApart(t *testing.T) {
	all, err := tracefs.ParseErrorLog([]byte(errorLog))
	require.NoError(t, err)
	require.Equal(t, []tracefs.LogError{
		{Time: 4762193 * us, Source: "trace_kprobe", Text: "Probe point is not an instruction boundary", Command: "p:foo/bar do_sys_openat2+1", Column: 10},
		{Time: 4786229 * us, Source: "trace_kprobe", Text: "There is already the exact same probe event", Command: "p:foo/bar do_sys_openat2"},
		{Time: 5304829 * us, Source: "event filter parse error", Text: "Invalid value (did you forget quotes)?", Command: "prev_pid ==", Column: 12},
		{Time: 12345*time.Second + us, Source: "hist:sched:sched_switch", Text: "Couldn't find field", Command: "keys=a\nvals=b", Column: 5},
	}, all)
	all, err = tracefs.ParseErrorLog(nil)
	require.NoError(t, err)
	require.Empty(t, all)
	for _, text := range []string{
		"x", "[1.5] x: error: y\n", "[1.5] x\n  Command: a\n           ^\n", "[x] x: error: y\n  Command: a\n           ^\n",
		"[1.5] x: error: y\n  Command: a\n", "[1.5] x: error: y\n  Command: a", strings.TrimSuffix(errorLog, "                ^\n"),
	} {
		_, err := tracefs.ParseErrorLog([]byte(text))
		require.ErrorIs(t, err, tracefs.ErrMalformed, "%q", text)
	}
}

func TestALogErrorPointsAtTheMistake(t *testing.T) {
	all, err := tracefs.ParseErrorLog([]byte(errorLog))
	require.NoError(t, err)
	for n, want := range []string{
		`Probe point is not an instruction boundary, near "do_sys_openat2+1" in "p:foo/bar do_sys_openat2+1"`,
		`There is already the exact same probe event, in "p:foo/bar do_sys_openat2"`,
		`Invalid value (did you forget quotes)?, at the end of "prev_pid =="`,
	} {
		require.EqualError(t, &all[n], want)
	}
	require.Equal(t, "p:foo/bar do_sys_openat2+1\n          ^", all[0].Caret())
	require.NoError(t, errors.Unwrap(&all[0]))
	all[0].Errno = syscall.EILSEQ
	require.ErrorIs(t, &all[0], syscall.EILSEQ)
}

func FuzzParseErrorLog(f *testing.F) {
	f.Add([]byte(errorLog))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, _ := tracefs.ParseErrorLog(text)
		size := 0
		for _, e := range all {
			require.NotEmpty(t, e.Error())
			require.GreaterOrEqual(t, e.Column, 0)
			size += len(e.Command) + len(e.Text) + len(e.Source)
		}
		require.LessOrEqual(t, size, len(text))
	})
}

func TestStatsAreCounters(t *testing.T) {
	const text = "entries: 28\noverrun: 1\ncommit overrun: 2\nbytes: 1868\noldest event ts:     5.566118\nnow ts:     5.678981\ndropped events: 3\nread events: 4\n"
	s, err := tracefs.ParseStats([]byte(text))
	require.NoError(t, err)
	require.Equal(t, tracefs.Stats{Entries: 28, Overrun: 1, CommitOverrun: 2, Bytes: 1868, Dropped: 3, Read: 4}, s)
	for _, text := range []string{"entries", "entries: x", "entries: -1"} {
		_, err := tracefs.ParseStats([]byte(text))
		require.ErrorIs(t, err, tracefs.ErrMalformed)
	}
}

func FuzzParseStats(f *testing.F) {
	f.Add([]byte("entries: 28\noverrun: 0\nnow ts:     5.678981\n"))
	f.Fuzz(func(t *testing.T, text []byte) { tracefs.ParseStats(text) })
}
