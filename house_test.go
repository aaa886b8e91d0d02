// SPDX-License-Identifier: Apache-2.0

package kernlink_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules of the house that a machine can check. CONTRIBUTING.md says what
// they are for.

const modulePath = "github.com/kernlink/kernlink"

// channels are the packages of the middle floor, each with the channels that
// it may stand on: those that the kernel itself puts below it.
var channels = map[string][]string{
	"alg": nil, "chardev": {"ioctl"}, "configfs": nil, "debugfs": nil,
	"debugfs/dyndbg": {"debugfs", "kmsg"}, "debugfs/tracefs": {"debugfs"}, "ioctl": nil,
	"kmsg": nil, "modparam": {"sysfs"}, "nl": nil, "nl/genl": {"nl"},
	"nl/nltest": {"nl"}, "nl/procevent": {"nl"}, "nl/rtnl": {"nl"},
	"nl/sockdiag": {"nl"}, "nl/uevent": {"nl"}, "packet": nil, "procfs": nil,
	"relay": {"debugfs"}, "sysctl": nil, "sysfs": nil, "syscalls": nil, "udp": nil,
}

// dependencies are the modules that the library may need, and why.
var dependencies = map[string]string{
	"golang.org/x/sys":              "system calls and their constants",
	"github.com/mdlayher/netlink":   "netlink sockets",
	"github.com/vishvananda/netns":  "network namespaces",
	"github.com/klauspost/compress": "zstd, in which modules are compressed",
	"github.com/ulikunitz/xz":       "xz, in which modules are compressed",
}

const (
	ground = iota // package kernlink and internal/...
	attributes
	middle // the channels
	modules
	upper // probe, kerneltest
	roof  // commands and examples
)

// floor is where a package lives; rel is its path in the module, "" the root.
func floor(rel string) (int, bool) {
	top, _, _ := strings.Cut(rel, "/")
	_, channel := channels[rel]
	switch {
	case rel == "", top == "internal":
		return ground, true
	case rel == "attr":
		return attributes, true
	case channel:
		return middle, true
	case top == "kmod":
		return modules, true
	case rel == "probe", rel == "kerneltest":
		return upper, true
	case top == "cmd", top == "examples":
		return roof, true
	}
	return 0, false
}

// mayImport says whether package from may import package to, both of this
// module.
func mayImport(from, to string) bool {
	a, knownA := floor(from)
	b, knownB := floor(to)
	switch {
	case !knownA || !knownB || from == "":
		return false
	case a == middle && b == middle:
		return slices.Contains(channels[from], to)
	case a == roof && b == roof:
		return strings.HasPrefix(to, from+"/") || sameCommand(from, to)
	case a == ground:
		return b == ground
	}
	return b < a
}

func sameCommand(a, b string) bool {
	return strings.Count(a, "/") > 1 && strings.Join(strings.Split(a, "/")[:2], "/") == strings.Join(strings.Split(b, "/")[:2], "/")
}

func TestFloorsTellUpFromDown(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"kmod", "kmsg", true},
		{"kmsg", "kmod", false},
		{"kmsg", "modparam", false},
		{"nl/genl", "nl", true},
		{"nl", "nl/genl", false},
		{"sysfs", "attr", true},
		{"attr", "internal/sys", true},
		{"internal/sys", "", true},
		{"internal/sys", "kmod", false},
		{"", "internal/sys", false},
		{"kerneltest", "kmod", true},
		{"kerneltest", "cmd/kerneltest", false},
		{"cmd/kerneltest", "cmd/kerneltest/internal/wire", true},
		{"cmd/kerneltest/internal/lane", "cmd/kerneltest/internal/cache", true},
		{"examples/tour", "examples/other", false},
		{"kmod", "unheard/of", false},
	} {
		require.Equal(t, tt.want, mayImport(tt.from, tt.to), "%s imports %s", tt.from, tt.to)
	}
}

func TestImportsPointDownward(t *testing.T) {
	for _, p := range packages(t) {
		if _, known := floor(p.rel()); !known && len(p.GoFiles) > 0 {
			t.Errorf("%s is on no floor: give it one in house_test.go", p.ImportPath)
		}
		for _, to := range p.Imports {
			if rel, ours := within(to); ours && !mayImport(p.rel(), rel) {
				t.Errorf("%s imports %s, which is not below it", p.ImportPath, to)
			}
		}
	}
}

