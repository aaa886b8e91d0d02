// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSnippetsCompile vets every Go block of every page, as the code of a
// user's module that requires this one. A block without a package clause is
// the body of a function, or some functions by themselves.
func TestSnippetsCompile(t *testing.T) {
	lookAt(t)
	dir := t.TempDir()
	copyModule(t, dir)
	count := 0
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if b.lang != "go" {
				continue
			}
			count++
			name := "snippet.go"
			if strings.HasSuffix(b.args, "_test.go") {
				name = "snippet_test.go"
			}
			folder := filepath.Join(dir, fmt.Sprintf("%s_%d", strings.NewReplacer("/", "_", ".", "_").Replace(page), b.line))
			require.NoError(t, os.MkdirAll(folder, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(program(b)), 0o644))
		}
	}
	require.Positive(t, count)

	cmd := exec.CommandContext(t.Context(), "go", "vet", "./...")
	cmd.Dir = dir
	// All that is needed was fetched when this test was built.
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "the folders are named for page and line\n%s", out)
}

// copyModule makes dir a module that uses the checkout.
func copyModule(t *testing.T, dir string) {
	t.Helper()
	checkout, err := filepath.Abs(root)
	require.NoError(t, err)
	text := "module example.org/snippets\n\ngo 1.26.0\n\n" +
		"require github.com/kernlink/kernlink v0.0.0\n\n" +
		"replace github.com/kernlink/kernlink => " + checkout + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644))
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644))
}

// program is the block as a file that compiles by itself.
func program(b block) string {
	if strings.HasPrefix(b.text, "package ") || strings.Contains(b.text, "\npackage ") {
		return b.text
	}
	var imports string
	for _, name := range []string{"context", "errors", "fmt", "os", "testing"} {
		if strings.Contains(b.text, name+".") {
			imports += fmt.Sprintf("import %q\n", name)
		}
	}
	for _, name := range []string{"kerneltest", "kmod", "kmsg", "modparam"} {
		if strings.Contains(b.text, name+".") {
			imports += fmt.Sprintf("import %q\n", "github.com/kernlink/kernlink/"+name)
		}
	}
	if strings.HasPrefix(b.text, "func ") {
		return "package snippet\n\n" + imports + "\n" + b.text
	}
	return "package snippet\n\n" + imports + "\nfunc _() error {\n" + b.text + "\nreturn nil\n}\n"
}
