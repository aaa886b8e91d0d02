// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"strings"

	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/sys"
)

// system is what the checks look at: files below a root, and in the running
// system the calls, which tests replace. Facts that cannot change while a
// report is made, and cost something, are kept for its duration.
type system struct {
	root   string // "" or a folder
	open   func(path string, flags int) error
	magic  func(path string) (int64, error) // nil in a captured tree, as the rest
	socket func(family, kind, protocol int) error
	insert func() error // finit_module(2) without a file
	ioctl  func(path string) error

	config      feature.Config
	configKnown bool
	configRead  bool
}

func newSystem(o *Options) *system {
	s := &system{open: tryOpen}
	if o != nil && o.Root != "" {
		s.root = strings.TrimRight(o.Root, "/")
	}
	if s.root == "" {
		s.magic, s.socket, s.ioctl = magicOf, trySocket, tryIoctl
		s.insert = func() error { return sys.FinitModule(-1, "", 0) }
	}
	return s
}

// captured reports whether there are files only.
func (s *system) captured() bool { return s.magic == nil }

func (s *system) read(path string) ([]byte, error) { return sys.ReadFile(s.root + path) }

// is reports whether a file of one word has this one.
func (s *system) is(path, word string) bool { return sys.FileIs(s.root+path, word) }

// option is the kernel's configuration of an option: "y", "m", "n", or ""
// where the configuration is nowhere to be found.
func (s *system) option(name string) string {
	if !s.configRead {
		s.configRead = true
		if release, err := s.read("/proc/sys/kernel/osrelease"); err == nil {
			root := s.root + "/"
			s.config, err = feature.LoadConfig(root, string(bytes.TrimSpace(release)))
			s.configKnown = err == nil
		}
	}
	if !s.configKnown {
		return ""
	}
	if value, ok := s.config.Value(name); ok {
		return value
	}
	return "n" // not mentioned: another option rules it out
}

func tryOpen(path string, flags int) error {
	fd, err := sys.Open(path, flags)
	if err == nil {
		sys.Close(fd)
	}
	return err
}

func magicOf(path string) (int64, error) {
	fd, err := sys.Open(path, sys.PathOnly|sys.Directory)
	if err != nil {
		return 0, err
	}
	defer sys.Close(fd)
	return sys.StatfsType(fd)
}

func trySocket(family, kind, protocol int) error {
	fd, err := sys.Socket(family, kind, protocol)
	if err == nil {
		sys.Close(fd)
	}
	return err
}

func tryIoctl(path string) error {
	fd, err := sys.Open(path, sys.ReadOnly)
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	_, err = sys.Readable(fd)
	return err
}
