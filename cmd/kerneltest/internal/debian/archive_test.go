// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// archive is a Debian archive in a folder, signed by nobody.
type archive struct {
	dir     string
	entries []string
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	if err := requireApt(); err != nil {
		t.Skip(err)
	}
	return &archive{dir: filepath.Join(t.TempDir(), "debian")}
}

// add puts a package into the archive that holds some files.
func (a *archive) add(t *testing.T, name, version, depends string, files map[string]string) {
	t.Helper()
	root := t.TempDir()
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: for a test\n", name, version)
	if depends != "" {
		control += "Depends: " + depends + "\n"
	}
	for file, text := range files {
		put(t, filepath.Join(root, file), text)
	}
	put(t, filepath.Join(root, "DEBIAN/control"), control)
	deb := fmt.Sprintf("pool/%s_%s_all.deb", name, version)
	require.NoError(t, os.MkdirAll(filepath.Join(a.dir, "pool"), 0o755))
	out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", root, filepath.Join(a.dir, deb)).CombinedOutput()
	require.NoError(t, err, string(out))
	text, err := os.ReadFile(filepath.Join(a.dir, deb))
	require.NoError(t, err)
	a.entries = append(a.entries, control+fmt.Sprintf("Filename: %s\nSize: %d\nSHA256: %x\n", deb, len(text), sha256.Sum256(text)))
	a.index(t)
}

// index writes the lists that apt reads.
func (a *archive) index(t *testing.T) {
	t.Helper()
	packages := strings.Join(a.entries, "\n")
	put(t, filepath.Join(a.dir, "dists/test/main/binary-amd64/Packages"), packages)
	put(t, filepath.Join(a.dir, "dists/test/Release"), fmt.Sprintf("Suite: test\nCodename: test\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n %x %d main/binary-amd64/Packages\n",
		sha256.Sum256([]byte(packages)), len(packages)))
}

// apt is an apt that trusts this archive: what the product never does.
func (a *archive) apt(t *testing.T) *apt {
	t.Helper()
	apt, err := newApt(t.TempDir(), mirrors{main: "file:" + a.dir}, []string{"test"}, "")
	require.NoError(t, err)
	put(t, filepath.Join(apt.dir, "sources.list"), "deb [arch=amd64 trusted=yes] copy:"+a.dir+" test main\n")
	return apt
}

func put(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
}
