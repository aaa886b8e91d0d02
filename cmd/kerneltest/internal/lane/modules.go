// SPDX-License-Identifier: Apache-2.0

//go:build linux

package lane

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is the modules that a kernel comes with.
type Tree struct {
	dir     string
	release string
	deps    map[string][]string // file -> files it needs, direct and indirect
	files   map[string]string   // name -> file
	builtin map[string]bool
}

// ReadTree reads the indexes that depmod made.
func (l *Lane) ReadTree() (*Tree, error) {
	t := &Tree{dir: l.Modules, release: l.Release, deps: map[string][]string{}, files: map[string]string{}, builtin: map[string]bool{}}
	if l.Modules == "" {
		return t, nil
	}
	text, err := os.ReadFile(filepath.Join(l.Modules, "modules.dep"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		file, needs, ok := strings.Cut(line, ":")
		if ok {
			t.deps[file] = strings.Fields(needs)
			t.files[moduleName(file)] = file
		}
	}
	if text, err = os.ReadFile(filepath.Join(l.Modules, "modules.builtin")); err != nil {
		return nil, err
	}
	for file := range strings.Lines(string(text)) {
		t.builtin[moduleName(strings.TrimSpace(file))] = true
	}
	return t, nil
}

func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// Exists reports whether the kernel came with modules at all.
func (t *Tree) Exists() bool { return t.dir != "" }

// Has reports whether the kernel has the module, as a file or built in.
func (t *Tree) Has(name string) bool {
	name = moduleName(name)
	return t.files[name] != "" || t.builtin[name]
}

// Closure lists the files of the modules and of all that they depend on, in
// an order in which they can be loaded, relative to the tree.
func (t *Tree) Closure(names []string) ([]string, error) {
	var order []string
	for _, name := range names {
		file, ok := t.files[moduleName(name)]
		if !ok {
			if t.builtin[moduleName(name)] {
				continue
			}
			return nil, fmt.Errorf("the kernel %s has no module %s", t.release, name)
		}
		// modules.dep lists the direct need first and what that one needs
		// after it.
		for _, need := range slices.Backward(append([]string{file}, t.deps[file]...)) {
			if !slices.Contains(order, need) {
				order = append(order, need)
			}
		}
	}
	return order, nil
}

// Path is where a file of the tree lies on this machine.
func (t *Tree) Path(file string) string { return filepath.Join(t.dir, file) }

// GuestDir is where the tree lies in the guest.
func (t *Tree) GuestDir() string { return "/lib/modules/" + t.release }

// Index is a modules.dep for some of the files.
func (t *Tree) Index(files []string) string {
	var b strings.Builder
	for _, file := range files {
		fmt.Fprintf(&b, "%s: %s\n", file, strings.Join(t.deps[file], " "))
	}
	return b.String()
}
