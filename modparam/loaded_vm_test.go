// SPDX-License-Identifier: Apache-2.0

//go:build linux

package modparam_test

import (
	"io/fs"
	"math"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/modparam"
)

func open(t testing.TB) *modparam.FS {
	t.Helper()
	m, err := modparam.Open(nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

// keeps stores each value and reads it back.
func keeps[T any](t testing.TB, file attr.File, values ...T) {
	t.Helper()
	v := attr.Of[T](file)
	defer v.Close()
	for _, want := range values {
		require.NoError(t, attr.Set(file, want))
		got, err := v.Get()
		require.NoError(t, err)
		require.Equal(t, want, got, file.Name())
	}
}

func raw(t testing.TB, file attr.File) string {
	t.Helper()
	b, err := file.Read()
	require.NoError(t, err)
	return string(b)
}

func TestWordsOfALoadedModuleAreAList(t *testing.T) {
	kerneltest.Load(t, "echo", map[string]any{"cnt": 2, "args": []string{"a", "b"}})
	m := open(t)
	words, err := attr.Get[[]string](m.Param("echo", "args"))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, words)
	keeps(t, m.Param("echo", "args"), []string{"x", "two words", `"z"`}, []string{"one"})

	require.Equal(t, []string{"args"}, names(t, m, "echo"), "cnt has no file")
	_, err = attr.Get[int](m.Param("echo", "cnt"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, attr.Set(m.Param("echo", "cnt"), 1), fs.ErrNotExist)

	var modules []string
	for name, err := range m.Modules() {
		require.NoError(t, err)
		modules = append(modules, name)
	}
	require.Contains(t, modules, "echo")
	require.Contains(t, modules, "printk", "built in")
}

func TestEveryTypeOfParameterKeepsWhatIsSet(t *testing.T) {
	kerneltest.Load(t, "params", nil)
	m := open(t)
	file := func(name string) attr.File { return m.Param("params", name) }
	keeps(t, file("bool"), true, false)
	keeps(t, file("invbool"), true, false)
	keeps(t, file("bint"), true, false)
	keeps[uint8](t, file("byte"), 0, math.MaxUint8)
	keeps[int16](t, file("short"), math.MinInt16, math.MaxInt16)
	keeps[uint16](t, file("ushort"), 0, math.MaxUint16)
	keeps[int32](t, file("int"), math.MinInt32, math.MaxInt32)
	keeps[uint32](t, file("uint"), 0, math.MaxUint32)
	keeps(t, file("long"), math.MinInt, math.MaxInt)
	keeps[uint](t, file("ulong"), 0, math.MaxUint)
	keeps[uint64](t, file("ullong"), 0, math.MaxUint64)
	keeps[uint32](t, file("hexint"), 0, math.MaxUint32)
	keeps(t, file("charp"), "word", "two words", `say "hello"`, "")
	keeps(t, file("string"), "word", "two words", "fifteen letters")
	keeps(t, file("ints"), []int32{math.MinInt32, 0, math.MaxInt32}, []int32{1}, []int32{1, 2, 3, 4})
	keeps(t, file("level"), 0, 100)

	require.Equal(t, []string{
		"bint", "bool", "byte", "charp", "fixed", "hexint", "int", "ints", "invbool",
		"level", "long", "short", "string", "uint", "ullong", "ulong", "ushort",
	}, names(t, m, "params"), "all that have a file")
}

func TestAValueThatTheTypeCannotHoldIsNamedInTheError(t *testing.T) {
	kerneltest.Load(t, "params", nil)
	m := open(t)
	for _, c := range []struct {
		param, value string
		want         error
	}{
		{"byte", "256", syscall.ERANGE},
		{"short", "40000", syscall.ERANGE},
		{"uint", "-1", syscall.EINVAL},
		{"bool", "perhaps", syscall.EINVAL},
		{"level", "102", syscall.ERANGE},
		{"level", "13", syscall.EINVAL},
		{"ints", "1,2,3,4,5", syscall.EINVAL},
	} {
		file := m.Param("params", c.param)
		before := raw(t, file)
		err := attr.Set(file, c.value)
		require.ErrorIs(t, err, c.want, c.param)
		require.ErrorContains(t, err, file.Path())
		require.ErrorContains(t, err, `"`+c.value+`"`)
		if c.param != "ints" {
			require.Equal(t, before, raw(t, file))
		}
	}
}

func TestElementsBeforeTheRefusedOneAreStored(t *testing.T) {
	kerneltest.Load(t, "params", map[string]any{"ints": []int{1, 2}})
	ints := open(t).Param("params", "ints")
	require.ErrorIs(t, attr.Set(ints, []string{"7", "x"}), syscall.EINVAL)
	require.Equal(t, "7\n", raw(t, ints), "and they are all it has then")
}

func TestAParameterForTheLoaderAloneIsReadOnly(t *testing.T) {
	kerneltest.Load(t, "params", map[string]any{"fixed": 8})
	m := open(t)
	n, err := attr.Get[int](m.Param("params", "fixed"))
	require.NoError(t, err)
	require.Equal(t, 8, n)
	require.ErrorIs(t, attr.Set(m.Param("params", "fixed"), 9), kernlink.ErrReadOnly)
	_, err = attr.Get[int](m.Param("params", "secret"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestATextParameterKeepsTheNewlineOfEchoAndGetsNoneOfOurs(t *testing.T) {
	kerneltest.Load(t, "params", nil)
	charp := open(t).Param("params", "charp")
	require.NoError(t, charp.Write([]byte("word\n")), "as echo writes")
	require.Equal(t, "word\n\n", raw(t, charp))
	text, err := attr.Get[string](charp)
	require.NoError(t, err)
	require.Equal(t, "word", text)

	require.NoError(t, attr.Set(charp, "word"))
	require.Equal(t, "word\n", raw(t, charp))

	// The kernel does not look at a write of nothing, so this is as near as
	// it gets to an empty text.
	require.NoError(t, attr.Set(charp, ""))
	require.Equal(t, "\n\n", raw(t, charp))
	text, err = attr.Get[string](charp)
	require.NoError(t, err)
	require.Empty(t, text)
}

func TestAnOpenParameterIsGoneWithItsModule(t *testing.T) {
	mod := kerneltest.Load(t, "params", nil)
	m := open(t)
	value := attr.Of[int](m.Param("params", "int"))
	defer value.Close()
	require.NoError(t, value.Set(5))
	n, err := value.Get()
	require.NoError(t, err)
	require.Equal(t, 5, n)

	require.NoError(t, mod.Remove(t.Context()))
	_, err = value.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, value.Set(6), kernlink.ErrGone)
	_, err = attr.Get[int](m.Param("params", "int"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, failure(t, m, "params"), fs.ErrNotExist)
}
