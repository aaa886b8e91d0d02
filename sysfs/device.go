// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Device is an object that is a device, with its place among the subsystems
// and drivers. What holds for an [Object] holds for it.
type Device struct{ Object }

// Device opens the device that a subsystem, which is a class or a bus, has
// under a name: ("net", "lo"), ("pci", "0000:00:1f.2"). Where the name of a
// device node has a slash, the name here has "!".
//
// It looks among the classes first and then among the buses; [Class.Device]
// and [Bus.Device] look in one place only.
//
// errors.Is finds [fs.ErrInvalid] for a name that is none, [fs.ErrNotExist]
// when there is no such subsystem or device (the error's Hint says which),
// [kernlink.ErrRestricted].
func (f *FS) Device(subsystem, name string) (*Device, error) {
	return f.device(name, classOf(subsystem), busOf(subsystem))
}

// Open makes a Device of its own, to be closed, from one that is borrowed.
// The errors are those of [Object.Open].
func (d *Device) Open() (*Device, error) {
	o, err := d.Object.Open()
	if err != nil {
		return nil, err
	}
	return &Device{*o}, nil
}

// Subsystem is the name of the class or the bus that the device belongs to.
//
// errors.Is finds [fs.ErrNotExist] for a device that belongs to none (some
// parents), [kernlink.ErrGone].
func (d *Device) Subsystem() (string, error) { return d.link("subsystem", "subsystem") }

// Driver is the driver that the device is bound to. [Device.DriverName] is for
// who wants no more than its name.
//
// It is the device's and is closed with it, in a loop at the end of the turn,
// so there is nothing to close; Open makes one to keep. It stays the driver
// that it is when the device is given to another one.
//
// A device without a driver is an error, too, so that nobody uses a nil
// Driver: errors.Is finds [fs.ErrNotExist] and not [kernlink.ErrGone]. It
// finds both when it is the device that went away.
//
// The device holds one descriptor for each driver that it was found with, and
// not one for each call.
func (d *Device) Driver() (*Driver, error) {
	o, err := d.follow("driver", "driver")
	if err == nil {
		o, err = d.lent.lend(o)
	}
	if err != nil {
		return nil, err
	}
	return &Driver{*o}, nil
}

// DriverName is the name of the driver that the device is bound to, or "" when
// it has none. It reads one link and opens nothing.
//
// errors.Is finds [kernlink.ErrGone] and [fs.ErrClosed].
func (d *Device) DriverName() (string, error) {
	name, err := d.link("driver", "driver")
	if missing(err) {
		return "", nil
	}
	return name, err
}

// Parent is the device that this one is part of, the next one above that is a
// device: folders in between that only sort are passed over.
//
// It is the device's, as [Device.Driver] is, and a parent's parent is the
// parent's: all are closed with the device.
//
// errors.Is finds [fs.ErrNotExist] when there is none, [kernlink.ErrGone].
func (d *Device) Parent() (*Device, error) {
	if d.Gone() {
		return nil, &kernlink.Error{Channel: channel, Op: "parent", Path: d.SysPath(), Kind: kernlink.ErrGone, Err: fs.ErrNotExist}
	}
	for p := path.Dir(d.path); strings.HasPrefix(p, "devices/"); p = path.Dir(p) {
		o, err := d.fs.open(p)
		if err != nil {
			return nil, failureIn(d.dir, "parent", d.SysPath(), err)
		}
		if !o.isDevice() {
			o.Close()
			continue
		}
		if o, err = d.lent.lend(o); err != nil {
			return nil, err
		}
		return &Device{*o}, nil
	}
	return nil, failure("parent", d.SysPath(), fs.ErrNotExist)
}

func has(dir *attr.Dir, name string) bool {
	at, err := dir.Acquire()
	if err != nil {
		return false
	}
	defer dir.Release()
	_, err = sys.StatAt(at, name, false)
	return err == nil
}

// devices are the members of a folder that are devices; what a link leads to
// elsewhere (a driver's "module") is none.
func devices(members iter.Seq2[*Object, error]) iter.Seq2[*Device, error] {
	return func(yield func(*Device, error) bool) {
		for o, err := range members {
			if err == nil && !strings.HasPrefix(o.path, "devices/") {
				continue
			}
			if err != nil && !yield(nil, err) || err == nil && !yield(&Device{*o}, nil) {
				return
			}
		}
	}
}

// members is [Object.members] of a folder that is opened for it.
func (f *FS) members(folder string, invalid bool, kind attr.Kind) iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		if invalid {
			yield(nil, failure("list", folder, fs.ErrInvalid))
			return
		}
		o, err := f.open(folder)
		if err != nil {
			yield(nil, err)
			return
		}
		defer o.Close()
		o.members(kind)(yield)
	}
}

// members opens what the entries of one kind in the object's folder are or
// lead to, one after the other.
func (o *Object) members(kind attr.Kind) iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		entries, err := o.dir.List()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range entries {
			if e.Kind == kind && !o.member(e, yield) {
				return
			}
		}
	}
}

func (o *Object) member(e attr.Entry, yield func(*Object, error) bool) bool {
	if e.Kind == attr.FolderKind {
		return o.child(e.Name, yield)
	}
	m, err := o.follow("open", e.Name)
	if err != nil {
		return vanished(err) || yield(nil, err)
	}
	defer m.Close()
	return yield(m, nil)
}
