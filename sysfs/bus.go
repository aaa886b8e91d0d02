// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"context"
	"io/fs"
	"iter"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// Bus is a bus by its name: its devices, and the drivers for them. It owns
// nothing, and does not look whether there is one: a name that is none shows
// as [fs.ErrInvalid] when it is used, a bus that is not there as
// [fs.ErrNotExist].
type Bus struct {
	fs   *FS
	name string
}

// Bus is the bus of that name: "pci", "platform".
func (f *FS) Bus(name string) *Bus { return &Bus{fs: f, name: name} }

// Name is the name that it was asked for by.
func (b *Bus) Name() string { return b.name }

func (b *Bus) folder() string { return busOf(b.name).folder }

// Attr is an attribute of the bus itself: "drivers_autoprobe".
func (b *Bus) Attr(name string) attr.File { return b.fs.named(b.folder(), b.name, name) }

// Device opens the device that the bus has under a name: "0000:00:1f.2" of pci.
//
// errors.Is finds what [FS.Device] gives.
func (b *Bus) Device(name string) (*Device, error) { return b.fs.device(name, busOf(b.name)) }

// WaitDevice is [Bus.Device] for a device that may be still to come, and the
// bus with it. What holds for [FS.WaitDevice] holds for it.
func (b *Bus) WaitDevice(ctx context.Context, name string) (*Device, error) {
	return b.fs.wait(ctx, name, busOf(b.name))
}

// Devices yields the devices on the bus in the order of their names. What
// holds for [Object.Children] holds for it.
func (b *Bus) Devices() iter.Seq2[*Device, error] {
	return devices(b.fs.members(busOf(b.name).devices, !sys.IsName(b.name), attr.LinkKind))
}

// Drivers yields the drivers of the bus in the order of their names. What
// holds for [Object.Children] holds for it.
func (b *Bus) Drivers() iter.Seq2[*Driver, error] {
	return func(yield func(*Driver, error) bool) {
		for o, err := range b.fs.members(b.folder()+"/drivers", !sys.IsName(b.name), attr.FolderKind) {
			if err != nil && !yield(nil, err) || err == nil && !yield(&Driver{*o}, nil) {
				return
			}
		}
	}
}

// Driver opens a driver of the bus.
//
// errors.Is finds [fs.ErrInvalid] for a name that is none, [fs.ErrNotExist].
func (b *Bus) Driver(name string) (*Driver, error) {
	where := b.folder() + "/drivers/" + name
	if !sys.IsName(b.name) || !sys.IsName(name) {
		return nil, failure("open", where, fs.ErrInvalid)
	}
	o, err := b.fs.open(where)
	if err != nil {
		return nil, err
	}
	return &Driver{*o}, nil
}

// Class is a class by its name: devices of one kind, whatever bus they are
// on. It owns nothing, and does not look whether there is one, as a [Bus].
type Class struct {
	fs   *FS
	name string
}

// Class is the class of that name: "net", "block".
func (f *FS) Class(name string) *Class { return &Class{fs: f, name: name} }

// Name is the name that it was asked for by.
func (c *Class) Name() string { return c.name }

// Attr is an attribute of the class itself: "export" of gpio.
func (c *Class) Attr(name string) attr.File { return c.fs.named(classOf(c.name).folder, c.name, name) }

// Device opens the device that the class has under a name: "lo" of net.
//
// errors.Is finds what [FS.Device] gives.
func (c *Class) Device(name string) (*Device, error) { return c.fs.device(name, classOf(c.name)) }

// WaitDevice is [Class.Device] for a device that may be still to come, and the
// class with it. What holds for [FS.WaitDevice] holds for it.
func (c *Class) WaitDevice(ctx context.Context, name string) (*Device, error) {
	return c.fs.wait(ctx, name, classOf(c.name))
}

// Devices yields the devices of the class in the order of their names. What
// holds for [Object.Children] holds for it.
func (c *Class) Devices() iter.Seq2[*Device, error] {
	return devices(c.fs.members(classOf(c.name).devices, !sys.IsName(c.name), attr.LinkKind))
}

// named is a file in a folder that was named by the caller.
func (f *FS) named(folder, owner, name string) attr.File {
	if !sys.IsName(owner) || !sys.IsPath(name) {
		return attr.Invalid(f.where(folder+"/"+name), attr.Sysfs)
	}
	return f.root.File(folder + "/" + name)
}
