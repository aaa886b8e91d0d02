// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/kernlink/kernlink/attr"
)

// noOverride is how the kernel writes that there is none.
const noOverride = "(null)"

// DriverOverride is the name of the only driver that may be bound to the
// device, or "" when any that is for it may.
//
// errors.Is finds [fs.ErrNotExist] and not [kernlink.ErrGone] on a bus without
// overrides (those of PCI, platform and some others have them),
// [kernlink.ErrGone].
func (d *Device) DriverOverride() (string, error) {
	name, err := attr.Get[string](d.Attr("driver_override"))
	if name == noOverride {
		name = ""
	}
	return name, err
}

// SetDriverOverride makes a driver, by its name, the only one that may be
// bound to the device, whether it knows the device or not and whether it is
// there yet or not. What is bound stays bound: [Driver.Unbind] takes the
// device from a driver, and [Driver.Bind] gives it to the other. A name that
// no driver has ("none") keeps all away.
//
// It is a call. errors.Is finds [fs.ErrInvalid] for a name that is none, and
// what [Device.DriverOverride] gives; [kernlink.ErrRestricted] for those who
// are not root.
func (d *Device) SetDriverOverride(driver string) error {
	file := d.Attr("driver_override")
	if driver == "" || driver == noOverride || strings.ContainsAny(driver, "\n\x00/") {
		return failure("set", file.Path(), fmt.Errorf("%w: driver %q", fs.ErrInvalid, driver))
	}
	return attr.Set(file, driver)
}

// ClearDriverOverride takes an override back. That there was none is no error.
// The errors are those of [Device.SetDriverOverride].
func (d *Device) ClearDriverOverride() error {
	return attr.Set(d.Attr("driver_override"), "") // a lone newline
}
