// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

const us = time.Microsecond

func TestALineIsTakenApart(t *testing.T) {
	for line, want := range map[string]tracefs.Record{
		"          <idle>-0       [001] d..2.     7.514637: sched_switch: prev_comm=swapper/1 prev_pid=0\n": {
			Task: "<idle>", CPU: 1, Flags: "d..2.", Time: 7514637 * us, Event: "sched_switch", Text: "prev_comm=swapper/1 prev_pid=0"},
		"         busybox-95      [000] .....     6.147470: tracing_mark_write: hello: world": {
			Task: "busybox", PID: 95, Flags: ".....", Time: 6147470 * us, Event: "tracing_mark_write", Text: "hello: world"},
		"            bash-1994    [000] ....  4342.324896: ksys_read <-__x64_sys_read": { // 4 flags before Linux 5.17
			Task: "bash", PID: 1994, Flags: "....", Time: 4342324896 * us, Text: "ksys_read <-__x64_sys_read"},
		"            bash-1994    [012] ..... 14342.324896: sys_openat(dfd: ffffff9c, filename: 7f)": {
			Task: "bash", PID: 1994, CPU: 12, Flags: ".....", Time: 14342324896 * us, Text: "sys_openat(dfd: ffffff9c, filename: 7f)"},
		"my (odd) [000]-1-4194304 [103] d.h1. 16342.324896: my_event:": {
			Task: "my (odd) [000]-1", PID: 4194304, CPU: 103, Flags: "d.h1.", Time: 16342324896 * us, Event: "my_event"},
		"            - - -7       (   12) [001] .....     1.000002: e: ": {
			Task: "- - ", PID: 7, TGID: 12, CPU: 1, Flags: ".....", Time: 1000002 * us, Event: "e"},
		"         busybox-109     (-------) [000] ...1.     7.623174: tracing_mark_write: y": {
			Task: "busybox", PID: 109, Flags: "...1.", Time: 7623174 * us, Event: "tracing_mark_write", Text: "y"},
		"         busybox-109     (-------) [000]      7.623174: tracing_mark_write: y": { // without irq-info
			Task: "busybox", PID: 109, Time: 7623174 * us, Event: "tracing_mark_write", Text: "y"},
		"         busybox-109     [001] ...1.            3: tracing_mark_write: z": { // trace_clock counter
			Task: "busybox", PID: 109, CPU: 1, Flags: "...1.", Time: 3, Event: "tracing_mark_write", Text: "z"},
		"           <...>-12      [000] .....     1.5: a-b_c9: x": {Task: "<...>", PID: 12, Flags: ".....", Time: 1500 * time.Millisecond, Event: "a-b_c9", Text: "x"},
		"           <...>-12      [000] .....     1.5: a b: c":    {Task: "<...>", PID: 12, Flags: ".....", Time: 1500 * time.Millisecond, Text: "a b: c"},
		"           <...>-12      [000] .....     1.5: a:b: c":    {Task: "<...>", PID: 12, Flags: ".....", Time: 1500 * time.Millisecond, Text: "a:b: c"},
		"           <...>-12      [000] .....     1.5:":           {Task: "<...>", PID: 12, Flags: ".....", Time: 1500 * time.Millisecond},
		" => vfs_read":    {Text: " => vfs_read", Continued: true},
		"<stack trace>":   {Text: "<stack trace>", Continued: true},
		"":                {Continued: true},
		"a second line\n": {Text: "a second line", Continued: true},
		" busybox-109       0...1. 7600983us : tracing_mark_write: x": { // latency-format
			Text: " busybox-109       0...1. 7600983us : tracing_mark_write: x", Continued: true},
		"           <...>-12      [0x0] .....     1.5: a: b":  {Text: "           <...>-12      [0x0] .....     1.5: a: b", Continued: true},
		"           <...>--1      [000] .....     1.5: a: b":  {Text: "           <...>--1      [000] .....     1.5: a: b", Continued: true},
		"           <...>-12      (x) [000] .....     1.5: a": {Text: "           <...>-12      (x) [000] .....     1.5: a", Continued: true},
		"           <...>-12      [000] .....     1.x: a: b":  {Text: "           <...>-12      [000] .....     1.x: a: b", Continued: true},
	} {
		require.Equal(t, want, tracefs.ParseRecord([]byte(line)), line)
	}
}

// A line of the kernel's is made again from what was read of it.
func TestNothingOfALineIsForgotten(t *testing.T) {
	text, err := os.ReadFile("testdata/trace.txt")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(text)) {
		require.Equal(t, line, render(tracefs.ParseRecord([]byte(line)))+"\n")
		n++
	}
	require.Equal(t, 91, n)
}

func TestALineCostsOneAllocation(t *testing.T) {
	line := []byte("            init-87      [001] d..2.     7.514952: sched_switch: prev_comm=init prev_pid=87 ==> next_comm=swapper/1\n")
	require.EqualValues(t, 1, testing.AllocsPerRun(100, func() {
		if tracefs.ParseRecord(line).PID != 87 {
			t.Error("another record")
		}
	}))
}

func FuzzParseRecord(f *testing.F) {
	text, err := os.ReadFile("testdata/trace.txt")
	require.NoError(f, err)
	for line := range strings.Lines(string(text)) {
		f.Add([]byte(line))
	}
	f.Add([]byte("         busybox-109     (-------) [000]      7.623174: tracing_mark_write: y"))
	f.Add([]byte("CPU:1 [LOST 42 EVENTS]"))
	f.Fuzz(func(t *testing.T, line []byte) {
		r := tracefs.ParseRecord(line)
		require.LessOrEqual(t, len(r.Text)+len(r.Event)+len(r.Task)+len(r.Flags), len(line))
		if r.Continued {
			require.Equal(t, tracefs.Record{Text: strings.TrimSuffix(string(line), "\n"), Continued: true}, r)
		}
	})
}
