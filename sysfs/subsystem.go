// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// subsystem is a class or a bus: its folder, and the one in it that lists its
// devices.
type subsystem struct{ name, folder, devices string }

func classOf(name string) subsystem {
	return subsystem{name: name, folder: "class/" + name, devices: "class/" + name}
}

func busOf(name string) subsystem {
	return subsystem{name: name, folder: "bus/" + name, devices: "bus/" + name + "/devices"}
}

// device opens the device of a name in the first of the subsystems that has
// it. All have the same name.
func (f *FS) device(name string, in ...subsystem) (*Device, error) {
	var err error
	for _, s := range in {
		if !sys.IsName(s.name) || !sys.IsName(name) {
			return nil, failure("open", s.name+"/"+name, fs.ErrInvalid)
		}
		var o *Object
		if o, err = f.open(s.devices + "/" + name); err == nil {
			return &Device{*o}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, f.missing(name, err, in)
}

// missing says of a device that is not there where it was looked for, or that
// there is not even the subsystem.
func (f *FS) missing(name string, err error, in []subsystem) error {
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok {
		return err
	}
	said := *e
	said.Op, said.Path = "open", in[0].name+"/"+name
	var folders, places []string
	known := false
	for _, s := range in {
		folders = append(folders, "no "+f.where(s.folder))
		places = append(places, "no "+f.where(s.devices+"/"+name))
		known = known || has(f.root, s.folder)
	}
	said.Hint = strings.Join(places, ", ")
	if !known {
		said.Hint = "the subsystem itself is missing: " + strings.Join(folders, ", ")
	}
	return &said
}
