// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// folders are where files are looked for, the one that overrides first. Where
// /lib is a link to /usr/lib, the last two are one.
var folders = [...]string{
	"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d",
}

// lastFile is read behind all others, as sysctl --system does; systemd does
// not read it.
const lastFile = "/etc/sysctl.conf"

// ReadOptions are the choices of [ReadSettings]; nil and the zero value are the
// files of this system.
type ReadOptions struct {
	// Root is the folder that the system's files are below, for an image or
	// a test; "" is "/". Links are followed as they would be with Root as /.
	Root string

	// Files are read instead of the system's, in this order; they are not
	// below Root, and each must be there.
	Files []string
}

// ReadSettings reads the settings of the system, in the order in which they
// count, later ones more: the files *.conf of the folders of sysctl.d(5), by
// their names whichever folder they are in, and then /etc/sysctl.conf.
//
// Of files by one name that counts whose folder comes first in: /etc/sysctl.d,
// /run/sysctl.d, /usr/local/lib/sysctl.d, /usr/lib/sysctl.d, /lib/sysctl.d. An
// empty one, or a link to /dev/null, stands for none.
//
// The error joins what was wrong with each file and, as in [ParseSettings],
// with each line; what was read is returned too. What is not there is no
// error, but for a file that Files names.
//
// The rules are those of sysctl --system of procps. systemd has the same ones,
// and does not read /etc/sysctl.conf, to which Debian has a link in
// /etc/sysctl.d.
func ReadSettings(opts *ReadOptions) ([]Setting, error) {
	if opts == nil {
		opts = new(ReadOptions)
	}
	files, errs := opts.Files, []error(nil)
	if files == nil {
		files, errs = systemFiles(opts.Root)
	}
	var all []Setting
	for _, file := range files {
		settings, err := readFile(opts, file)
		all = append(all, settings...)
		errs = append(errs, err)
	}
	return all, errors.Join(errs...)
}

// systemFiles are the names of the files to read, as they are below root.
func systemFiles(root string) (files []string, errs []error) {
	byName := make(map[string]string)
	for _, folder := range folders {
		names, err := confFiles(root, folder)
		errs = append(errs, err)
		for _, name := range names {
			if byName[name] == "" {
				byName[name] = folder + "/" + name
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		files = append(files, byName[name])
	}
	return append(files, lastFile), errs
}

func confFiles(root, folder string) (names []string, err error) {
	at, err := follow(root, folder)
	if err == nil {
		var entries []fs.DirEntry
		entries, err = os.ReadDir(at)
		for _, e := range entries {
			if name := e.Name(); strings.HasSuffix(name, ".conf") && name[0] != '.' && !e.IsDir() {
				names = append(names, name)
			}
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return names, failure("read", folder, cause(err))
	}
	return names, nil
}

func readFile(opts *ReadOptions, file string) ([]Setting, error) {
	at, err := file, error(nil)
	if opts.Files == nil {
		at, err = follow(opts.Root, file)
	}
	var text []byte
	if err == nil && at != os.DevNull {
		text, err = os.ReadFile(at)
	}
	if opts.Files == nil && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failure("read", file, cause(err))
	}
	return parseSettings(text, file)
}

// cause is what the kernel said, without the path that the error shows anyway.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// maxLinks is what the kernel follows in one path.
const maxLinks = 40

// follow is where name leads with root as the root folder. A link to /dev/null
// leads there whether root has one or not.
func follow(root, name string) (string, error) {
	if root == "" || root == "/" {
		if target, err := os.Readlink(name); err == nil && target == os.DevNull {
			return target, nil
		}
		return name, nil
	}
	done, rest := "/", name
	for links := 0; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		next := path.Join(done, part) // which leads nowhere above /
		target, err := os.Readlink(filepath.Join(root, next))
		switch {
		case err != nil: // no link, or nothing: reading it will say
			done = next
			continue
		case target == os.DevNull:
			return target, nil
		case links == maxLinks:
			return "", syscall.ELOOP
		case path.IsAbs(target):
			done = "/"
		}
		links++
		rest = target + "/" + rest
	}
	return filepath.Join(root, done), nil
}
