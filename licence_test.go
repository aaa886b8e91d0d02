// SPDX-License-Identifier: Apache-2.0

package kernlink_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// C headers are what a module shares with user space: the exception lets
// programs of any licence include them. The C in bench is programs, not modules.
func TestEveryFileNamesItsLicence(t *testing.T) {
	seen := map[string]int{}
	for _, name := range sourceFiles(t) {
		var want string
		program := strings.HasPrefix(filepath.ToSlash(name), "bench/")
		switch ext := filepath.Ext(name); {
		case program && ext == ".h":
			want = "/* SPDX-License-Identifier: Apache-2.0 */\n"
		case ext == ".go", program && ext == ".c":
			want = "// SPDX-License-Identifier: Apache-2.0\n"
		case ext == ".c":
			want = "// SPDX-License-Identifier: GPL-2.0-only\n"
		case ext == ".h":
			want = "/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */\n"
		default:
			continue
		}
		seen[filepath.Ext(name)]++
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if !strings.HasPrefix(string(text), want) {
			t.Errorf("%s does not begin with %q", name, strings.TrimSpace(want))
		}
	}
	require.NotZero(t, seen[".go"])
	require.NotZero(t, seen[".c"])
}

func TestEveryLicenceIsInTheTree(t *testing.T) {
	for name, begins := range map[string]string{
		"Apache-2.0":         "Apache License",
		"GPL-2.0-only":       "GNU GENERAL PUBLIC LICENSE",
		"Linux-syscall-note": "NOTE! This copyright does *not* cover user programs",
	} {
		text, err := os.ReadFile(filepath.Join("LICENSES", name+".txt"))
		require.NoError(t, err)
		require.Contains(t, string(text), begins)
	}
}

// sourceFiles are the files of the checkout, testdata included, without what
// belongs to tools (names with a dot) and to other modules inside it.
func sourceFiles(t *testing.T) []string {
	var files []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular():
			files = append(files, name)
		}
		return nil
	})
	require.NoError(t, err)
	return files
}
