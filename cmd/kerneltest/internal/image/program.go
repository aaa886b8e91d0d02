// SPDX-License-Identifier: Apache-2.0

package image

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Program adds the executable host as name, with what it needs to start.
func (img *Writer) Program(name, host string) error {
	img.File(name, host)
	needs, err := Needs(host)
	if err != nil {
		return err
	}
	for _, lib := range needs {
		img.File(lib, lib)
	}
	return img.err
}

var libPath = regexp.MustCompile(`(?:=> )?(/\S+) \(0x[0-9a-f]+\)`)

// Needs lists the loader and the libraries of an executable of this machine;
// none for a static one.
func Needs(host string) ([]string, error) {
	dynamic, err := isDynamic(host)
	if err != nil || !dynamic {
		return nil, err
	}
	out, err := exec.Command("ldd", host).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ldd %s: %w: %s", host, err, out)
	}
	if strings.Contains(string(out), "not found") {
		return nil, fmt.Errorf("%s lacks libraries on this machine:\n%s", host, out)
	}
	var libs []string
	for _, match := range libPath.FindAllStringSubmatch(string(out), -1) {
		libs = append(libs, match[1])
	}
	return libs, nil
}

func isDynamic(host string) (bool, error) {
	f, err := elf.Open(host)
	if _, other := errors.AsType[*elf.FormatError](err); other || errors.Is(err, io.EOF) {
		return false, nil // a script: its interpreter is a tool of its own
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return true, nil
		}
	}
	return false, nil
}

// maxPlainFile keeps built binaries and other large things that lie beside a
// package's sources out of the image; testdata has no limit.
const maxPlainFile = 4 << 20

// PackageDir adds what a package's tests may read: the files beside its
// sources and the whole of testdata.
func (img *Writer) PackageDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	img.Dir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.Size() <= maxPlainFile {
			img.File(filepath.Join(dir, e.Name()), filepath.Join(dir, e.Name()))
		}
	}
	return img.Tree(filepath.Join(dir, "testdata"))
}

// Tree adds a folder with all that is in it, at the path it has on the host;
// one that does not exist adds nothing.
func (img *Writer) Tree(dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			img.Dir(p)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			img.Link(p, target)
		case d.Type().IsRegular():
			img.File(p, p)
		}
		return img.err
	})
}
