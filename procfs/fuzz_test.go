// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func seed(f *testing.F, names ...string) {
	for _, name := range names {
		f.Add(capture(f, name))
	}
}

func refused(t *testing.T, err error) bool {
	if err != nil && !errors.Is(err, ErrMalformed) {
		t.Fatalf("%v is not ErrMalformed", err)
	}
	return err != nil
}

// What is accepted is the same as strconv reads it, and a struct that was used
// before makes no difference.
func FuzzParseStat(f *testing.F) {
	seed(f, "sleep.stat", "kthread.stat", "zombie.stat", "odd.stat")
	used := Stat{}
	f.Fuzz(func(t *testing.T, b []byte) {
		var st Stat
		err := ParseStat(b, &st)
		if again := ParseStat(b, &used); (again == nil) != (err == nil) {
			t.Fatal(err, again)
		}
		if refused(t, err) {
			return
		}
		if st.Comm.String() != used.Comm.String() || st.StartTime != used.StartTime || st.ExitCode != used.ExitCode {
			t.Fatal("the struct of before shows")
		}
		end := bytes.LastIndexByte(b, ')')
		fields := strings.FieldsFunc(string(b[end+1:]), func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' })
		start, err := strconv.ParseUint(fields[19], 10, 64)
		if err != nil || start != st.StartTime {
			t.Fatal(start, st.StartTime, err)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	seed(f, "sleep.status", "kthread.status", "zombie.status", "odd.status")
	f.Add([]byte("Name:\t\\n\\\\\\\nPid:\t1\nGroups:\t1 2 3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Status
		if refused(t, ParseStatus(b, &s)) {
			return
		}
		if !s.Has(StatusPID) || !s.Has(StatusVmRSS) && s.VmRSS != 0 {
			t.Fatal("a field that was not printed")
		}
	})
}

func FuzzParseStatm(f *testing.F) {
	seed(f, "sleep.statm", "zombie.statm")
	f.Fuzz(func(t *testing.T, b []byte) { refused(t, ParseStatm(b, new(Statm))) })
}

func FuzzParseIO(f *testing.F) {
	seed(f, "sleep.io")
	f.Fuzz(func(t *testing.T, b []byte) { refused(t, ParseIO(b, new(IO))) })
}

func FuzzParseLimits(f *testing.F) {
	seed(f, "sleep.limits")
	f.Fuzz(func(t *testing.T, b []byte) { refused(t, ParseLimits(b, new(Limits))) })
}

func FuzzParseMap(f *testing.F) {
	for line := range bytes.Lines(capture(f, "sleep.maps")) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMap(b)
		if !refused(t, err) && !bytes.Contains(b, m.Path) {
			t.Fatal("a path that is not in the line")
		}
	})
}

func FuzzParseCmdline(f *testing.F) {
	seed(f, "sleep.cmdline")
	var dst []Text
	f.Fuzz(func(t *testing.T, b []byte) {
		args := ParseCmdline(b)
		joined := strings.Join(args, "\x00")
		if joined != string(bytes.TrimSuffix(b, []byte{0})) {
			t.Fatalf("%q", joined)
		}
		dst = arguments(dst, b)
		if !slices.EqualFunc(args, dst, func(s string, b Text) bool { return s == string(b) }) {
			t.Fatalf("%q, and into memory %q", args, dst)
		}
	})
}
