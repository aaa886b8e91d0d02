// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"bytes"
	"iter"
)

// Keys of the dictionary that the kernel itself sets.
const (
	keySubsystem = "SUBSYSTEM"
	keyDevice    = "DEVICE"
)

// Subsystem returns the subsystem of the device that the record is about
// ("pci", "usb", "net"), or an empty Text when it is about none. It is there
// for what drivers print with dev_info() and its relatives.
//
// It does not allocate.
func (r Record) Subsystem() Text { return r.Value(keySubsystem) }

// Device returns the device that the record is about, or an empty Device.
//
// It does not allocate.
func (r Record) Device() Device { return Device(r.Value(keyDevice)) }

// Value returns the unescaped value of a key in the record's dictionary, or
// nil if it has no such key. The kernel stores no empty values.
//
// The memory is the record's; only a value with an escaped character in it is
// a copy.
func (r Record) Value(key string) Text {
	for rest := r.dict; len(rest) > 0; {
		var k, v []byte
		k, v, rest = cutField(rest)
		if string(k) == key {
			return unescaped(v)
		}
	}
	return nil
}

// Fields goes through the dictionary in the kernel's order. Since Linux 5.10
// there are at most SUBSYSTEM and DEVICE; older kernels had more.
//
// It does not allocate as long as these are all and nothing is escaped.
func (r Record) Fields() iter.Seq2[string, Text] {
	dict := r.dict
	return func(yield func(string, Text) bool) {
		for rest := dict; len(rest) > 0; {
			var k, v []byte
			k, v, rest = cutField(rest)
			if !yield(keyString(k), unescaped(v)) {
				return
			}
		}
	}
}

// cutField takes the first " KEY=value\n" off dict, still escaped.
func cutField(dict []byte) (key, value, rest []byte) {
	line, rest, _ := bytes.Cut(dict, newline)
	line = line[min(1, len(line)):] // the space that marks it
	key, value, _ = bytes.Cut(line, equals)
	return key, value, rest
}

// keyString makes a string of a key, without allocating for the usual ones.
func keyString(k []byte) string {
	switch string(k) {
	case keySubsystem:
		return keySubsystem
	case keyDevice:
		return keyDevice
	}
	return string(unescaped(k))
}
