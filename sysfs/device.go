// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Device is an object that is a device, with its place among the subsystems
// and drivers. What holds for an [Object] holds for it.
type Device struct{ Object }

// Device opens the device that a subsystem, which is a class or a bus, has
// under a name: ("net", "lo"), ("pci", "0000:00:1f.2"). Where the name of a
// device node has a slash, the name here has "!".
//
// errors.Is finds [fs.ErrInvalid] for a name that is none, [fs.ErrNotExist]
// when there is no such subsystem or device, [kernlink.ErrRestricted].
func (f *FS) Device(subsystem, name string) (*Device, error) {
	if !sys.IsName(subsystem) || !sys.IsName(name) {
		return nil, failure("open", subsystem+"/"+name, fs.ErrInvalid)
	}
	o, err := f.open("class/" + subsystem + "/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		var busErr error
		if o, busErr = f.open("bus/" + subsystem + "/devices/" + name); !errors.Is(busErr, fs.ErrNotExist) {
			err = busErr
		}
	}
	if err != nil {
		return nil, err
	}
	return &Device{*o}, nil
}

// usualInterval is that of WaitDevice when the options do not say.
const usualInterval = 10 * time.Millisecond

// WaitDevice is [FS.Device] for a device that may be still to come. It is a
// wait: it ends with ctx at once, and looks at an interval ([Options]) until
// then.
//
// The kernel shows a device a moment before its attributes, so a device that
// came during the wait is left alone for one interval more.
//
// errors.Is finds the cause of ctx's end, and what [FS.Device] gives except
// [fs.ErrNotExist].
func (f *FS) WaitDevice(ctx context.Context, subsystem, name string) (*Device, error) {
	interval := f.opts.Interval
	if interval <= 0 {
		interval = usualInterval
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for first := true; ; first = false {
		if ctx.Err() != nil {
			return nil, failure("wait", subsystem+"/"+name, context.Cause(ctx))
		}
		dev, err := f.Device(subsystem, name)
		if err == nil && first || err != nil && !vanished(err) {
			return dev, err
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
		if dev == nil {
			continue
		}
		if !dev.Gone() && ctx.Err() == nil {
			return dev, nil
		}
		dev.Close()
	}
}

// Open makes a Device of its own, to be closed, from one that a loop yielded.
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

// DevType is what kind of device of its subsystem it is ("disk" and
// "partition" of block), or "" when the kernel does not say.
//
// The errors are those of reading the attribute "uevent".
func (d *Device) DevType() (string, error) { return d.property("DEVTYPE") }

// DevNode is the path of the device's node ("/dev/null"), or "" when it has
// none. Whether the node is there is devtmpfs' and udev's matter.
//
// The errors are those of reading the attribute "uevent".
func (d *Device) DevNode() (string, error) {
	name, err := d.property("DEVNAME")
	if err != nil || name == "" {
		return "", err
	}
	return "/dev/" + name, nil
}

func (d *Device) property(key string) (string, error) {
	text, err := d.Attr("uevent").Read()
	if err != nil {
		return "", err
	}
	return property(text, key), nil
}

// property is the value in a line KEY=value; the value may have any "=".
func property(text []byte, key string) string {
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		if k, v, ok := bytes.Cut(line, []byte{'='}); ok && string(k) == key {
			return string(v)
		}
	}
	return ""
}

// Driver opens the driver that the device is bound to.
//
// A device without a driver is an error, too, so that nobody uses a nil
// Driver: errors.Is finds [fs.ErrNotExist] and not [kernlink.ErrGone]. It
// finds both when it is the device that went away.
func (d *Device) Driver() (*Driver, error) {
	o, err := d.follow("driver", "driver")
	if err != nil {
		return nil, err
	}
	return &Driver{*o}, nil
}

// Parent opens the device that this one is part of, the next one above that
// is a device: folders in between that only sort are passed over.
//
// errors.Is finds [fs.ErrNotExist] when there is none, [kernlink.ErrGone].
func (d *Device) Parent() (*Device, error) {
	if d.Gone() {
		return nil, &kernlink.Error{Channel: channel, Op: "parent", Path: d.SysPath(), Kind: kernlink.ErrGone, Err: fs.ErrNotExist}
	}
	for p := path.Dir(d.path); strings.HasPrefix(p, "devices/"); p = path.Dir(p) {
		o, err := d.fs.open(p)
		if err != nil {
			return nil, err
		}
		if o.has("uevent") {
			return &Device{*o}, nil
		}
		o.Close()
	}
	return nil, failure("parent", d.SysPath(), fs.ErrNotExist)
}

func (o *Object) has(name string) bool {
	at, err := o.dir.Acquire()
	if err != nil {
		return false
	}
	defer o.dir.Release()
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
func (f *FS) members(folder string, invalid bool, typ byte) iter.Seq2[*Object, error] {
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
		o.members(typ)(yield)
	}
}

// members opens what the entries of one type in the object's folder are or
// lead to, one after the other.
func (o *Object) members(typ byte) iter.Seq2[*Object, error] {
	return func(yield func(*Object, error) bool) {
		entries, err := list(o.dir)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range entries {
			if e.Type == typ && !o.member(e, yield) {
				return
			}
		}
	}
}

func (o *Object) member(e sys.Entry, yield func(*Object, error) bool) bool {
	if e.Type == sys.TypeDir {
		return o.child(e.Name, yield)
	}
	m, err := o.follow("open", e.Name)
	if err != nil {
		return vanished(err) || yield(nil, err)
	}
	defer m.Close()
	return yield(m, nil)
}
