// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

func TestProbesAreWrittenAsTheKernelReadsThem(t *testing.T) {
	for want, def := range map[string]tracefs.Definition{
		"p:kprobes/a vfs_read":                tracefs.KProbe{Name: "a", Symbol: "vfs_read"},
		"p:g/a vfs_read+16 n=$arg3 $arg2:x64": tracefs.KProbe{Group: "g", Name: "a", Symbol: "vfs_read", Offset: 16, Args: []tracefs.Arg{{Name: "n", Fetch: "$arg3"}, {Fetch: "$arg2", Type: "x64"}}},
		"r:kprobes/a mod:f ret=$retval:s32":   tracefs.KProbe{Name: "a", Symbol: "mod:f", Return: true, Args: []tracefs.Arg{{Name: "ret", Fetch: "$retval", Type: "s32"}}},
		"r20:kprobes/a f.isra.0":              tracefs.KProbe{Name: "a", Symbol: "f.isra.0", Return: true, MaxActive: 20},
		"p:kprobes/a 0xffffffff81000000":      tracefs.KProbe{Name: "a", Address: 0xffffffff81000000},
		"p:uprobes/a /bin/a:b:0x10":           tracefs.UProbe{Name: "a", Path: "/bin/a:b", Offset: 16},
		"r:uprobes/a /bin/sh:0x0(0x20) b=+0(%di):string[3]": tracefs.UProbe{
			Name: "a", Path: "/bin/sh", RefCtrOffset: 32, Return: true, Args: []tracefs.Arg{{Name: "b", Fetch: "+0(%di)", Type: "string[3]"}}},
	} {
		got, err := def.Command()
		require.NoError(t, err, want)
		require.Equal(t, want, got)
		read, err := tracefs.ParseProbe([]byte(got + "\n"))
		require.NoError(t, err, want)
		again, err := read.Command()
		require.NoError(t, err)
		require.Equal(t, want, again)
	}
}

// What would end a word or a command, and what would lead to another place.
func TestWhatTheKernelWouldTakeForSomethingElseIsRefused(t *testing.T) {
	arg := func(a tracefs.Arg) tracefs.KProbe {
		return tracefs.KProbe{Name: "a", Symbol: "f", Args: []tracefs.Arg{a}}
	}
	for _, def := range []tracefs.Definition{
		tracefs.KProbe{Name: "a"},
		tracefs.KProbe{Symbol: "f"},
		tracefs.KProbe{Name: "a", Symbol: "f", Address: 1},
		tracefs.KProbe{Name: "a", Address: 1, Offset: 1},
		tracefs.KProbe{Name: "a", Symbol: "f\n-:others/probe"},
		tracefs.KProbe{Name: "a", Symbol: "f x=%ax"},
		tracefs.KProbe{Name: "a", Symbol: "f#"},
		tracefs.KProbe{Name: "a", Symbol: "f+4"},
		tracefs.KProbe{Name: "a", Symbol: "/bin/sh:0x10"},
		tracefs.KProbe{Name: "a", Symbol: "0x1234"},
		tracefs.KProbe{Name: "a b", Symbol: "f"},
		tracefs.KProbe{Name: "9a", Symbol: "f"},
		tracefs.KProbe{Name: "../a", Symbol: "f"},
		tracefs.KProbe{Group: "g/h", Name: "a", Symbol: "f"},
		tracefs.KProbe{Name: strings.Repeat("a", 64), Symbol: "f"},
		tracefs.KProbe{Name: "a", Symbol: "f", MaxActive: 1},
		tracefs.KProbe{Name: "a", Symbol: "f", Return: true, MaxActive: -1},
		tracefs.KProbe{Name: "a", Symbol: "f", Args: make([]tracefs.Arg, 1)},
		arg(tracefs.Arg{Name: "x y", Fetch: "%ax"}),
		arg(tracefs.Arg{Name: "x", Fetch: "%ax y=%bx"}),
		arg(tracefs.Arg{Name: "x", Fetch: "%ax#"}),
		arg(tracefs.Arg{Fetch: "x=%ax"}),
		arg(tracefs.Arg{Name: "x", Fetch: "%ax", Type: "u32 y=%bx"}),
		arg(tracefs.Arg{Name: "x", Fetch: "%ax", Type: ":"}),
		arg(tracefs.Arg{Name: "x", Fetch: strings.Repeat("x", 4096)}),
		tracefs.UProbe{Name: "a"},
		tracefs.UProbe{Name: "a", Path: "bin/sh"},
		tracefs.UProbe{Name: "a", Path: "/bin/my sh"},
		tracefs.UProbe{Name: "a", Path: "/bin/sh#1"},
		tracefs.UProbe{Name: "a", Path: "/bin/sh\n"},
		tracefs.UProbe{Path: "/bin/sh"},
	} {
		_, err := def.Command()
		require.ErrorIs(t, err, fs.ErrInvalid, "%+v", def)
	}
}