func TestTheLibraryNeedsOnlyWhatItMay(t *testing.T) {
	for _, p := range packages(t, "-deps") {
		switch {
		case p.Standard, p.Module != nil && p.Module.Path == modulePath:
		case p.Module == nil:
			t.Errorf("%s belongs to no module", p.ImportPath)
		case dependencies[p.Module.Path] == "":
			t.Errorf("%s of %s is needed, and it is not among the dependencies", p.ImportPath, p.Module.Path)
		}
	}
}

func TestUnsafeStaysBehindItsDoors(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(p.Imports, "unsafe") && p.rel() != "internal/sys" && p.rel() != "ioctl" {
			t.Errorf("%s imports unsafe: internal/sys is the door", p.ImportPath)
		}
	}
}

// What the README promises of the library: no cgo, no work at program start,
// no goroutine that the caller did not ask for. The test runner is a program
// and has its own.
func TestNothingHappensBehindTheCallersBack(t *testing.T) {
	for _, p := range packages(t) {
		if f, _ := floor(p.rel()); f >= upper {
			continue
		}
		require.NotContains(t, p.Imports, "C", p.ImportPath)
		files := sourceOf(t, p)
		if declares(files, func(name string) bool { return name == "init" }) {
			t.Errorf("%s works at program start", p.ImportPath)
		}
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				if _, starts := n.(*ast.GoStmt); starts {
					t.Errorf("%s starts a goroutine", p.ImportPath)
				}
				return true
			})
		}
	}
}

// A package that others import explains itself in doc.go (or in its only
// file), and shows itself in an example whose output is checked.
func TestPublicPackagesExplainAndShowThemselves(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		if p.Name == "main" || len(p.GoFiles) == 0 || strings.Contains("/"+p.rel()+"/", "/internal/") {
			continue
		}
		if !slices.Contains(p.GoFiles, "doc.go") && len(p.GoFiles) > 1 {
			t.Errorf("%s has no doc.go", p.ImportPath)
		}
		// What kerneltest offers takes a testing.TB, which no Example has:
		// docs/tutorial.md is its example, and is run.
		if p.rel() != "kerneltest" && !hasCheckedExample(t, p.Dir) {
			t.Errorf("%s has no Example with checked output", p.ImportPath)
		}
	}
}

func hasCheckedExample(t *testing.T, dir string) bool {
	return slices.ContainsFunc(doc.Examples(testFiles(t, dir)...), func(e *doc.Example) bool {
		return e.Output != "" || e.EmptyOutput
	})
}

// A package that takes text apart for its caller has a fuzz target.
func TestParsersAreFuzzed(t *testing.T) {
	for _, p := range packages(t) {
		if f, _ := floor(p.rel()); f >= upper || f == ground {
			continue
		}
		parses := func(name string) bool { return strings.HasPrefix(name, "Parse") }
		fuzzes := func(name string) bool { return strings.HasPrefix(name, "Fuzz") }
		if declares(sourceOf(t, p), parses) && !declares(testFiles(t, p.Dir), fuzzes) {
			t.Errorf("%s parses and has no fuzz target", p.ImportPath)
		}
	}
}

// declares reports whether one of the files has a function by such a name.
func declares(files []*ast.File, is func(name string) bool) bool {
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && is(f.Name.Name) {
				return true
			}
		}
	}
	return false
}

func sourceOf(t *testing.T, p goPackage) []*ast.File {
	var files []*ast.File
	for _, name := range p.GoFiles {
		files = append(files, parseFile(t, filepath.Join(p.Dir, name)))
	}
	return files
}

func testFiles(t *testing.T, dir string) []*ast.File {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	var files []*ast.File
	for _, name := range names {
		files = append(files, parseFile(t, name))
	}
	return files
}

func parseFile(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	require.NoError(t, err)
	return file
}

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath, Name, Dir, Doc string
	Standard                   bool
	GoFiles, Imports           []string
	Module                     *struct{ Path string }
}

func (p goPackage) rel() string {
	rel, _ := within(p.ImportPath)
	return rel
}

// within returns the path of a package inside this module.
func within(importPath string) (rel string, ours bool) {
	if importPath == modulePath {
		return "", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// packages lists the packages of the module as they are built for Linux.
func packages(t *testing.T, flags ...string) []goPackage {
	t.Helper()
	sourceFiles(t) // the test cache sees what was looked at here, not what go list read
	args := slices.Concat([]string{"list", "-json=ImportPath,Name,Dir,Doc,Standard,GoFiles,Imports,Module"}, flags, []string{"./..."})
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=linux")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go list: %s", stderr.String())
	var all []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}
