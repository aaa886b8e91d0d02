// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func FuzzParseSmapsRollup(f *testing.F) {
	seed(f, "sleep.smaps_rollup")
	used := SmapsRollup{Locked: 7, has: 1 << SmapsLocked}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r SmapsRollup
		err := ParseSmapsRollup(b, &r)
		if again := ParseSmapsRollup(b, &used); (again == nil) != (err == nil) || err == nil && r != used {
			t.Fatal("the struct of before shows")
		}
		if refused(t, err) {
			return
		}
		for field := range smapsFields {
			if !r.Has(field) && *r.field(field) != 0 {
				t.Fatal("a field that was not printed")
			}
		}
	})
}

func FuzzParseSchedstat(f *testing.F) {
	seed(f, "busy.schedstat")
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Schedstat
		if !refused(t, ParseSchedstat(b, &s)) && (s.Run < 0 || s.Wait < 0) {
			t.Fatal("less than nothing")
		}
	})
}

func FuzzParseCgroups(f *testing.F) {
	seed(f, "v1.cgroup")
	f.Add([]byte("0::/user.slice/user-0.slice/session-1.scope (deleted)\n"))
	var used []Cgroup
	f.Fuzz(func(t *testing.T, b []byte) {
		var all []Cgroup
		err := ParseCgroups(b, &all)
		if again := ParseCgroups(b, &used); (again == nil) != (err == nil) {
			t.Fatal(err, again)
		}
		if refused(t, err) {
			return
		}
		same := slices.EqualFunc(all, used, func(a, b Cgroup) bool {
			return a.Hierarchy == b.Hierarchy && bytes.Equal(a.Controllers, b.Controllers) && bytes.Equal(a.Path, b.Path)
		})
		if !same {
			t.Fatal("the memory of before shows")
		}
		for _, c := range all {
			if c.Path[0] != '/' || !bytes.Contains(b, c.Path) {
				t.Fatalf("%q", c.Path)
			}
		}
	})
}

func FuzzParseEnviron(f *testing.F) {
	f.Add([]byte("HOME=/root\x00TERM=linux\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if joined := strings.Join(ParseEnviron(b), "\x00"); joined != string(bytes.TrimSuffix(b, []byte{0})) {
			t.Fatalf("%q", joined)
		}
	})
}

func FuzzParseWChan(f *testing.F) {
	f.Add([]byte("do_wait"))
	f.Add([]byte("0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if name := ParseWChan(b); !bytes.Contains(b, []byte(name)) {
			t.Fatalf("%q", name)
		}
	})
}

// A namespace that is accepted is written as it was read, but for zeros before
// the number.
func FuzzParseNamespace(f *testing.F) {
	f.Add([]byte("net:[4026531840]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := ParseNamespace(b)
		if refused(t, err) {
			return
		}
		again, err := ParseNamespace([]byte(n.String()))
		if err != nil || again != n {
			t.Fatal(n, again, err)
		}
	})
}

func FuzzParseFrame(f *testing.F) {
	for line := range bytes.Lines(capture(f, "sleep.stack")) {
		f.Add(line)
	}
	f.Add([]byte("[<0>] nfs_wait+0x1/0x40 [nfs]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ParseFrame(b)
		if !refused(t, err) && (frame.Function == "" || frame.Offset > frame.Size) {
			t.Fatal(frame)
		}
	})
}

func FuzzParseSched(f *testing.F) {
	seed(f, "sleep.sched")
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		s, err := ParseSched(b)
		if !bytes.Equal(b, before) {
			t.Fatal("it writes into what it was given")
		}
		if !refused(t, err) && len(s) > len(b) {
			t.Fatal("more values than bytes")
		}
	})
}

func FuzzParseFDInfo(f *testing.F) {
	seed(f, "epoll.fdinfo", "eventfd.fdinfo", "inotify.fdinfo", "lock.fdinfo", "pidfd.fdinfo", "timer.fdinfo")
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		info, err := ParseFDInfo(b)
		if !bytes.Equal(b, before) {
			t.Fatal("it writes into what it was given")
		}
		if refused(t, err) {
			return
		}
		if len(info.Epoll)+len(info.Inotify) > len(info.Lines) || len(info.Lines) > bytes.Count(b, []byte("\n"))+1 {
			t.Fatal("more than there are lines")
		}
	})
}
