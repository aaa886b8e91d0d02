// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kmod"
)

// unloadTime is how long a module may take to unload at the end of a test.
const unloadTime = 10 * time.Second

// Load loads the module called name and unloads it when the test ends; one
// that cannot be unloaded then fails the test. params are its parameters, as
// [kmod.Insert] takes them: a struct, a map, the kernel's own string, or nil.
//
// The module is one of those that were built for this run (-modules), or one
// of the kernel's own that was put into the guest (-kmods). What it depends
// on is loaded before it and unloaded after it. A module that is built into
// this kernel needs nothing: the result is nil then.
//
// A failure ends the test, with what the kernel logged about it. On a host
// the test is skipped as by [Require].
func Load(t testing.TB, name string, params any) *kmod.Module {
	t.Helper()
	Require(t, VM, Module(name))
	m, err := load(t, kmod.Normalize(name), params)
	if err != nil {
		t.Fatalf("kerneltest: %v", err)
	}
	return m
}

// ModulePath returns the file of the module called name, for tests that load
// it themselves. It is "" when the module is not in the guest, is built in,
// or the process runs on a host.
func ModulePath(name string) string {
	name = kmod.Normalize(name)
	if !InGuest() {
		return ""
	}
	own := os.Getenv("KERNELTEST_MODULES")
	files, err := os.ReadDir(own)
	if err != nil {
		return ""
	}
	for _, f := range files {
		if moduleName(f.Name()) == name {
			return filepath.Join(own, f.Name())
		}
	}
	file, _ := treeFile(name)
	return file
}

// load loads one module after what it depends on. Clean-up runs in reverse
// order, so what was loaded first is unloaded last.
func load(t testing.TB, name string, params any) (*kmod.Module, error) {
	path := ModulePath(name)
	if path == "" {
		return nil, nil // built in: Require has seen it
	}
	needs, err := dependencies(name, path)
	if err != nil {
		return nil, err
	}
	for _, need := range needs {
		if _, err := kmod.Find(need); err == nil || !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, err := load(t, need, nil); err != nil {
			return nil, fmt.Errorf("%s needs %s: %w", name, need, err)
		}
	}
	m, err := kmod.Insert(context.Background(), path, params)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { unload(t, m) })
	return m, nil
}

func unload(t testing.TB, m *kmod.Module) {
	ctx, cancel := context.WithTimeout(context.Background(), unloadTime)
	defer cancel()
	// A test may have removed it itself.
	if err := m.Remove(ctx); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("kerneltest: %v", err)
	}
}

// dependencies are the modules that must be there before name: those that a
// module built here names itself, or those of the kernel's index.
func dependencies(name, path string) ([]string, error) {
	if file, needs := treeFile(name); file == path {
		return needs, nil
	}
	info, err := kmod.ReadInfo(path)
	if err != nil {
		return nil, err
	}
	var needs []string
	for _, need := range info.Depends {
		if !builtin(need) {
			needs = append(needs, kmod.Normalize(need))
		}
	}
	return needs, nil
}

// treeFile looks name up in modules.dep: its file, and the names of what it
// needs in the order of loading.
func treeFile(name string) (file string, needs []string) {
	dir := treeDir()
	text, err := sys.ReadFile(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return "", nil
	}
	for line := range strings.Lines(string(text)) {
		head, tail, ok := strings.Cut(line, ":")
		if !ok || moduleName(head) != name {
			continue
		}
		for _, need := range slices.Backward(strings.Fields(tail)) {
			needs = append(needs, moduleName(need))
		}
		return filepath.Join(dir, head), needs
	}
	return "", nil
}

func treeDir() string {
	k, err := sys.Uname()
	if err != nil {
		return ""
	}
	return "/lib/modules/" + k.Release
}

// builtin reports whether name is part of the kernel itself.
func builtin(name string) bool {
	text, err := sys.ReadFile(filepath.Join(treeDir(), "modules.builtin"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if moduleName(strings.TrimSpace(line)) == kmod.Normalize(name) {
			return true
		}
	}
	return false
}

// moduleName is the name of the module in a file: dm-mod.ko.xz holds dm_mod.
func moduleName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".ko")
	return kmod.Normalize(name)
}
