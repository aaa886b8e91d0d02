// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"syscall"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// list reads the names in a folder, sorted.
func list(dir *attr.Dir) ([]sys.Entry, error) {
	at, err := dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer dir.Release()
	all, err := sys.List(at)
	if err != nil {
		return nil, failureIn(dir, "list", dir.Path(), err)
	}
	// A folder that was removed under its descriptor reads as an empty one.
	if len(all) == 0 && dir.Gone() {
		return nil, failure("list", dir.Path(), syscall.ENODEV)
	}
	return all, nil
}
