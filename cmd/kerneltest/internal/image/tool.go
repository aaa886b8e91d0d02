// SPDX-License-Identifier: Apache-2.0

package image

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// toolDirs is where programs are looked for beside PATH: ordinary users' lacks
// what administers a system.
var toolDirs = []string{"usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"}

// Tool adds a program called name with the libraries it needs: this machine's
// own, at the path it has here, or else the one of root, an unpacked Debian
// system or "".
func (img *Writer) Tool(name, root string) error {
	found, err := exec.LookPath(name)
	if err != nil {
		found = findTool("/", name)
	}
	if found == "" && root != "" {
		if found = findTool(root, name); found != "" {
			return img.foreignTool(name, root, found)
		}
	}
	if found == "" {
		return fmt.Errorf("-tools: %w: install it on this machine", err)
	}
	if found, err = filepath.Abs(found); err != nil {
		return err
	}
	return img.Program(found, found)
}

func findTool(root, name string) string {
	for _, dir := range toolDirs {
		path := filepath.Join(root, dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// foreignDir holds programs whose libraries are not this machine's: they stay
// apart, and a script starts each with the loader that belongs to them.
const foreignDir = "/kerneltest/tools"

func (img *Writer) foreignTool(name, root, file string) error {
	loader := filepath.Join(root, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
	path := filepath.Join(root, "lib/x86_64-linux-gnu") + ":" + filepath.Join(root, "usr/lib/x86_64-linux-gnu")
	out, err := exec.Command(loader, "--library-path", path, "--list", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("-tools: the libraries of %s: %w: %s", file, err, out)
	}
	lib := filepath.Join(foreignDir, "lib")
	for _, match := range libPath.FindAllStringSubmatch(string(out), -1) {
		if host := match[1]; host != loader {
			img.File(filepath.Join(lib, filepath.Base(host)), host)
		}
	}
	img.File(filepath.Join(lib, "ld.so"), loader)
	img.File(filepath.Join(foreignDir, name), file)
	img.Bytes("/usr/bin/"+name, fmt.Appendf(nil, "#!/bin/sh\nexec %s/ld.so --argv0 %s --library-path %s %s \"$@\"\n",
		lib, name, lib, filepath.Join(foreignDir, name)), 0o755)
	return img.err
}
