// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// module writes a Go module into a folder of its own and stands in it.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.org/m\n\ngo 1.26\n"
	for name, text := range files {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
	return dir
}

// The go command names a test binary after the last element of the path.
func TestPackagesOfOneNameGetBinariesOfTheirOwn(t *testing.T) {
	here := func(word string) string {
		return "package x\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n)\n\nfunc TestMain(*testing.M) { fmt.Println(\"" + word + "\") }\n"
	}
	module(t, map[string]string{"a/x/x_test.go": here("a"), "b/x/x_test.go": here("b"), "c/x/x_test.go": here("c"), "y/y_test.go": here("y"), "z/z.go": "package z\n"})
	o := &options{packages: []string{"./..."}}
	all, err := listPackages(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, all, 5)
	var pkgs []pkg
	for _, p := range all {
		require.Equal(t, p.ImportPath != "example.org/m/z", p.hasTests())
		if p.hasTests() {
			pkgs = append(pkgs, p)
		}
	}
	require.NoError(t, buildTests(t.Context(), o, pkgs, t.TempDir()))
	var said []string
	for _, p := range pkgs {
		out, err := exec.Command(p.binary).Output()
		require.NoError(t, err, p.ImportPath)
		said = append(said, string(out))
	}
	require.Equal(t, []string{"a\n", "b\n", "c\n", "y\n"}, said)
}

func TestBinariesAreNamedAsTheGoCommandNamesThem(t *testing.T) {
	for importPath, want := range map[string]string{
		"example.org/foo":     "foo",
		"example.org/foo/v2":  "foo",
		"example.org/foo/v10": "foo",
		"example.org/foo/v1":  "v1",
		"example.org/foo/v0":  "v0",
		"example.org/foo/vx":  "vx",
		"v2":                  "v2",
	} {
		require.Equal(t, want, binaryName(importPath), importPath)
	}
	dir := module(t, map[string]string{
		"a.go": "package a\n", "a_test.go": "package a\n",
		"v2/a.go": "package a\n", "v2/a_test.go": "package a\n",
	})
	o := &options{packages: []string{"./..."}}
	pkgs, err := listPackages(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, pkgs, 2)
	require.NoError(t, buildTests(t.Context(), o, pkgs, filepath.Join(dir, "bin")))
	for _, p := range pkgs {
		require.FileExists(t, p.binary)
	}
	require.NotEqual(t, pkgs[0].binary, pkgs[1].binary)
}

func TestAPatternThatMatchesNothingIsNoSuccess(t *testing.T) {
	module(t, map[string]string{"a/a.go": "package a\n", "b/readme": ""})
	_, err := listPackages(t.Context(), &options{packages: []string{"./b/..."}})
	require.ErrorContains(t, err, "no packages to test")
}

func TestWhatTheGoCommandComplainsAboutIsShown(t *testing.T) {
	module(t, map[string]string{"a/a_test.go": "package a\n\nfunc f() { undefined() }\n"})
	_, err := listPackages(t.Context(), &options{packages: []string{"./none"}})
	require.Regexp(t, `^go list: exit status 1\n(?s).*none`, err)
	pkgs, err := listPackages(t.Context(), &options{packages: []string{"./a"}})
	require.NoError(t, err)
	require.Regexp(t, `^go test: exit status 1\n(?s).*a_test\.go:3:12: undefined: undefined`, buildTests(t.Context(), &options{}, pkgs, t.TempDir()))
	// What begins with a dash is no flag of the go command's.
	_, err = listPackages(t.Context(), &options{packages: []string{"-toolexec=/bin/false"}})
	require.ErrorContains(t, err, "malformed import path")
}

func TestTagsChooseFilesInTheListAsInTheBuild(t *testing.T) {
	module(t, map[string]string{"a/a.go": "package a\n", "a/a_test.go": "//go:build special\n\npackage a\n"})
	o := &options{packages: []string{"./a"}}
	pkgs, err := listPackages(t.Context(), o)
	require.NoError(t, err)
	require.False(t, pkgs[0].hasTests())
	o.build = []string{"-ldflags=-s", "-tags=special"}
	pkgs, err = listPackages(t.Context(), o)
	require.NoError(t, err)
	require.True(t, pkgs[0].hasTests())
}

