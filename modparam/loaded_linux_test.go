// SPDX-License-Identifier: Apache-2.0

package modparam_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/modparam"
)

// folder makes a stand-in for /sys/module from files and their texts.
func folder(t testing.TB, files map[string]string) (*modparam.FS, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	m, err := modparam.OpenAt(dir, nil)
	require.NoError(t, err)
	return m, dir
}

func names(t testing.TB, m *modparam.FS, module string) (names []string) {
	t.Helper()
	for file, err := range m.Params(module) {
		require.NoError(t, err)
		names = append(names, file.Name())
	}
	return names
}

func failure(t testing.TB, m *modparam.FS, module string) (failure error) {
	t.Helper()
	for _, err := range m.Params(module) {
		require.Error(t, err)
		require.NoError(t, failure, "an error ends the loop")
		failure = err
	}
	return failure
}

func TestParamsAreListedByName(t *testing.T) {
	m, dir := folder(t, map[string]string{
		"echo/parameters/b": "2\n", "echo/parameters/a": "1\n", "echo/parameters/sub/c": "no file\n",
		"bare/version": "1\n", "uevent": "no module\n",
	})
	defer m.Close()
	require.Equal(t, []string{"a", "b"}, names(t, m, "echo"))
	require.Empty(t, names(t, m, "bare"), "a module without parameters")
	require.ErrorIs(t, failure(t, m, "absent"), fs.ErrNotExist)
	for file, err := range m.Params("echo") {
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "echo/parameters/a"), file.Path())
		n, err := attr.Get[int](file)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		break
	}
	var modules []string
	for name, err := range m.Modules() {
		require.NoError(t, err)
		modules = append(modules, name)
	}
	require.Equal(t, []string{"bare", "echo"}, modules)
}

func TestDashAndUnderscoreAreEqualInNamesOfFiles(t *testing.T) {
	m, _ := folder(t, map[string]string{"snd_hda_intel/parameters/power_save": "1\n"})
	defer m.Close()
	for _, module := range []string{"snd_hda_intel", "snd-hda-intel", "snd_hda-intel"} {
		for _, param := range []string{"power_save", "power-save"} {
			n, err := attr.Get[int](m.Param(module, param))
			require.NoError(t, err)
			require.Equal(t, 1, n)
		}
		require.Equal(t, []string{"power_save"}, names(t, m, module))
	}
}

func TestNamesThatLeadElsewhereAreInvalid(t *testing.T) {
	m, dir := folder(t, map[string]string{"echo/parameters/args": "a\n", "echo/parameters/sub/x": "a\n"})
	defer m.Close()
	for _, bad := range []string{"", ".", "..", "sub/x", "/args", "args/", "../parameters/args", dir, "args\x00", "\x00"} {
		_, err := attr.Get[string](m.Param("echo", bad))
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		_, err = attr.Get[string](m.Param(bad, "args"))
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
		require.ErrorIs(t, attr.Set(m.Param("echo", bad), "x"), fs.ErrInvalid, "%q", bad)
		require.ErrorIs(t, failure(t, m, bad), fs.ErrInvalid, "%q", bad)
	}
	_, err := attr.Get[string](m.Param("echo", "../x"))
	require.EqualError(t, err, "modparam: get echo/parameters/../x: invalid argument")
}

func TestNothingWorksAfterCloseOfTheFolder(t *testing.T) {
	m, _ := folder(t, map[string]string{"echo/parameters/args": "a\n"})
	file := m.Param("echo", "args")
	require.NoError(t, m.Close())
	require.ErrorIs(t, m.Close(), fs.ErrClosed)
	_, err := attr.Get[string](file)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, failure(t, m, "echo"), fs.ErrClosed)
	for _, err := range m.Modules() {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
}

func TestAFolderThatIsNotThereCannotBeOpened(t *testing.T) {
	_, err := modparam.OpenAt(filepath.Join(t.TempDir(), "module"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// Built-in modules are there on every kernel: printk has a time.
func TestTheRunningKernelShowsItsParameters(t *testing.T) {
	m, err := modparam.Open(nil)
	require.NoError(t, err)
	defer m.Close()
	require.Contains(t, names(t, m, "printk"), "time")
	_, err = attr.Get[bool](m.Param("printk", "time"))
	require.NoError(t, err)
}
