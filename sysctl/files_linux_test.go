// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// image is a folder with files and links ("-> target").
func image(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			require.NoError(t, os.Symlink(target, name))
		} else {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		}
	}
	return root
}

// places are where settings were read.
func places(settings []Setting) (all []string) {
	for _, s := range settings {
		all = append(all, s.Where())
	}
	return all
}

func TestFilesAreReadByTheirNamesWhicheverFolderTheyAreIn(t *testing.T) {
	root := image(t, map[string]string{
		"etc/sysctl.d/30-c.conf":       "c.etc = 1\n",
		"run/sysctl.d/30-c.conf":       "c.run = 1\n",
		"usr/lib/sysctl.d/30-c.conf":   "c.lib = 1\n",
		"run/sysctl.d/10-a.conf":       "#\na.run = 1\n",
		"usr/lib/sysctl.d/10-a.conf":   "a.lib = 1\n",
		"usr/lib/sysctl.d/20-b.conf":   "b.lib = 1\n",
		"usr/local/lib/sysctl.d/b":     "not.read = 1\n",
		"usr/lib/sysctl.d/.hid.conf":   "not.read = 1\n",
		"usr/lib/sysctl.d/d.conf/e":    "not.read = 1\n",
		"usr/lib/sysctl.d/40-off.conf": "not.read = 1\n",
		"etc/sysctl.d/40-off.conf":     "-> /dev/null",
		"usr/lib/sysctl.d/50-off.conf": "not.read = 1\n",
		"run/sysctl.d/50-off.conf":     "",
		"etc/sysctl.d/60-gone.conf":    "-> nowhere",
		"etc/sysctl.d/99-sysctl.conf":  "-> ../sysctl.conf",
		"lib":                          "-> usr/lib",
		"etc/sysctl.conf":              "-> /opt/the.conf",
		"opt/the.conf":                 "last = 1\n",
	})
	settings, err := ReadSettings(&ReadOptions{Root: root})
	require.NoError(t, err)
	require.Equal(t, []string{
		"/run/sysctl.d/10-a.conf:2", "/usr/lib/sysctl.d/20-b.conf:1", "/etc/sysctl.d/30-c.conf:1",
		"/etc/sysctl.d/99-sysctl.conf:1", "/etc/sysctl.conf:1",
	}, places(settings))
	require.Equal(t, "c.etc", settings[2].Key)
}

func TestLinksStayBelowTheRoot(t *testing.T) {
	root := image(t, map[string]string{
		"etc":                       "-> /conf/../conf",
		"conf/sysctl.d/a.conf":      "-> ../../../../../opt/a",
		"opt/a":                     "a = 1\n",
		"conf/sysctl.d/round.conf":  "-> round.conf",
		"conf/sysctl.d/secret.conf": "-> /etc/passwd",
	})
	settings, err := ReadSettings(&ReadOptions{Root: root})
	require.ErrorIs(t, err, syscall.ELOOP)
	require.EqualError(t, err, "sysctl: read /etc/sysctl.d/round.conf: too many levels of symbolic links")
	require.Equal(t, []string{"/etc/sysctl.d/a.conf:1"}, places(settings), "one that cannot be read stops no other")
}

func TestFilesThatAreNamedAreReadInTheirOrder(t *testing.T) {
	root := image(t, map[string]string{"b": "b = 1\n", "a": "a = 1\nnonsense\n", "off": "-> /dev/null"})
	at := func(name string) string { return filepath.Join(root, name) }
	settings, err := ReadSettings(&ReadOptions{Files: []string{at("b"), at("none"), at("a"), at("off")}})
	require.Equal(t, []string{at("b") + ":1", at("a") + ":1"}, places(settings))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.EqualError(t, err, "sysctl: read "+at("none")+": no such file or directory\n"+
		"sysctl: parse "+at("a")+`:2: neither KEY = VALUE nor -KEY: "nonsense"`)
	none, err := ReadSettings(&ReadOptions{Files: []string{}})
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestASystemWithoutFilesHasNoSettings(t *testing.T) {
	settings, err := ReadSettings(&ReadOptions{Root: t.TempDir()})
	require.NoError(t, err)
	require.Empty(t, settings)
}
