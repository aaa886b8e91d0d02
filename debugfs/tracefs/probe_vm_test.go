// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/kerneltest"
)

// add adds a probe that is removed when the test ends.
func add(t testing.TB, f *tracefs.FS, def tracefs.Definition) *tracefs.Probe {
	t.Helper()
	p, err := f.AddProbe(def)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := p.Remove(); !errors.Is(err, kernlink.ErrGone) {
			require.NoError(t, err)
		}
	})
	return p
}

// The function of the module that is called for each write to its attributes.
func TestAKProbeCountsTheCallsOfAFunctionOfAModule(t *testing.T) {
	f := open(t)
	kerneltest.Load(t, "sysfs_ex", nil)
	i := create(t, f, "kprobe")
	call := add(t, f, tracefs.KProbe{Group: "kernlink", Name: "store", Symbol: "sysfs_ex:my_store", Args: []tracefs.Arg{
		{Name: "buf", Fetch: "+0($arg3)", Type: "string"}, {Name: "count", Fetch: "$arg4"},
	}})
	back := add(t, f, tracefs.KProbe{Group: "kernlink", Name: "stored", Symbol: "sysfs_ex:my_store", Return: true, Args: []tracefs.Arg{
		{Name: "ret", Fetch: "$retval", Type: "s64"},
	}})
	require.Equal(t, "kernlink/store", call.String())
	for _, p := range []*tracefs.Probe{call, back} {
		require.NoError(t, p.In(i).Enable())
	}
	const times = 5
	first := attr.At("/sys/fs/my_test/first", attr.Sysfs)
	for n := range times {
		require.NoError(t, first.Write(fmt.Appendf(nil, "%d", 1000+n)))
	}
	require.ErrorIs(t, first.Write([]byte("many")), syscall.EINVAL)
	for _, p := range []*tracefs.Probe{call, back} {
		require.NoError(t, p.In(i).Disable())
	}
	var stored, returned []string
	for _, r := range records(t, i) {
		_, values, _ := strings.Cut(r.Text, ") ")
		switch r.Event {
		case "store":
			stored = append(stored, values)
		case "stored":
			returned = append(returned, values)
		}
	}
	require.Equal(t, []string{
		`buf="1000" count=0x4`, `buf="1001" count=0x4`, `buf="1002" count=0x4`, `buf="1003" count=0x4`, `buf="1004" count=0x4`, `buf="many" count=0x4`,
	}, stored)
	require.Equal(t, []string{"ret=4", "ret=4", "ret=4", "ret=4", "ret=4", "ret=-22"}, returned)
}

func TestAProbeThatIsRefusedSaysWhy(t *testing.T) {
	f := open(t)
	for _, tt := range []struct {
		def    tracefs.Definition
		errno  syscall.Errno // 0: another one on another kernel
		text   string
		column string // what the caret points at
	}{
		{tracefs.KProbe{Name: "a", Symbol: "no_such_function"}, 0, "Invalid probed address or symbol", "no_such_function"},
		{tracefs.KProbe{Name: "a", Symbol: "do_sys_openat2", Offset: 1}, syscall.EILSEQ, "Probe point is not an instruction boundary", "do_sys_openat2+1"},
		{tracefs.KProbe{Name: "a", Symbol: "do_sys_openat2", Args: []tracefs.Arg{{Name: "x", Fetch: "%zz"}}}, syscall.EINVAL, "Invalid register name", "%zz"},
		{tracefs.KProbe{Name: "a", Symbol: "do_sys_openat2", Args: []tracefs.Arg{{Name: "x", Fetch: "%ax", Type: "florin"}}}, syscall.EINVAL, "", ""},
		{tracefs.UProbe{Name: "a", Path: "/no/such/file", Offset: 16}, syscall.ENOENT, "", ""},
	} {
		_, err := f.AddProbe(tt.def)
		if tt.errno != 0 {
			require.ErrorIs(t, err, tt.errno, "%v", err)
		}
		log, ok := errors.AsType[*tracefs.LogError](err)
		require.True(t, ok, "%v", err)
		if tt.text != "" {
			require.Equal(t, tt.text, log.Text)
		}
		require.True(t, strings.HasPrefix(log.Command[log.Column:], tt.column), log.Caret())
		command, err := tt.def.Command()
		require.NoError(t, err)
		require.Equal(t, command, log.Command)
	}
}

