// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
)

// ParseProperties reads the text of an attribute "uevent": lines KEY=value,
// where the value may have any "=" and may be empty. A line that is not of this
// form is passed over; of several with one key the last counts, as it does for
// udev.
func ParseProperties(text []byte) map[string]string {
	all := map[string]string{}
	for key, value := range properties(text) {
		all[string(key)] = string(value)
	}
	return all
}

// property is what [ParseProperties] has for a key.
func property(text []byte, key string) (value string, ok bool) {
	for k, v := range properties(text) {
		if string(k) == key {
			value, ok = string(v), true
		}
	}
	return value, ok
}

func properties(text []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for line := range bytes.SplitSeq(text, []byte{'\n'}) {
			key, value, ok := bytes.Cut(line, []byte{'='})
			if ok && len(key) > 0 && !yield(key, value) {
				return
			}
		}
	}
}

// Properties are what the kernel says of the device to those who listen for
// its events: DEVTYPE, MODALIAS, and what else its subsystem adds. It is one
// read of the attribute "uevent", and so they are of one moment.
//
// What udev adds by its rules (ID_MODEL) is in udev's data base and not here;
// neither is SUBSYSTEM, for which there is [Device.Subsystem].
//
// The errors are those of reading the attribute: errors.Is finds
// [kernlink.ErrGone].
func (d *Device) Properties() (map[string]string, error) {
	text, err := d.Attr("uevent").Read()
	if err != nil {
		return nil, err
	}
	return ParseProperties(text), nil
}

// Property is one of [Device.Properties], which may be empty.
//
// errors.Is finds [fs.ErrNotExist] and not [kernlink.ErrGone] when the device
// has no property of that key, and what [Device.Properties] gives.
func (d *Device) Property(key string) (string, error) {
	file := d.Attr("uevent")
	text, err := file.Read()
	if err != nil {
		return "", err
	}
	value, ok := property(text, key)
	if !ok {
		return "", failure("property", file.Path(), noProperty(key))
	}
	return value, nil
}

// noProperty is a key that is not in a file which is there.
type noProperty string

func (k noProperty) Error() string { return fmt.Sprintf("no property %q", string(k)) }

func (noProperty) Is(target error) bool { return target == fs.ErrNotExist }

// DevType is what kind of device of its subsystem it is ("disk" and
// "partition" of block), or "" when the kernel does not say: the property
// DEVTYPE.
//
// The errors are those of [Device.Properties].
func (d *Device) DevType() (string, error) { return d.propertyOrNone("DEVTYPE") }

// DevNode is the path of the device's node ("/dev/null"), or "" when it has
// none: the property DEVNAME. Whether the node is there is devtmpfs' and
// udev's matter.
//
// The errors are those of [Device.Properties].
func (d *Device) DevNode() (string, error) {
	name, err := d.propertyOrNone("DEVNAME")
	if err != nil || name == "" {
		return "", err
	}
	return "/dev/" + name, nil
}

// propertyOrNone is a property that is "" for a device without it.
func (d *Device) propertyOrNone(key string) (string, error) {
	text, err := d.Attr("uevent").Read()
	if err != nil {
		return "", err
	}
	value, _ := property(text, key)
	return value, nil
}
