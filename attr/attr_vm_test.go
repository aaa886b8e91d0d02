// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=../kmod/reference/echo,../kmod/reference/params

func TestMain(m *testing.M) { kerneltest.Main(m) }

// The host name is a sysctl that notifies by POLLPRI: nobody's interval is
// needed, and the wait ends by the kernel's word alone.
func TestAWatchIsWokenByTheKernel(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	file := attr.At("/proc/sys/kernel/hostname", attr.Sysctl)
	before, err := attr.Get[string](file)
	require.NoError(t, err)
	defer attr.Set(file, before)
	name := attr.Of[string](file)
	defer name.Close()
	names := []string{"one", "two", "three"}
	var seen []string
	for s, err := range name.Watch(t.Context(), nil) {
		require.NoError(t, err)
		seen = append(seen, s)
		if len(seen) > len(names) {
			break
		}
		require.NoError(t, name.Set(names[len(seen)-1]))
	}
	require.Equal(t, append([]string{before}, names...), seen)
}

// A second write on one descriptor is dropped by a sysctl without a word when
// it goes where the first ended.
func TestASysctlTakesEachOfManyWritesOnOneDescriptor(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	v := attr.Of[[2]int](attr.At("/proc/sys/net/ipv4/ip_local_port_range", attr.Sysctl))
	defer v.Close()
	before, err := v.Get()
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Set(before)) }()
	for i := range 3 {
		want := [2]int{40000 + 2*i, 50001}
		require.NoError(t, v.Set(want))
		got, err := v.Get()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	err = v.Set([2]int{5, 100000})
	require.ErrorIs(t, err, syscall.EINVAL)
	require.ErrorContains(t, err, `"5 100000"`)
}

func TestAStringParameterGetsNoNewlineOfOurs(t *testing.T) {
	mod := kerneltest.Load(t, "echo", map[string]any{"cnt": 2, "args": []string{"a", "b"}})
	require.NotNil(t, mod)
	file := attr.At("/sys/module/echo/parameters/args", attr.Param)
	words, err := attr.Get[[]string](file)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, words)
	require.NoError(t, attr.Set(file, []string{"x", "y", "z"}))
	raw, err := file.Read()
	require.NoError(t, err)
	require.Equal(t, "x,y,z\n", string(raw))

	require.NoError(t, file.Write([]byte("x\n")), "as echo writes")
	raw, err = file.Read()
	require.NoError(t, err)
	require.Equal(t, "x\n\n", string(raw), "the kernel keeps it")
	words, err = attr.Get[[]string](file)
	require.NoError(t, err)
	require.Equal(t, []string{"x"}, words)
}

func TestAParameterOfAnUnloadedModuleIsGoneAndComesBackWithIt(t *testing.T) {
	mod := kerneltest.Load(t, "echo", map[string]any{"cnt": 1, "args": []string{"a"}})
	value := attr.Of[string](attr.At("/sys/module/echo/parameters/args", attr.Param))
	defer value.Close()
	dir, err := attr.OpenDir("/sys/module/echo/parameters", attr.Param)
	require.NoError(t, err)
	defer dir.Close()
	held := attr.Of[string](dir.File("args"))
	defer held.Close()
	for _, v := range []*attr.Value[string]{value, held} {
		got, err := v.Get()
		require.NoError(t, err)
		require.Equal(t, "a", got)
	}
	require.False(t, dir.Gone())
	require.NoError(t, mod.Remove(t.Context()))
	require.True(t, dir.Gone())
	for _, v := range []*attr.Value[string]{value, held} {
		for _, want := range []error{syscall.ENODEV, syscall.ENOENT} { // the kept file, and looking again
			_, err := v.Get()
			require.ErrorIs(t, err, kernlink.ErrGone)
			require.ErrorIs(t, err, want)
		}
	}
	_, err = attr.Get[string](dir.File("args"))
	require.ErrorIs(t, err, kernlink.ErrGone)
	_, err = attr.Get[string](value.File())
	require.ErrorIs(t, err, fs.ErrNotExist)

	kerneltest.Load(t, "echo", map[string]any{"cnt": 1, "args": []string{"again"}})
	got, err := value.Get()
	require.NoError(t, err, "named by its path, it is there again")
	require.Equal(t, "again", got)
	_, err = held.Get()
	require.ErrorIs(t, err, kernlink.ErrGone, "named by its folder, it is another one")
}

// The kernel wakes nobody when it removes a file; the watch looks.
func TestAWatchEndsWhenTheModuleIsUnloaded(t *testing.T) {
	mod := kerneltest.Load(t, "echo", map[string]any{"cnt": 1, "args": []string{"a"}})
	value := attr.Of[string](attr.At("/sys/module/echo/parameters/args", attr.Param))
	defer value.Close()
	turns := 0
	for _, err := range value.Watch(t.Context(), nil) {
		if turns++; turns == 1 {
			require.NoError(t, err)
			require.NoError(t, mod.Remove(t.Context()))
			continue
		}
		require.True(t, errors.Is(err, kernlink.ErrGone), "%v", err)
	}
	require.Equal(t, 2, turns)
}
