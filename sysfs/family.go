// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"io/fs"
	"iter"
	"strings"

	"github.com/kernlink/kernlink"
)

// FindParent is the nearest of the devices above this one that belongs to a
// subsystem and is of a type ([Device.DevType]); "" is any. The USB device of a
// partition of a stick is ("usb", "usb_device").
//
// It is lent as [Device.Parent] is. errors.Is finds [fs.ErrNotExist] when
// there is none, [kernlink.ErrGone].
func (d *Device) FindParent(subsystem, devType string) (*Device, error) {
	for p := d; ; {
		var err error
		if p, err = p.Parent(); err != nil {
			return nil, d.parentFailure(subsystem, devType, err)
		}
		switch ok, err := p.is(subsystem, devType); {
		case err != nil:
			return nil, err
		case ok:
			return p, nil
		}
	}
}

// is reports whether the device is of a subsystem and a type.
func (d *Device) is(subsystem, devType string) (bool, error) {
	if subsystem != "" {
		name, err := d.Subsystem()
		if missing(err) {
			return false, nil
		}
		if err != nil || name != subsystem {
			return false, err
		}
	}
	if devType == "" {
		return true, nil
	}
	t, err := d.DevType()
	return err == nil && t == devType, err
}

// parentFailure says of which parent it is that there is none.
func (d *Device) parentFailure(subsystem, devType string, err error) error {
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok || !missing(err) {
		return err
	}
	return &kernlink.Error{
		Channel: channel, Op: "parent", Path: d.SysPath(), Err: e.Err,
		Hint: "no device above it is of " + strings.TrimSuffix(subsystem+" "+devType, " "),
	}
}

// Devices yields the devices right below this one, those whose
// [Device.Parent] it is. Folders in between that only sort are passed through,
// and groups of attributes, which [Object.Children] yields, are left out.
//
// What holds for [Object.Children] holds for it.
func (d *Device) Devices() iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		for child, err := range d.Children() {
			if err != nil && !yield(nil, err) || err == nil && !child.deviceOrBelow(yield) {
				return
			}
		}
	}
}

// deviceOrBelow yields the object when it is a device, and else the devices
// below it.
func (o *Object) deviceOrBelow(yield func(*Device, error) bool) bool {
	if o.isDevice() {
		return yield(&Device{*o}, nil)
	}
	for child, err := range o.Children() {
		if err != nil && !vanished(err) && !yield(nil, err) || err == nil && !child.deviceOrBelow(yield) {
			return false
		}
	}
	return true
}

// isDevice tells devices from the folders that sort them, and from what else
// has a folder.
func (o *Object) isDevice() bool {
	return strings.HasPrefix(o.path, "devices/") && has(o.dir, "uevent")
}

// missing says that something is not there, of an object that is.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) && !errors.Is(err, kernlink.ErrGone)
}
