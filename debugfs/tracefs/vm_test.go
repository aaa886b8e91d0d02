// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=../../kmod/reference/sysfs_ex,../../kmod/reference/trace_ex

func TestMain(m *testing.M) {
	kerneltest.Main(m, "ExampleInstance_Pipe", "ExampleFS_AddProbe", "ExampleEvent_SetFilter")
}

func open(t testing.TB) *tracefs.FS {
	t.Helper()
	kerneltest.Require(t, kerneltest.VM)
	f, err := tracefs.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// create makes an instance that is removed when the test ends.
func create(t testing.TB, f *tracefs.FS, name string) *tracefs.Instance {
	t.Helper()
	i, err := f.Create(name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, i.Remove()) })
	return i
}

func TestAnInstanceIsMadeFoundAndRemoved(t *testing.T) {
	f := open(t)
	require.Equal(t, "/sys/kernel/tracing", f.Root())
	a, err := f.Create("a")
	require.NoError(t, err)
	require.Equal(t, "a", a.Name())
	require.Equal(t, f.Root()+"/instances/a", a.Path())

	_, err = f.Create("a")
	require.ErrorIs(t, err, fs.ErrExist)
	var names []string
	for i, err := range f.Instances() {
		require.NoError(t, err)
		names = append(names, i.Name())
	}
	require.Equal(t, []string{"a"}, names)

	again, err := f.OpenInstance("a")
	require.NoError(t, err)
	defer again.Close()
	require.NoError(t, a.Event("sched", "sched_switch").Enable())
	require.NoError(t, a.Remove(), "with an event that is enabled")
	require.ErrorIs(t, a.Close(), fs.ErrClosed)

	require.True(t, again.Gone())
	require.ErrorIs(t, again.Remove(), kernlink.ErrGone)
	_, err = f.OpenInstance("a")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, f.Remove(), fs.ErrInvalid)
	for _, name := range []string{"", ".", "..", "a/b", "a\x00"} {
		_, err := f.Create(name)
		require.ErrorIs(t, err, fs.ErrInvalid, name)
		_, err = f.OpenInstance(name)
		require.ErrorIs(t, err, fs.ErrInvalid, name)
	}
}

// Another one under its name is not it.
func TestAnInstanceThatWasRemovedIsGone(t *testing.T) {
	f := open(t)
	create(t, f, "other")
	old, err := f.Create("mine")
	require.NoError(t, err)
	kept, err := f.OpenInstance("mine")
	require.NoError(t, err)
	defer kept.Close()
	require.NoError(t, old.Remove())
	create(t, f, "mine")

	require.True(t, kept.Gone())
	_, err = attr.Get[bool](kept.File("tracing_on"))
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, kept.Event("sched", "sched_switch").Enable(), kernlink.ErrGone)
	_, err = kept.Pipe()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = kept.Raw(0, nil)
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = kept.Marker()
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = kept.CPUs()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, kept.Clear(), kernlink.ErrGone)
	require.ErrorIs(t, kept.Remove(), kernlink.ErrGone)
	for _, err := range kept.Systems() {
		require.ErrorIs(t, err, kernlink.ErrGone)
	}
}

func TestABusyInstanceSaysWhoHasItOpen(t *testing.T) {
	f := open(t)
	i := create(t, f, "busy")
	for name, file := range map[string]func() (interface{ Close() error }, error){
		"trace_pipe":                  func() (interface{ Close() error }, error) { return i.Pipe() },
		"per_cpu/cpu0/trace_pipe_raw": func() (interface{ Close() error }, error) { return i.Raw(0, nil) },
		"trace_marker":                func() (interface{ Close() error }, error) { return i.Marker() },
		"trace_marker_raw":            func() (interface{ Close() error }, error) { return i.RawMarker() },
	} {
		held, err := file()
		require.NoError(t, err, name)
		err = i.Remove()
		require.ErrorIs(t, err, kernlink.ErrBusy, name)
		require.ErrorIs(t, err, syscall.EBUSY, name)
		require.ErrorContains(t, err, name+" of process "+strconv.Itoa(os.Getpid()))
		require.False(t, i.Gone())
		require.NoError(t, held.Close())
	}
}

func TestTheFilesOfAnInstanceAreAttributes(t *testing.T) {
	f := open(t)
	i := create(t, f, "files")
	require.NoError(t, attr.Set(i.File("tracing_on"), false))
	on, err := attr.Get[bool](i.File("tracing_on"))
	require.NoError(t, err)
	require.False(t, on)
	on, err = attr.Get[bool](f.File("tracing_on"))
	require.NoError(t, err)
	require.True(t, on, "each has its own")

	clock := attr.Of[attr.Selector](i.File("trace_clock"))
	defer clock.Close()
	now, err := clock.Get()
	require.NoError(t, err)
	require.Equal(t, "local", now.Current)
	require.NoError(t, clock.Set(attr.Selector{Current: "mono"}))
	now, err = clock.Get()
	require.NoError(t, err)
	require.Equal(t, "mono", now.Current)

	require.NoError(t, attr.Set(i.File("buffer_size_kb"), 64))
	size, err := attr.Get[int](i.File("buffer_size_kb"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, size, 64)
	kib, err := i.BufferSize()
	require.NoError(t, err)
	require.Equal(t, size, kib)
	kib, err = f.BufferSize()
	require.NoError(t, err)
	require.Greater(t, kib, 1000, "whether it was used before or not")
	require.NoError(t, attr.Set(i.File("per_cpu/cpu1/buffer_size_kb"), 256))
	_, err = i.BufferSize()
	require.ErrorIs(t, err, tracefs.ErrMalformed)
	mask, err := attr.With(i.File("tracing_cpumask"), attr.Mask()).Get()
	require.NoError(t, err)
	cpus, err := i.CPUs()
	require.NoError(t, err)
	require.Equal(t, []int{0, 1}, cpus)
	require.Equal(t, attr.Bits{0, 1}, mask)
	tracer, err := attr.Get[string](i.File("current_tracer"))
	require.NoError(t, err)
	require.Equal(t, "nop", tracer)

	err = attr.Set(i.File("trace_clock"), "sundial")
	require.ErrorIs(t, err, syscall.EINVAL)
	_, err = attr.Get[int](i.File("no_such_file"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
}
