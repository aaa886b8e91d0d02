// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// Driver is a driver on a bus. What holds for an [Object] holds for it.
type Driver struct{ Object }

// Open makes a Driver of its own, to be closed, from one that is borrowed.
// The errors are those of [Object.Open].
func (d *Driver) Open() (*Driver, error) {
	o, err := d.Object.Open()
	if err != nil {
		return nil, err
	}
	return &Driver{*o}, nil
}

// Bus is the name of the driver's bus.
func (d *Driver) Bus() string { return path.Base(path.Dir(path.Dir(d.path))) }

// Devices yields the devices that are bound to the driver, in the order of
// their names. What holds for [Object.Children] holds for it.
func (d *Driver) Devices() iter.Seq2[*Device, error] { return devices(d.members(attr.LinkKind)) }

// Bind gives a device of the same bus to the driver: it is a call, in which
// the driver's probe runs to its end.
//
// errors.Is finds [fs.ErrInvalid] for a device of another bus,
// [kernlink.ErrBusy] when it has a driver already, ENODEV when the driver is
// not for this device or its probe said so, EAGAIN when the device is not
// ready, which may change by itself: it is still being added, or waits for
// another one. It finds [kernlink.ErrGone] when the device or the driver went
// away (the error's Path and Hint say which, and so does [Object.Gone] of
// each), [kernlink.ErrRestricted] for those who are not root,
// [fs.ErrNotExist] for a driver that cannot be bound by hand.
func (d *Driver) Bind(dev *Device) error {
	return d.store("bind", dev, "the driver is not for this device, or its probe refused it; the kernel log may say more")
}

// Unbind takes a device away from the driver: it is a call, in which the
// driver's remove runs to its end.
//
// errors.Is finds what [Driver.Bind] gives; ENODEV is a device that is not
// bound to this driver.
func (d *Driver) Unbind(dev *Device) error {
	return d.store("unbind", dev, "the device is not bound to this driver")
}

// store writes a device's name. The kernel looks the name up on the driver's
// bus, where another bus' device of that name must not be hit.
func (d *Driver) store(op string, dev *Device, refusal string) error {
	bus, err := dev.link(op, "subsystem")
	if errors.Is(err, kernlink.ErrGone) {
		return deviceGone(op, dev, err)
	}
	if err != nil {
		return err
	}
	if bus != d.Bus() {
		return failure(op, dev.SysPath(), fmt.Errorf("%w: the device is of %s, the driver of %s", fs.ErrInvalid, bus, d.Bus()))
	}
	err = attr.Set(d.Attr(op), dev.Name())
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok {
		return err
	}
	meant := *e
	meant.Op = op
	switch {
	case (vanished(err) || errors.Is(err, syscall.ENODEV)) && d.Gone():
		meant.Kind, meant.Hint = kernlink.ErrGone, "the driver went away"
	case errors.Is(err, syscall.ENODEV) && dev.Gone():
		return deviceGone(op, dev, err)
	case errors.Is(err, syscall.ENODEV):
		// The answer of an attribute whose object went away, and of this
		// attribute that it knows no such device.
		meant.Kind, meant.Hint = nil, refusal
	case errors.Is(err, syscall.EBUSY):
		if holder, err := dev.link(op, "driver"); err == nil {
			meant.Hint = dev.Name() + " is bound to " + holder
		}
	case errors.Is(err, syscall.EAGAIN):
		meant.Hint = "the device is still being added, or waits for another one"
	}
	return &meant
}

// deviceGone says that it was the device that went away, and not the driver
// whose file may have said so.
func deviceGone(op string, dev *Device, err error) error {
	if e, ok := errors.AsType[*kernlink.Error](err); ok {
		err = e.Err
	}
	return &kernlink.Error{
		Channel: channel, Op: op, Path: dev.SysPath(), Kind: kernlink.ErrGone, Err: err, Hint: "the device went away",
	}
}
