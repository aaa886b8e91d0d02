// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// Resource is a range of bus addresses that a PCI device answers to: one of
// its base address registers, its ROM, or a window of a bridge.
type Resource struct {
	Start, End uint64 // first and last address
	Flags      uint64 // as the kernel's IORESOURCE_ constants
}

// Flags of [Resource] (include/linux/ioport.h).
const (
	resourcePorts    = 0x100
	resourceMemory   = 0x200
	resourcePrefetch = 0x2000
)

// Size is how many bytes or ports the resource has; 0 when the device has no
// such resource, or nobody gave it an address.
func (r Resource) Size() uint64 {
	if r.Flags == 0 || r.End < r.Start || r.Start == 0 && r.End == 0 {
		return 0
	}
	return r.End - r.Start + 1
}

// IsMemory reports whether the resource is memory, which can be mapped.
func (r Resource) IsMemory() bool { return r.Flags&resourceMemory != 0 }

// IsPorts reports whether the resource is I/O ports, which [Binary.ReadAt]
// reads, 1, 2 or 4 bytes at once.
func (r Resource) IsPorts() bool { return r.Flags&resourcePorts != 0 }

// IsPrefetchable reports whether reading the memory has no effect on the
// device.
func (r Resource) IsPrefetchable() bool { return r.Flags&resourcePrefetch != 0 }

// ParseResources reads the text of a PCI device's attribute "resource": a line
// for each resource, three numbers in hexadecimal. errors.Is finds
// [attr.ErrMalformed] for another text.
func ParseResources(text []byte) ([]Resource, error) {
	var all []Resource
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		var r Resource
		to := []*uint64{&r.Start, &r.End, &r.Flags}
		if len(fields) != len(to) {
			return nil, fmt.Errorf("%w: %.60q is no resource", attr.ErrMalformed, line)
		}
		for i, field := range fields {
			digits, ok := bytes.CutPrefix(field, []byte("0x"))
			n, err := strconv.ParseUint(string(digits), 16, 64)
			if !ok || err != nil {
				return nil, fmt.Errorf("%w: %.60q is no resource", attr.ErrMalformed, line)
			}
			*to[i] = n
		}
		all = append(all, r)
	}
	return all, nil
}

// Resources are what a PCI device has of the bus' addresses, by their numbers:
// first the six base address registers, of which those that the device has
// not have no Size.
//
// errors.Is finds [fs.ErrNotExist] for a device of another bus,
// [kernlink.ErrGone].
func (d *Device) Resources() ([]Resource, error) {
	file := d.Attr("resource")
	text, err := file.Read()
	if err != nil {
		return nil, err
	}
	all, err := ParseResources(text)
	if err != nil {
		return nil, failure("resources", file.Path(), err)
	}
	return all, nil
}

// MapResource maps a memory resource of a PCI device, by its number in
// [Device.Resources], from its first byte to its last: one that is smaller
// than a page may begin anywhere in it.
//
// The device's memory has to be switched on (attribute "enable", or a bit of
// its "config"). Reading registers can change what the device does.
//
// errors.Is finds what [Binary.Map] gives; [fs.ErrNotExist] when the device
// has no such resource; [kernlink.ErrNotSupported] for ports. The files are
// root's. The kernel refuses a resource that a driver has claimed, and any
// under lockdown.
func (d *Device) MapResource(number int, opts *MapOptions) (*Memory, error) {
	all, err := d.Resources()
	if err != nil {
		return nil, err
	}
	b := d.Binary("resource" + strconv.Itoa(number))
	if number < 0 || number >= len(all) || all[number].Size() == 0 {
		return nil, failure("map", b.Path(), fmt.Errorf("%w: the device has no resource %d", fs.ErrNotExist, number))
	}
	r := all[number]
	if !r.IsMemory() {
		return nil, &kernlink.Error{
			Channel: channel, Op: "map", Path: b.Path(), Kind: kernlink.ErrNotSupported,
			Err: kernlink.ErrNotSupported, Hint: "it is ports: Binary.ReadAt and WriteAt access them",
		}
	}
	if r.Size() > math.MaxInt {
		return nil, failure("map", b.Path(), syscall.EOVERFLOW)
	}
	return b.mapPart(int64(r.Start%uint64(os.Getpagesize())), int(r.Size()), opts)
}