func TestProgramIsAMainPackageOrAnExecutable(t *testing.T) {
	dir := module(t, map[string]string{
		"prog/main.go": "package main\n\nfunc main() { println(\"runs\") }\n",
		"lib/lib.go":   "package lib\n",
		"text":         "no program",
	})
	p, err := buildProgram(t.Context(), &options{packages: []string{"./prog"}}, dir)
	require.NoError(t, err)
	require.Equal(t, "example.org/m/prog", p.ImportPath)
	out, err := exec.Command(p.binary).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "runs\n", string(out))

	own, err := buildProgram(t.Context(), &options{packages: []string{"./program"}}, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, pkg{ImportPath: "program", Dir: dir, binary: filepath.Join(dir, "program")}, own)

	_, err = buildProgram(t.Context(), &options{packages: []string{"./lib"}}, dir)
	require.EqualError(t, err, "run: ./lib is no program: give a main package or an executable file")
	_, err = buildProgram(t.Context(), &options{packages: []string{"./text"}}, dir)
	require.Error(t, err)
}

func TestBuildNeedsNothingOfTheGuest(t *testing.T) {
	t.Setenv("CGO_ENABLED", "")
	require.Equal(t, []string{"CGO_ENABLED=0"}, (&options{}).buildEnv())
	require.Equal(t, []string{"CGO_ENABLED=1"}, (&options{race: true}).buildEnv())
	t.Setenv("CGO_ENABLED", "1")
	require.Empty(t, (&options{}).buildEnv(), "the user's wish stands")

	require.Equal(t, []string{"-ldflags=-s -w"}, (&options{}).buildFlags())
	o := &options{build: []string{"-ldflags=-X a=b", "-tags=x"}, race: true}
	require.Equal(t, []string{"-ldflags=-X a=b", "-tags=x", "-race"}, o.buildFlags())
	require.Len(t, o.build, 2)
}

func TestNeedLinesAreRead(t *testing.T) {
	dir := module(t, map[string]string{
		"a/a.go":      "package a\n\n//kerneltest:need tools=ip\n",
		"a/a_test.go": "package a\n\n//kerneltest:need modules=../mymodule,/abs/other kmods=dummy,veth\n//kerneltest:need   files=testdata/f\ttools=ss\n\n//kerneltest:needless x\n// a mention of //kerneltest:need bad\n",
		"a/x_test.go": "package a_test\n\n\t//kerneltest:need kmods=dummy\r\n",
	})
	pkgs, err := listPackages(t.Context(), &options{packages: []string{"./a"}})
	require.NoError(t, err)
	var n needs
	require.NoError(t, n.readNeeds(pkgs[0]))
	require.Equal(t, needs{
		modules: list{filepath.Join(dir, "mymodule"), "/abs/other"},
		kmods:   list{"dummy", "veth", "dummy"},
		tools:   list{"ip", "ss"},
		files:   list{filepath.Join(dir, "a/testdata/f")},
	}, n)
}

func TestNeedLinesThatMeanNothingAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"module=../m":    `"module" is none of modules, kmods, tools, files`,
		"ip":             `"ip" is not of the form key=a,b`,
		"tools=":         `"tools=" is not of the form key=a,b`,
		"tools=,":        `"tools=," is not of the form key=a,b`,
		"tools=ip ss":    `"ss" is not of the form key=a,b`,
		"tools=ip =x":    `"" is none of modules, kmods, tools, files`,
		"Tools=ip":       `"Tools" is none of`,
		"kmods = dummy":  `"kmods" is not of the form`,
		"files=a\tmod=b": `"mod" is none of`,
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "a_test.go")
		require.NoError(t, os.WriteFile(file, []byte("package a\n\n//kerneltest:need "+text+"\n"), 0o644))
		var n needs
		err := n.readNeeds(pkg{Dir: dir, TestGoFiles: []string{"a_test.go"}})
		require.ErrorContains(t, err, file+": //kerneltest:need: "+want, text)
	}
	var n needs
	require.ErrorIs(t, n.readNeeds(pkg{Dir: t.TempDir(), TestGoFiles: []string{"gone_test.go"}}), os.ErrNotExist)
}
