// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const stanzas = `# written by an installer
Types: deb
URIs: http://deb.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

const docker = `Types: deb
URIs: https://download.docker.com/linux/debian
Suites: bookworm
Components: stable
Signed-By: /etc/apt/keyrings/docker.asc
`

func TestMirrorsAreThoseOfTheMachinesApt(t *testing.T) {
	for _, c := range []struct {
		name, main, security string
		files                map[string]string
	}{
		{"deb822", "http://deb.example/debian", "http://deb.example/debian-security",
			map[string]string{"sources.list.d/debian.sources": stanzas}},
		{"one line an entry", "http://a.example/debian", "http://s.example/debian-security",
			map[string]string{"sources.list": "deb http://a.example/debian/ bookworm main\ndeb http://s.example/debian-security bookworm-security main\n"}},
		{"https and options", "https://a.example/debian", "https://s.example/debian-security",
			map[string]string{"sources.list": "deb [ arch=amd64,i386 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] https://a.example/debian bookworm main\n" +
				"deb\t[arch=amd64]\thttps://s.example/debian-security/\tbookworm-security\tmain\n"}},
		{"through a cache's path", "http://cache:3142/deb.example/debian", "http://cache:3142/deb.example/debian-security",
			map[string]string{"sources.list.d/x.list": "deb http://cache:3142/deb.example/debian bookworm main\ndeb http://cache:3142/deb.example/debian-security bookworm-security main"}},
		{"comments and source packages", "http://b.example/debian", "http://b.example/debian-security",
			map[string]string{"sources.list": "# deb http://x.example/debian bookworm main\n#deb http://x.example/debian bookworm main\n" +
				"deb-src http://x.example/debian bookworm main\n\n" +
				"deb http://b.example/debian bookworm main # not http://x.example/debian-security\n"}},
		{"lists of mirrors, as cloud images have them", "mirror+file:///etc/apt/mirrors/debian.list", "mirror+file:///etc/apt/mirrors/debian-security.list",
			map[string]string{"sources.list.d/debian.sources": "Types: deb deb-src\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: bookworm bookworm-updates\nComponents: main\n\n" +
				"Types: deb deb-src\nURIs: mirror+file:///etc/apt/mirrors/debian-security.list\nSuites: bookworm-security\nComponents: main\n"}},
		{"one list of mirrors", "mirror+file:/etc/apt/mirrors/debian.list", "mirror+file:/etc/apt/mirrors/debian-security.list",
			map[string]string{"sources.list": "deb mirror+file:/etc/apt/mirrors/debian.list bookworm main\n"}},
		{"a folder of this machine", "file:/srv/debian", "file:/srv/debian-security",
			map[string]string{"sources.list": "deb file:/srv/debian bookworm main\n"}},
		{"security's own host", "http://a.example/debian", "http://security.debian.org",
			map[string]string{"sources.list": "deb http://a.example/debian bookworm main\ndeb http://security.debian.org/ bookworm-security main\n"}},
		{"the main file first", "http://a.example/debian", "http://deb.example/debian-security",
			map[string]string{"sources.list": "deb http://a.example/debian bookworm main\n", "sources.list.d/debian.sources": stanzas}},
		{"others' archives of the same shape", "http://deb.example/debian", "http://deb.example/debian-security",
			map[string]string{"sources.list.d/a-docker.sources": docker,
				"sources.list.d/b.sources": "Types: deb\nURIs: https://packages.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /usr/share/keyrings/other.gpg\n",
				"sources.list":             "deb [signed-by=/usr/share/keyrings/other.gpg] https://packages.example/debian bookworm main\n",
				"sources.list.d/c.sources": stanzas}},
		{"a disabled entry", "http://deb.example/debian", "http://deb.example/debian-security",
			map[string]string{"sources.list.d/a.sources": "Enabled: no\nTypes: deb\nURIs: http://x.example/debian\nSuites: bookworm\nComponents: main\n", "sources.list.d/b.sources": stanzas}},
		{"fields over several lines, in any case", "http://a.example/debian", "http://a.example/debian-security",
			map[string]string{"sources.list.d/a.sources": "types: deb\nuris:\n http://a.example/debian\n# in between\n http://a.example/debian-security\nsuites: bookworm\ncomponents:\n\tmain\n"}},
		{"files that apt ignores", "http://deb.example/debian", "http://deb.example/debian-security",
			map[string]string{"sources.list.d/a.list.disabled": "deb http://x.example/debian bookworm main\n", "sources.list.d/b.sources": stanzas}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("KERNLINK_MIRROR", "")
			m, err := findMirrors(aptTree(t, c.files))
			require.NoError(t, err)
			require.Equal(t, mirrors{c.main, c.security}, m)
		})
	}
}

func aptTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "a[root") // no pattern, though it looks like one
	for name, text := range files {
		file := filepath.Join(root, "etc/apt", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return root
}

func TestMachineWithoutDebianArchiveSaysWhatToDo(t *testing.T) {
	t.Setenv("KERNLINK_MIRROR", "")
	for _, files := range []map[string]string{
		nil,
		{"sources.list": "deb http://archive.ubuntu.com/ubuntu jammy main\n"},
		{"sources.list": "deb http://deb.example/debian\ndeb [never closed http://deb.example/debian bookworm main\n deb\n"},
		{"sources.list.d/docker.sources": docker},
		{"sources.list.d/odd.sources": " begins with a continuation\n:\nEnabled\n\n\n"},
	} {
		_, err := findMirrors(aptTree(t, files))
		require.ErrorContains(t, err, "apt's sources name no Debian archive: set KERNLINK_MIRROR")
		require.ErrorContains(t, err, "KERNEL=")
	}
}

func TestMirrorOfTheEnvironmentWins(t *testing.T) {
	t.Setenv("KERNLINK_MIRROR", "http://own.example/debian/")
	m, err := findMirrors(aptTree(t, map[string]string{"sources.list.d/debian.sources": stanzas}))
	require.NoError(t, err)
	require.Equal(t, mirrors{"http://own.example/debian", "http://own.example/debian-security"}, m)
}

// What is fetched is proved by Debian's key whatever the machine trusts.
func TestSourcesListNamesTheKeyAndTheRightArchive(t *testing.T) {
	m := mirrors{"http://a/debian", "http://s/debian-security"}
	const from = "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
	require.Equal(t, from+"http://a/debian bookworm main\n"+from+"http://s/debian-security bookworm-security main\n"+from+"http://a/debian bookworm-backports main\n",
		m.list([]string{"bookworm", "bookworm-security", "bookworm-backports"}))
	require.Contains(t, mirrors{main: "file:/srv/debian"}.list([]string{"trixie"}), " copy:/srv/debian trixie main\n")
}

func FuzzSources(f *testing.F) {
	f.Add(stanzas)
	f.Add(docker)
	f.Add("deb [ arch=amd64 ] http://a/debian bookworm main # x\n")
	f.Fuzz(func(t *testing.T, text string) {
		var m mirrors
		for _, s := range append(parseList(text), parseStanzas(text)...) {
			m.take(s)
		}
	})
}
