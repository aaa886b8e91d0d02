// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pkg is a Go package to test or to run.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	binary       string
}

func (p pkg) hasTests() bool { return len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 }

// listPackages asks the go command which packages the patterns name.
func listPackages(ctx context.Context, o *options) ([]pkg, error) {
	args := []string{"list", "-json=ImportPath,Dir,Name,GoFiles,TestGoFiles,XTestGoFiles"}
	for _, f := range o.build {
		if name, _, _ := strings.Cut(f, "="); slices.Contains([]string{"-tags", "-mod", "-modfile", "-overlay"}, name) {
			args = append(args, f)
		}
	}
	out, err := goCommand(ctx, nil, append(append(args, "--"), o.packages...)...)
	if err != nil {
		return nil, err
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			if len(pkgs) == 0 {
				return nil, fmt.Errorf("no packages to test: %s matches none", strings.Join(o.packages, " "))
			}
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		pkgs = append(pkgs, p)
	}
}

// goCommand runs the go command and returns its output; what it complains
// about becomes the error.
func goCommand(ctx context.Context, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// buildEnv makes binaries that need nothing of the guest. The race detector
// needs C; its libraries go into the image then.
func (o *options) buildEnv() []string {
	if o.race {
		return []string{"CGO_ENABLED=1"}
	}
	if os.Getenv("CGO_ENABLED") != "" {
		return nil
	}
	return []string{"CGO_ENABLED=0"}
}

func (o *options) buildFlags() []string {
	flags := slices.Clone(o.build)
	if o.race {
		flags = append(flags, "-race")
	}
	if !slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-ldflags=") }) {
		// Without debugging information binaries are a third smaller and
		// load faster; tracebacks do not need it.
		flags = append(flags, "-ldflags=-s -w")
	}
	return flags
}

// buildTests compiles the test binaries into dir. Packages whose names end
// alike go through the go command one after the other: it names a binary
// after the last element.
func buildTests(ctx context.Context, o *options, pkgs []pkg, dir string) error {
	flags := o.buildFlags()
	if o.cover {
		flags = append(flags, "-cover")
	}
	if i := slices.IndexFunc(o.passed, func(f string) bool { return strings.HasPrefix(f, "-test.fuzz=") }); i >= 0 {
		// The compiler adds what guides the fuzzer only when it is told so.
		flags = append(flags, "-fuzz="+strings.TrimPrefix(o.passed[i], "-test.fuzz="))
	}
	left := slices.Clone(pkgs)
	for round := 0; len(left) > 0; round++ {
		out := filepath.Join(dir, fmt.Sprint(round))
		var batch []string
		var later []pkg
		used := map[string]string{}
		for _, p := range left {
			base := binaryName(p.ImportPath)
			if _, taken := used[base]; taken {
				later = append(later, p)
				continue
			}
			used[base] = p.ImportPath
			batch = append(batch, p.ImportPath)
		}
		if err := os.MkdirAll(out, 0o755); err != nil {
			return err
		}
		args := append([]string{"test", "-c", "-o", out + "/"}, flags...)
		if _, err := goCommand(ctx, o.buildEnv(), append(args, batch...)...); err != nil {
			return err
		}
		for i, p := range pkgs {
			if base := binaryName(p.ImportPath); used[base] == p.ImportPath {
				pkgs[i].binary = filepath.Join(out, base+".test")
			}
		}
		left = later
	}
	return nil
}

// binaryName is the name that the go command gives to a package's binary: the
// last element of its path, or the one before when that is a major version.
func binaryName(importPath string) string {
	dir, base := path.Split(importPath)
	if version.MatchString(base) && dir != "" {
		return path.Base(dir)
	}
	return base
}

var version = regexp.MustCompile(`^v([2-9]|[1-9][0-9]+)$`)

// buildProgram finds or compiles what "run" shall run.
func buildProgram(ctx context.Context, o *options, dir string) (pkg, error) {
	name := o.packages[0]
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
		file, err := filepath.Abs(name)
		return pkg{ImportPath: filepath.Base(name), Dir: filepath.Dir(file), binary: file}, err
	}
	pkgs, err := listPackages(ctx, o)
	if err != nil {
		return pkg{}, err
	}
	if len(pkgs) != 1 || pkgs[0].Name != "main" {
		return pkg{}, fmt.Errorf("run: %s is no program: give a main package or an executable file", name)
	}
	p := pkgs[0]
	p.binary = filepath.Join(dir, "program")
	args := append([]string{"build", "-o", p.binary}, o.buildFlags()...)
	_, err = goCommand(ctx, o.buildEnv(), append(args, p.ImportPath)...)
	return p, err
}

// needs is what packages ask for beside what the command line gives.
type needs struct{ modules, kmods, tools, files list }

const needDirective = "//kerneltest:need"

// readNeeds collects the //kerneltest:need lines of a package. Paths in them
// are relative to the package's folder.
func (n *needs) readNeeds(p pkg) error {
	for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
		text, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			rest, ok := strings.CutPrefix(strings.TrimSpace(line), needDirective)
			if !ok || rest != strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz:") {
				continue // another directive
			}
			if err := n.take(p.Dir, rest); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(p.Dir, name), err)
			}
		}
	}
	return nil
}

func (n *needs) take(dir, text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("//kerneltest:need says nothing: it takes modules=, kmods=, tools=, files=")
	}
	for _, field := range strings.Fields(text) {
		key, value, _ := strings.Cut(field, "=")
		var names list
		if err := names.Set(value); err != nil || len(names) == 0 {
			return fmt.Errorf("//kerneltest:need: %q is not of the form key=a,b", field)
		}
		switch key {
		case "modules":
			n.modules = append(n.modules, joinAll(dir, names)...)
		case "files":
			n.files = append(n.files, joinAll(dir, names)...)
		case "kmods":
			n.kmods = append(n.kmods, names...)
		case "tools":
			n.tools = append(n.tools, names...)
		default:
			return fmt.Errorf("//kerneltest:need: %q is none of modules, kmods, tools, files", key)
		}
	}
	return nil
}

func joinAll(dir string, names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name
		if !filepath.IsAbs(name) {
			out[i] = filepath.Join(dir, name)
		}
	}
	return out
}