// The mistake that this package is made to avoid: whoever opens the file with
// O_TRUNC, as os.WriteFile and a shell's > do, removes everybody's probes.
func TestAnothersProbeSurvives(t *testing.T) {
	f := open(t)
	const others = "p:others/one vfs_read\n"
	require.NoError(t, f.File("kprobe_events").Write([]byte(others)))
	t.Cleanup(func() { require.NoError(t, f.File("kprobe_events").Write([]byte("-:others/one\n"))) })
	mine := add(t, f, tracefs.KProbe{Name: "mine", Symbol: "vfs_write"})

	listed := func() (all []string) {
		for p, err := range f.Probes() {
			require.NoError(t, err)
			all = append(all, p.String())
		}
		return all
	}
	require.Equal(t, []string{"others/one", "kprobes/mine"}, listed())
	require.NoError(t, mine.Remove())
	require.Equal(t, []string{"others/one"}, listed())
	require.ErrorIs(t, mine.Remove(), kernlink.ErrGone)
	_, err := mine.Event().Enabled()
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// The kernel itself makes one event of two probes of the same name: what is
// removed then is both.
func TestAProbeDoesNotJoinAnothersEvent(t *testing.T) {
	f := open(t)
	add(t, f, tracefs.KProbe{Name: "taken", Symbol: "vfs_read"})
	_, err := f.AddProbe(tracefs.KProbe{Name: "taken", Symbol: "vfs_write"})
	require.ErrorIs(t, err, fs.ErrExist)
	require.ErrorContains(t, err, "choose another name")
	_, err = f.AddProbe(tracefs.KProbe{Group: "sched", Name: "sched_switch", Symbol: "vfs_write"})
	require.ErrorIs(t, err, fs.ErrExist, "an event of the kernel's own")
}

func TestABusyProbeSaysWhereItIsEnabled(t *testing.T) {
	f := open(t)
	i := create(t, f, "holder")
	p := add(t, f, tracefs.KProbe{Name: "busy", Symbol: "vfs_read"})
	require.NoError(t, p.In(i).Enable())
	err := p.Remove()
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorContains(t, err, "enabled in instance holder")
	require.NoError(t, p.In(i).Disable())
}

// A handle is the probe's, not its name's.
func TestAProbeUnderTheSameNameIsAnother(t *testing.T) {
	f := open(t)
	old := add(t, f, tracefs.KProbe{Name: "again", Symbol: "vfs_read"})
	require.NoError(t, f.File("kprobe_events").Write([]byte("-:kprobes/again\n")))
	now := add(t, f, tracefs.KProbe{Name: "again", Symbol: "vfs_write"})
	require.ErrorIs(t, old.Remove(), kernlink.ErrGone)
	_, err := now.Event().Enabled()
	require.NoError(t, err, "it is still there")
}

// What the kernel lists is what was added, but for an address.
func TestProbesAreListedAsTheyWereAdded(t *testing.T) {
	f := open(t)
	exe, err := os.Executable()
	require.NoError(t, err)
	defs := []tracefs.Definition{
		tracefs.KProbe{Group: "kprobes", Name: "k1", Symbol: "vfs_read", Args: []tracefs.Arg{
			{Name: "file", Fetch: "$arg1", Type: "x64"}, {Name: "comm", Fetch: "$comm", Type: "string"},
		}},
		tracefs.KProbe{Group: "kprobes", Name: "k2", Symbol: "vfs_read", Return: true, MaxActive: 20, Args: []tracefs.Arg{{Name: "n", Fetch: "$retval"}}},
		tracefs.UProbe{Group: "uprobes", Name: "u1", Path: exe, Offset: 0x1000},
		tracefs.UProbe{Group: "uprobes", Name: "u2", Path: exe, Offset: 0x1100, RefCtrOffset: 0x2000, Return: true},
	}
	for _, def := range defs {
		add(t, f, def)
	}
	var listed []tracefs.Definition
	for p, err := range f.Probes() {
		require.NoError(t, err)
		listed = append(listed, p.Definition())
	}
	require.Equal(t, defs, listed)
}

// A probe does not hold the module that it is in, and is there after it.
func TestAProbeOutlivesItsModule(t *testing.T) {
	f := open(t)
	i := create(t, f, "outlives")
	var p *tracefs.Probe
	t.Run("while it is loaded", func(t *testing.T) {
		kerneltest.Load(t, "sysfs_ex", nil)
		var err error
		p, err = f.AddProbe(tracefs.KProbe{Group: "kernlink", Name: "store", Symbol: "sysfs_ex:my_store"})
		require.NoError(t, err)
		require.NoError(t, p.In(i).Enable())
	}) // here it is unloaded
	on, err := p.In(i).Enabled()
	require.NoError(t, err)
	require.True(t, on)
	require.ErrorIs(t, p.Remove(), kernlink.ErrBusy)
	require.NoError(t, p.In(i).Disable())
	require.NoError(t, p.Remove())
}

//go:noinline
func stepOn(n int) int { return n*3 + 1 }

// offsetOf is where in an ELF file an address of its program is.
func offsetOf(t testing.TB, file string, address uint64) uint64 {
	t.Helper()
	e, err := elf.Open(file)
	require.NoError(t, err)
	defer e.Close()
	for _, p := range e.Progs {
		if p.Type == elf.PT_LOAD && p.Vaddr <= address && address < p.Vaddr+p.Filesz {
			return address - p.Vaddr + p.Off
		}
	}
	t.Fatalf("nothing at %#x in %s", address, file)
	return 0
}

func TestAUProbeCountsTheCallsOfAFunctionOfThisProgram(t *testing.T) {
	f := open(t)
	i := create(t, f, "uprobe")
	exe, err := os.Executable()
	require.NoError(t, err)
	step := uint64(reflect.ValueOf(stepOn).Pointer())
	p := add(t, f, tracefs.UProbe{
		Group: "kernlink", Name: "step", Path: exe, Offset: offsetOf(t, exe, step),
		Args: []tracefs.Arg{{Name: "n", Fetch: "%ax", Type: "s64"}}, // Go's first argument on amd64
	})
	require.NoError(t, p.In(i).Enable())
	const times = 7
	for n := range times {
		require.Equal(t, n*3+1, stepOn(n))
	}
	require.NoError(t, p.In(i).Disable())
	all := records(t, i)
	require.Len(t, all, times)
	for n, r := range all {
		require.Equal(t, "step", r.Event)
		require.Contains(t, r.Text, fmt.Sprintf(" n=%d", n))
	}
}
