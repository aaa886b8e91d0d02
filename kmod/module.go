// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"context"
	"errors"
	"slices"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kmsg"
)

// Module is a loaded module. It holds no file open and needs no Close.
//
// It goes by the name: should somebody else unload the module and load it
// again, the handle means the new one. It may be shared by goroutines.
type Module struct {
	name string
	log  []kmsg.Record // written before the Module is handed out

	mu        sync.Mutex
	removeLog []kmsg.Record // guarded by mu
}

// Find returns a handle of the loaded module called name.
//
// Errors, by errors.Is: fs.ErrNotExist if it is not loaded, or is built into
// the kernel; [kernlink.ErrNotSupported] on a kernel without loadable
// modules; syscall.EINVAL for what cannot be a module's name.
//
// Any user may ask.
func Find(name string) (*Module, error) {
	name = Normalize(name)
	if bad := badName(name); bad != "" {
		return nil, &kernlink.Error{Channel: channel, Op: "find", Path: name, Err: syscall.EINVAL, Hint: bad}
	}
	if _, err := status(name); err != nil {
		return nil, notLoaded("find", name, err)
	}
	return &Module{name: name}, nil
}

// Name returns the name under which the kernel knows the module.
func (m *Module) Name() string { return m.name }

// Log returns what the kernel logged while [Insert] loaded the module, oldest
// first: what its init function said, and whatever anybody else had to say in
// that time, since the log is everybody's. It is empty for a module that was
// found, and for a process that may not read the log (see package kmsg).
//
// A line that a module prints without its newline is not complete until the
// next one comes, and may be missing.
//
// The records are shared and must not be changed.
func (m *Module) Log() []kmsg.Record { return slices.Clip(m.log) }

// RemoveLog returns the same of the last successful [Module.Remove]: what
// the module's exit function said. It is empty before.
func (m *Module) RemoveLog() []kmsg.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clip(m.removeLog)
}

// Status returns what the kernel says of the module now: its state, its size,
// and who uses it.
//
// Errors, by errors.Is: [kernlink.ErrGone] if it is no longer loaded.
//
// Any user may ask. It reads the list of all modules.
func (m *Module) Status() (Status, error) {
	s, err := status(m.name)
	if err != nil {
		return Status{}, gone(notLoaded("status", m.name, err))
	}
	return s, nil
}

// Remove unloads the module, as rmmod(8) does. It is a wait: while the module
// is in use it tries again, until ctx ends. The exit function then runs to
// its end in the kernel, whatever happens to ctx.
//
// Errors, by errors.Is: those of [Remove], and [kernlink.ErrGone] instead of
// fs.ErrNotExist alone if it was unloaded meanwhile.
func (m *Module) Remove(ctx context.Context) error {
	log, err := remove(ctx, m.name)
	if err != nil {
		return gone(err)
	}
	m.mu.Lock()
	m.removeLog = log
	m.mu.Unlock()
	return nil
}

// gone turns "no such module" into "not any more": the handle was good once.
func gone(err error) error {
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok || e.Kind != nil || !errors.Is(e.Err, syscall.ENOENT) {
		return err
	}
	g := *e
	g.Kind, g.Hint = kernlink.ErrGone, "it has been unloaded"
	return &g
}
