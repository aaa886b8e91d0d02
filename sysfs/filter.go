// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// Filter is which devices [FS.Devices] yields: those that all fields hold for.
// A zero field holds for each device, and so does a nil Filter.
//
// Patterns are those of [path.Match], of the whole text; here "*" and "?" take
// a slash, too. An attribute or a property that a device does not have, or
// that cannot be read (it has no value now, it can only be written, it is a
// folder, its driver fails), does not match, and is no error.
type Filter struct {
	Subsystems []string // the class or the bus is one of these; one that is not there has no devices
	Names      []string // the name matches one of these patterns
	DevType    string   // of this type: "disk", "usb_device"
	Driver     string   // bound to a driver of this name
	Below      *Device  // somewhere below this device, which is not one of them

	Attrs      map[string]string // each attribute's text, without the newline at its end, matches the pattern
	Properties map[string]string // each property matches the pattern
}

// check finds what can never match.
func (f *Filter) check() error {
	for _, s := range f.Subsystems {
		if !sys.IsName(s) {
			return fmt.Errorf("%w: subsystem %q", fs.ErrInvalid, s)
		}
	}
	for name := range f.Attrs {
		if !sys.IsPath(name) {
			return fmt.Errorf("%w: attribute %q", fs.ErrInvalid, name)
		}
	}
	patterns := slices.Clone(f.Names)
	for _, of := range []map[string]string{f.Attrs, f.Properties} {
		for _, p := range of {
			patterns = append(patterns, p)
		}
	}
	for _, p := range patterns {
		if _, err := match(p, ""); err != nil {
			return fmt.Errorf("%w: %w: %q", fs.ErrInvalid, err, p)
		}
	}
	if f.Below != nil && f.Below.Gone() {
		return errBelowGone
	}
	return nil
}

// errBelowGone is what check says of a Below that went away.
var errBelowGone = errors.New("the device of Below went away")

// match is path.Match without its slashes, which are nothing special in the
// text of an attribute.
func match(pattern, text string) (bool, error) {
	return path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(text, "/", "\x00"))
}

// holdsFor looks at what needs no open device: where it is.
func (f *Filter) holdsFor(devPath string) bool {
	if f.Below != nil && !strings.HasPrefix(devPath, f.Below.path+"/") {
		return false
	}
	name := path.Base(devPath)
	return len(f.Names) == 0 || slices.ContainsFunc(f.Names, func(p string) bool {
		ok, _ := match(p, name)
		return ok
	})
}

// matches looks at the device itself. What cannot be read does not match, and
// nothing of a device that went away can be read.
func (f *Filter) matches(d *Device) bool {
	if f.Driver != "" {
		if name, err := d.DriverName(); err != nil || name != f.Driver {
			return false
		}
	}
	if f.DevType != "" || len(f.Properties) > 0 {
		text, err := d.Attr("uevent").Read()
		if err != nil || !f.matchProperties(text) {
			return false
		}
	}
	for name, pattern := range f.Attrs {
		text, err := d.Attr(name).Read()
		if err != nil {
			return false
		}
		if ok, _ := match(pattern, string(bytes.TrimRight(text, "\n"))); !ok {
			return false
		}
	}
	return true
}

func (f *Filter) matchProperties(text []byte) bool {
	if f.DevType != "" {
		if t, _ := property(text, "DEVTYPE"); t != f.DevType {
			return false
		}
	}
	for key, pattern := range f.Properties {
		value, ok := property(text, key)
		if ok {
			ok, _ = match(pattern, value)
		}
		if !ok {
			return false
		}
	}
	return true
}

// invalid is the error of a filter.
func (f *Filter) invalid(err error) error {
	if err == errBelowGone {
		return &kernlink.Error{
			Channel: channel, Op: "list", Path: f.Below.SysPath(), Kind: kernlink.ErrGone,
			Err: fs.ErrNotExist, Hint: err.Error(),
		}
	}
	return failure("list", "devices", err)
}
