// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README and the guide in doc.go say which channels are there and which
// are not built yet. Both must tell the truth.

func TestReadmeSaysWhatIsThere(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	row := regexp.MustCompile("(?m)^\\| (`.*) \\|.*\\| (ready|not yet) \\|$")
	rows := row.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 10)
	for _, m := range rows {
		for _, name := range strings.Split(m[1], ", ") {
			requireState(t, strings.Trim(name, "`"), m[2] == "ready")
		}
	}
}

func TestGuideSaysWhatIsThere(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "doc.go"))
	require.NoError(t, err)
	row := regexp.MustCompile(`(?m)^//\t([a-z]+)( \*)?  `)
	rows := row.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 20)
	for _, m := range rows {
		if m[1] != "package" {
			requireState(t, m[1], m[2] == "")
		}
	}
	for _, m := range regexp.MustCompile(`\b(nl/[a-z]+)( \*)?`).FindAllStringSubmatch(string(text), -1) {
		requireState(t, m[1], m[2] == "")
	}
}

func requireState(t *testing.T, name string, ready bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(name), "*.go"))
	require.NoError(t, err)
	require.Equal(t, ready, len(files) > 0, "the page says of %s that it is ready, or not yet there, and is wrong", name)
}
