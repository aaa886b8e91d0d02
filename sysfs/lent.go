// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"sync"
)

// lent are the objects that an object was asked for and has opened: its own
// until it is closed, and only lent to who asked.
type lent struct {
	mu      sync.Mutex
	objects []*Object
	closed  bool
}

// lend takes the descriptor of o and lends it. Who asks twice for one object
// is lent one descriptor; one of an object that went away is kept beside that
// of the next, so that it goes on saying so.
func (l *lent) lend(o *Object) (*Object, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		o.Close()
		return nil, failure("open", o.SysPath(), fs.ErrClosed)
	}
	for _, old := range l.objects {
		if old.path == o.path && !old.Gone() {
			o.Close()
			return old, nil
		}
	}
	o.borrowed = true
	l.objects = append(l.objects, o)
	return o, nil
}

// close closes what is lent, and what that has lent itself.
func (l *lent) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.objects {
		o.dir.Close()
		o.lent.close()
	}
	l.objects, l.closed = nil, true
}