func TestListedProbesAreRead(t *testing.T) {
	for line, want := range map[string]tracefs.Definition{
		"p:foo/bar do_sys_openat2 path=+0($arg2):ustring": tracefs.KProbe{Group: "foo", Name: "bar", Symbol: "do_sys_openat2", Args: []tracefs.Arg{{Name: "path", Fetch: "+0($arg2)", Type: "ustring"}}},
		"r8:foo/ret vfs_read ret=$retval":                 tracefs.KProbe{Group: "foo", Name: "ret", Symbol: "vfs_read", Return: true, MaxActive: 8, Args: []tracefs.Arg{{Name: "ret", Fetch: "$retval"}}},
		"p:foo/adr 0x00000000623144d1":                    tracefs.KProbe{Group: "foo", Name: "adr", Address: 0x623144d1},
		"p:foo/adr (____ptrval____)":                      tracefs.KProbe{Group: "foo", Name: "adr"},
		"p:foo/b f+10 a=b4@2/32":                          tracefs.KProbe{Group: "foo", Name: "b", Symbol: "f", Offset: 10, Args: []tracefs.Arg{{Name: "a", Fetch: "b4@2/32"}}},
		"p:foo/usr /bin/busybox:0x0000000000001000(0x2000) a=%di": tracefs.UProbe{
			Group: "foo", Name: "usr", Path: "/bin/busybox", Offset: 0x1000, RefCtrOffset: 0x2000, Args: []tracefs.Arg{{Name: "a", Fetch: "%di"}}},
	} {
		got, err := tracefs.ParseProbe([]byte(line))
		require.NoError(t, err, line)
		require.Equal(t, want, got)
	}
	for _, line := range []string{
		"", "p:foo/bar", "p:foo f", "p f", "x:foo/bar f", "e:foo/bar sched.sched_switch", "rx:foo/bar f", "p:/bar f", ":foo/bar f",
		"p:foo/bar 0xzz", "p:foo/bar f+x", "p:foo/bar /bin/sh", "p:foo/bar /bin/sh:x", "p:foo/bar /bin/sh:1(2", "p:foo/bar /bin/sh:1(x)", "r3:foo/bar /bin/sh:1",
	} {
		_, err := tracefs.ParseProbe([]byte(line))
		require.ErrorIs(t, err, tracefs.ErrMalformed, "%q", line)
	}
}

func FuzzParseProbe(f *testing.F) {
	for _, line := range []string{
		"p:foo/bar do_sys_openat2 path=+0($arg2):ustring", "r8:foo/ret vfs_read ret=$retval", "p:foo/adr 0x00000000623144d1",
		"p:foo/usr /bin/busybox:0x0000000000001000(0x2000) a=%di", "p:a/b f+1 x=b4@2/32",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		def, err := tracefs.ParseProbe(line)
		if err != nil {
			return
		}
		command, err := def.Command()
		if err != nil {
			return // an address that the kernel hides
		}
		require.NotContains(t, command, "\n")
		again, err := tracefs.ParseProbe([]byte(command))
		require.NoError(t, err, command)
		require.Equal(t, def, again)
	})
}
