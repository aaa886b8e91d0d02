// SPDX-License-Identifier: Apache-2.0

package kmod

import "github.com/kernlink/kernlink/kmsg"

// listener brackets a call by position in the kernel log. Without permission
// to read the log it hears nothing: a module must not fail to load because
// its words cannot be read.
type listener struct{ log *kmsg.Log }

func listen() *listener {
	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		return &listener{}
	}
	return &listener{log: log}
}

func (l *listener) close() {
	if l.log != nil {
		l.log.Close()
	}
}

// skip forgets what has been logged so far.
func (l *listener) skip() {
	if l.log == nil {
		return
	}
	for range l.log.Pending() {
	}
}

// take returns what has been logged since. Records that were overwritten
// before they could be read are missing.
func (l *listener) take() []kmsg.Record {
	if l.log == nil {
		return nil
	}
	var records []kmsg.Record
	for r, err := range l.log.Pending() {
		if err == nil {
			records = append(records, r.Clone())
		}
	}
	return records
}
