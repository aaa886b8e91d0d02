// SPDX-License-Identifier: Apache-2.0

//go:build linux

package modparam_test

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

// The kernel stores each element as it comes, until one is too many.
func TestAnArrayThatIsTooLongHasStoredWhatItHolds(t *testing.T) {
	kerneltest.Load(t, "params", map[string]any{"ints": []int{7}})
	ints := open(t).Param("params", "ints")
	err := attr.Set(ints, []int{1, 2, 3, 4, 5})
	require.ErrorIs(t, err, syscall.EINVAL)
	require.ErrorContains(t, err, `"1,2,3,4,5"`)
	require.Equal(t, "1,2,3,4\n", raw(t, ints))
}

// Neither is cut: a buffer in the module, and the kernel's own limit.
func TestATextThatIsTooLongIsRefused(t *testing.T) {
	kerneltest.Load(t, "params", nil)
	m := open(t)
	for name, most := range map[string]int{"string": 15, "charp": 1024} {
		file := m.Param("params", name)
		kept := attr.Of[string](file)
		defer kept.Close()
		good := strings.Repeat("x", most)
		require.NoError(t, kept.Set(good))
		for _, err := range []error{kept.Set(good + "y"), attr.Set(file, good+"y")} {
			require.ErrorIs(t, err, syscall.ENOSPC, name)
			require.NotErrorIs(t, err, kernlink.ErrGone, name)
		}
		got, err := kept.Get()
		require.NoError(t, err)
		require.Equal(t, good, got)

		// More than a write carries does not get as far as the kernel.
		err = kept.Set(strings.Repeat("z", 4097))
		require.ErrorIs(t, err, fs.ErrInvalid)
		require.Equal(t, good+"\n", raw(t, file))
	}
}

// With O_CREAT the kernel would say EACCES.
func TestAParameterThatIsNotThereIsNotForbidden(t *testing.T) {
	kerneltest.Load(t, "params", nil)
	m := open(t)
	for _, file := range []attr.File{m.Param("params", "no_such"), m.Param("no_such", "int"), m.Param("params", "secret")} {
		_, err := attr.Get[int](file)
		for _, err := range []error{err, attr.Set(file, 1)} {
			require.ErrorIs(t, err, fs.ErrNotExist, file.Path())
			require.NotErrorIs(t, err, kernlink.ErrRestricted, file.Path())
			require.NotErrorIs(t, err, kernlink.ErrGone, file.Path())
		}
	}
}

// On the command line of the loader a quote begins words; in a file it is one
// character of the text, and echo's newline is another.
func TestAFileTakesQuotesAsTheyAre(t *testing.T) {
	kerneltest.Load(t, "params", `charp="two words"`)
	charp := open(t).Param("params", "charp")
	require.Equal(t, "two words\n", raw(t, charp))
	require.NoError(t, attr.Set(charp, `"two words"`))
	require.Equal(t, `"two words"`+"\n", raw(t, charp))
	require.NoError(t, attr.Set(charp, "one\ntwo\n"))
	require.Equal(t, "one\ntwo\n\n", raw(t, charp))
	text, err := attr.Get[string](charp)
	require.NoError(t, err)
	require.Equal(t, "one\ntwo", text)
}

// A bool is shown as Y or N, an inverted one the wrong way round, and each is
// written in any of the kernel's forms.
func TestABoolIsShownAsALetter(t *testing.T) {
	kerneltest.Load(t, "params", nil)
	m := open(t)
	for name, want := range map[string]string{"bool": "Y\n", "invbool": "Y\n"} {
		file := m.Param("params", name)
		for _, form := range []string{"1", "y", "Y", "on", "1\n"} {
			require.NoError(t, attr.Set(file, false))
			require.Equal(t, "N\n", raw(t, file))
			require.NoError(t, file.Write([]byte(form)))
			require.Equal(t, want, raw(t, file), "%s %q", name, form)
			b, err := attr.Get[bool](file)
			require.NoError(t, err)
			require.True(t, b)
		}
	}
}
