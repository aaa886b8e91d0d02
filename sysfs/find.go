// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/sys"
)

// DeviceAt opens the device at a path, in any of the forms that there are:
// whole ("/sys/class/net/lo", as [Object.SysPath]), from the root
// ("/devices/virtual/net/lo", as DEVPATH in a uevent), or below it
// ("devices/virtual/net/lo", as [Object.Path]). Links are followed, and none
// leads out of the root.
//
// errors.Is finds [fs.ErrInvalid] for a path of another form,
// [fs.ErrNotExist] when nothing is there or what is there is no device,
// [kernlink.ErrRestricted]. The device is the caller's to close, as is that of
// the look-ups below.
func (f *FS) DeviceAt(name string) (*Device, error) {
	below, ok := strings.CutPrefix(name, f.Root()+"/")
	if !ok {
		below = strings.TrimPrefix(name, "/")
	}
	if !sys.IsPath(below) {
		return nil, failure("open", name, fs.ErrInvalid)
	}
	o, err := f.open(below)
	if err != nil {
		return nil, err
	}
	if !o.isDevice() {
		o.Close()
		return nil, failure("open", o.SysPath(), errNoDevice)
	}
	return &Device{*o}, nil
}

var errNoDevice = fmt.Errorf("%w: it is no device", fs.ErrNotExist)

// DeviceByNumber opens the device that has a number ([Device.DevNum]): what a
// node leads to, whatever the node's name is. Once it is open it is asked for
// its number again.
//
// errors.Is finds [fs.ErrNotExist] when no device has the number,
// [kernlink.ErrRestricted].
func (f *FS) DeviceByNumber(n DevNum) (*Device, error) {
	o, err := f.open(n.folder())
	if err != nil {
		return nil, numberFailure(n, err)
	}
	d := &Device{*o}
	// The link was read and then its target opened: whose is it now?
	now, err := d.DevNum()
	if err == nil && now == n {
		return d, nil
	}
	d.Close()
	if err == nil || vanished(err) {
		err = fmt.Errorf("%w: it went away or has another number now", fs.ErrNotExist)
	}
	return nil, numberFailure(n, err)
}

// numberFailure gives an error the number that was asked for.
func numberFailure(n DevNum, err error) error {
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok {
		return failure("open", n.String(), err)
	}
	said := *e
	said.Op, said.Path = "open", n.String()
	if said.Kind == nil && errors.Is(err, fs.ErrNotExist) {
		said.Hint = "no device has this number"
	}
	return &said
}

// DeviceByNode opens the device that a node leads to ("/dev/null"), or a link
// to a node ("/dev/disk/by-uuid/...").
//
// errors.Is finds [fs.ErrNotExist] when there is no such file, or no device
// behind it (as for a node of udev's that is left over), [fs.ErrInvalid] for a
// file that is no node, [kernlink.ErrRestricted].
func (f *FS) DeviceByNode(node string) (*Device, error) {
	if !filepath.IsAbs(node) || strings.IndexByte(node, 0) >= 0 {
		return nil, failure("open", node, fs.ErrInvalid)
	}
	st, err := sys.StatAt(sys.CWD, node, true)
	if err != nil {
		return nil, failure("open", node, err)
	}
	n, ok := numberOf(st)
	if !ok {
		return nil, failure("open", node, fmt.Errorf("%w: it is no device node", fs.ErrInvalid))
	}
	return f.DeviceByNumber(n)
}

// DeviceByIndex opens the network interface of an index, whatever its name is
// now. It looks through the class net and reads each one's attribute ifindex,
// which takes as long as there are interfaces.
//
// A sysfs has the interfaces of one network namespace: that of the process
// which mounted it, and not of the one that reads it.
//
// errors.Is finds [fs.ErrNotExist] when none of these has the index.
func (f *FS) DeviceByIndex(index int) (*Device, error) {
	var failed error
	for d, err := range f.Class("net").Devices() {
		if err != nil {
			failed = err // of one; another may be the one
			continue
		}
		if n, err := attr.Get[int](d.Attr("ifindex")); err == nil && n == index {
			return d.Open()
		}
	}
	if failed != nil && !vanished(failed) {
		return nil, failed
	}
	return nil, &kernlink.Error{
		Channel: channel, Op: "open", Path: fmt.Sprintf("net/%d", index), Err: fs.ErrNotExist,
		Hint: "no interface of the network namespace of " + f.Root() + " has this index",
	}
}
