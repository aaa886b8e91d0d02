// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"errors"
	"iter"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

const procModules = "/proc/modules"

// Loaded lists the loaded modules, the youngest first. What is built into the
// kernel is not among them.
//
// The list is no snapshot: a module that comes or goes while it is read may
// be missing. An error about one line does not end the loop;
// [kernlink.ErrNotSupported] does, on a kernel without loadable modules.
//
// Any user may read it. Each Status is the caller's to keep: two allocations
// a module, more with holders.
func Loaded() iter.Seq2[Status, error] {
	return func(yield func(Status, error) bool) {
		text, err := sys.ReadFile(procModules)
		if err != nil {
			yield(Status{}, listError(err))
			return
		}
		for line := range bytes.Lines(text) {
			s, err := ParseStatus(line)
			if err != nil {
				err = &kernlink.Error{Channel: channel, Op: "list", Path: procModules, Err: err}
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// status looks for one module. It returns a bare ENOENT if it is not loaded.
func status(name string) (Status, error) {
	text, err := sys.ReadFile(procModules)
	if err != nil {
		return Status{}, err
	}
	for line := range bytes.Lines(text) {
		if n, _, _ := bytes.Cut(line, []byte(" ")); string(n) == name {
			return ParseStatus(line)
		}
	}
	return Status{}, syscall.ENOENT
}

func listError(err error) error {
	e := &kernlink.Error{Channel: channel, Op: "list", Path: procModules, Err: err}
	switch {
	case errors.Is(err, syscall.ENOENT):
		e.Kind, e.Hint = kernlink.ErrNotSupported, hintNoModules
	case errors.Is(err, errors.ErrUnsupported):
		e.Kind = kernlink.ErrNotSupported
	}
	return e
}
