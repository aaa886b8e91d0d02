// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package kbuild builds folders of kernel modules with the kernel's own build
// system, each in a copy, and keeps the result by content and kernel.
package kbuild

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/chroot"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/progress"
)

// Built is what came of one folder.
type Built struct {
	Dir     string   // the folder that was built
	Modules []string // the .ko files
	Log     string   // what the build printed
}

// Warnings are the lines of the log that the compiler or modpost warned in.
func (b Built) Warnings() []string {
	var warnings []string
	for line := range strings.Lines(b.Log) {
		if strings.Contains(strings.ToLower(line), "warning:") {
			warnings = append(warnings, strings.TrimSpace(line))
		}
	}
	return warnings
}

// Folders returns the kbuild folders that dir stands for: itself, or those
// right below it when it has no Makefile of its own.
func Folders(dir string) ([]string, error) {
	if isKbuild(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("-modules: %w", err)
	}
	var dirs []string
	for _, e := range entries {
		if sub := filepath.Join(dir, e.Name()); e.IsDir() && isKbuild(sub) {
			dirs = append(dirs, sub)
		}
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("-modules: neither %s nor a folder in it has a Kbuild or Makefile with obj-m", dir)
	}
	return dirs, nil
}

func isKbuild(dir string) bool {
	for _, name := range []string{"Kbuild", "Makefile"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil && bytes.Contains(text, []byte("obj-m")) {
			return true
		}
	}
	return false
}

// Build returns the modules of the kbuild folder dir for the lane's kernel.
func Build(ctx context.Context, c *cache.Cache, line *progress.Line, l *lane.Lane, dir string) (Built, error) {
	if l.Build == "" {
		return Built{}, fmt.Errorf("modules cannot be built for %s: give its headers with -kdir (make KDIR=)", l.Release)
	}
	files, err := sources(dir)
	if err != nil {
		return Built{}, err
	}
	key, err := contentKey(l, dir, files)
	if err != nil {
		return Built{}, err
	}
	out, err := c.Make(ctx, key, func(tmp string) error {
		line.Step("building %s for %s", filepath.Base(dir), l.Release)
		if err := copyFiles(dir, tmp, files); err != nil {
			return err
		}
		log, err := run(ctx, l, tmp)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("building %s for %s: %w\n%s", dir, l.Release, err, log)
		}
		if err := os.WriteFile(filepath.Join(tmp, "kbuild.log"), log, 0o644); err != nil {
			return err
		}
		_, err = collect(dir, tmp)
		return err
	})
	if err != nil {
		return Built{}, err
	}
	return collect(dir, out)
}

func collect(dir, out string) (Built, error) {
	var modules []string
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".ko" {
			modules = append(modules, path)
		}
		return err
	})
	if err != nil {
		return Built{}, err
	}
	if len(modules) == 0 {
		return Built{}, fmt.Errorf("building %s made no .ko file: its Makefile needs an obj-m line", dir)
	}
	log, err := os.ReadFile(filepath.Join(out, "kbuild.log"))
	return Built{Dir: dir, Modules: modules, Log: string(log)}, err
}

// run calls kbuild on the copy at dir.
func run(ctx context.Context, l *lane.Lane, dir string) ([]byte, error) {
	if l.Root == "" {
		cmd := exec.CommandContext(ctx, "make", "-C", l.Build, "M="+dir, "modules")
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		return cmd.CombinedOutput()
	}
	return chroot.Run(ctx, chroot.Cmd{
		Root: l.Root,
		Bind: map[string]string{"/kbuild": dir},
		Args: []string{"/usr/bin/make", "-C", l.Build, "M=/kbuild", "modules"},
	})
}

// sources are the files of a module folder without what a build by hand left
// there, relative to it, sorted.
func sources(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case d.IsDir() && path != dir && strings.HasPrefix(name, "."):
			return filepath.SkipDir
		case d.IsDir(), isArtefact(name):
			return nil
		}
		// A link to a file is a source as well: headers are shared so.
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		files = append(files, rel)
		return err
	})
	slices.Sort(files)
	return files, err
}

func isArtefact(name string) bool {
	switch filepath.Ext(name) {
	case ".o", ".ko", ".mod", ".cmd", ".symvers", ".order", ".a", ".go":
		return true
	}
	return strings.HasSuffix(name, ".mod.c") || strings.HasPrefix(name, ".")
}

// contentKey names the result: same sources, same kernel, same compiler, same
// modules.
func contentKey(l *lane.Lane, dir string, files []string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, l.Release, l.Root, l.Build)
	if l.Root == "" {
		hostKey(h, l.Build)
	}
	for _, name := range files {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		info, err := f.Stat()
		if err == nil {
			fmt.Fprintf(h, "%q %d %v\n", name, info.Size(), info.Mode().Perm())
			_, err = io.Copy(h, f)
		}
		f.Close()
		if err != nil {
			return "", err
		}
	}
	return "modules/" + filepath.Base(dir) + "-" + hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// hostKey adds what a build on this machine depends on and the kernel's
// release does not tell: a tree of one's own is built again and again under
// one release, and compilers are replaced.
func hostKey(h io.Writer, build string) {
	files := []string{"Module.symvers", ".config", "include/generated/autoconf.h", "include/generated/compile.h"}
	for i, name := range files {
		files[i] = filepath.Join(build, name)
	}
	for _, tool := range []string{"gcc", "clang", "ld"} {
		if path, err := exec.LookPath(tool); err == nil {
			files = append(files, path)
		}
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			fmt.Fprintln(h, file, info.Size(), info.ModTime().UnixNano())
		}
	}
}

func copyFiles(from, to string, files []string) error {
	for _, name := range files {
		target := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		info, err := os.Stat(filepath.Join(from, name))
		if err != nil {
			return err
		}
		// Scripts that a Makefile calls stay executable.
		if err := os.WriteFile(target, text, info.Mode().Perm()|0o600); err != nil {
			return err
		}
	}
	return nil
}
