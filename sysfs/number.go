// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"fmt"
	"io/fs"
	"strconv"

	"github.com/kernlink/kernlink/internal/sys"
)

// DevNum is the number by which a device's node leads to the kernel. Block
// devices and character devices are counted apart.
type DevNum struct {
	Block        bool // of a block device; else of a character device
	Major, Minor uint32
}

// String is the number as udev's data base has it: "b8:0", "c1:3".
func (n DevNum) String() string {
	kind := "c"
	if n.Block {
		kind = "b"
	}
	return fmt.Sprintf("%s%d:%d", kind, n.Major, n.Minor)
}

// folder is where the kernel lists its devices by their numbers.
func (n DevNum) folder() string {
	kind := "char"
	if n.Block {
		kind = "block"
	}
	return fmt.Sprintf("dev/%s/%d:%d", kind, n.Major, n.Minor)
}

// DevNum is the number of the device's node: the properties MAJOR and MINOR,
// and Block for what belongs to the subsystem "block". It reads one attribute
// and one link.
//
// A device without a node is an error: errors.Is finds [fs.ErrNotExist] and
// not [kernlink.ErrGone]. The others are those of [Device.Properties].
func (d *Device) DevNum() (DevNum, error) {
	file := d.Attr("uevent")
	text, err := file.Read()
	if err != nil {
		return DevNum{}, err
	}
	n, ok := devNum(text)
	if !ok {
		return DevNum{}, failure("number", d.SysPath(), errNoNode)
	}
	subsystem, err := d.Subsystem()
	if err != nil && !missing(err) {
		return DevNum{}, err
	}
	n.Block = subsystem == "block"
	return n, nil
}

var errNoNode = fmt.Errorf("%w: the device has no node", fs.ErrNotExist)

// devNum takes the number out of the text of an attribute "uevent".
func devNum(text []byte) (DevNum, bool) {
	major, ok := property(text, "MAJOR")
	minor, also := property(text, "MINOR")
	if !ok || !also {
		return DevNum{}, false
	}
	a, err := strconv.ParseUint(major, 10, 32)
	b, err2 := strconv.ParseUint(minor, 10, 32)
	return DevNum{Major: uint32(a), Minor: uint32(b)}, err == nil && err2 == nil
}

// numberOf is what a node leads to, by what stat(2) says of it.
func numberOf(st sys.Stat) (DevNum, bool) {
	n := DevNum{Block: st.Mode&sys.ModeType == sys.ModeBlock, Major: sys.Major(st.Rdev), Minor: sys.Minor(st.Rdev)}
	return n, n.Block || st.Mode&sys.ModeType == sys.ModeChar
}
