// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// AddID tells the driver of devices that it is for and does not know of, in
// the form of its bus: of PCI "8086 7010", vendor and device in hexadecimal,
// and more, of USB "0557 2008". Devices of this kind that have no driver are
// bound to it at once.
//
// It is a call, in which the driver's probe runs to its end; that a probe
// fails is no error here.
//
// errors.Is finds [fs.ErrNotExist] and not [kernlink.ErrGone] for a driver
// that takes none, [fs.ErrExist] for one that it knows already, EINVAL for
// another form, [fs.ErrInvalid] for one that is not one line,
// [kernlink.ErrGone], [kernlink.ErrRestricted] for those who are not root.
//
// The form of PCI is in Documentation/PCI/pci.rst.
func (d *Driver) AddID(id string) error {
	return d.storeID("add id", "new_id", id, "")
}

// RemoveID makes the driver forget what [Driver.AddID] told it. Devices that
// are bound to it stay so.
//
// errors.Is finds ENODEV for an id that it was not told, and what
// [Driver.AddID] gives.
func (d *Driver) RemoveID(id string) error {
	return d.storeID("remove id", "remove_id", id, "the driver was not told of this id")
}

func (d *Driver) storeID(op, name, id, unknown string) error {
	file := d.Attr(name)
	if strings.Trim(id, " ") == "" || strings.ContainsAny(id, "\n\x00") {
		return failure(op, file.Path(), fmt.Errorf("%w: id %q", fs.ErrInvalid, id))
	}
	err := attr.Set(file, id)
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok {
		return err
	}
	said := *e
	said.Op = op
	switch {
	case missing(err):
		said.Hint = "this driver takes no ids"
	case errors.Is(err, syscall.EEXIST):
		said.Hint = "the driver knows this id"
	case errors.Is(err, syscall.ENODEV) && said.Kind == nil && unknown != "":
		said.Hint = unknown
	}
	return &said
}
