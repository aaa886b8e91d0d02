// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/sysfs"
)

// machine makes an ordinary folder that looks like a small /sys: a stick with
// a partition, and a network interface.
func machine() (*sysfs.FS, func()) {
	root, err := os.MkdirTemp("", "sysfs")
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range map[string]string{
		"devices/usb1/uevent":                 "DEVTYPE=usb_device\n",
		"devices/usb1/subsystem":              "-> ../../bus/usb",
		"devices/usb1/1-2/uevent":             "DEVTYPE=usb_device\n",
		"devices/usb1/1-2/subsystem":          "-> ../../../bus/usb",
		"devices/usb1/1-2/serial":             "4C530001\n",
		"devices/usb1/1-2/sda/uevent":         "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n",
		"devices/usb1/1-2/sda/subsystem":      "-> ../../../../class/block",
		"devices/usb1/1-2/sda/size":           "62530624\n",
		"devices/usb1/1-2/sda/regs":           "\x86\x80\x10\x70",
		"devices/usb1/1-2/sda/sda1/uevent":    "MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n",
		"devices/usb1/1-2/sda/sda1/size":      "62528576\n",
		"devices/virtual/net/eth0/uevent":     "INTERFACE=eth0\nIFINDEX=2\n",
		"devices/virtual/net/eth0/ifindex":    "2\n",
		"devices/virtual/net/eth0/mtu":        "1500\n",
		"bus/usb/devices/usb1":                "-> ../../../devices/usb1",
		"bus/usb/devices/1-2":                 "-> ../../../devices/usb1/1-2",
		"class/block/sda":                     "-> ../../devices/usb1/1-2/sda",
		"class/block/sda1":                    "-> ../../devices/usb1/1-2/sda/sda1",
		"class/net/eth0":                      "-> ../../devices/virtual/net/eth0",
		"dev/block/8:0":                       "-> ../../devices/usb1/1-2/sda",
		"dev/block/8:1":                       "-> ../../devices/usb1/1-2/sda/sda1",
		"devices/usb1/1-2/sda/sda1/subsystem": "-> ../../../../../class/block",
	} {
		name = filepath.Join(root, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		if target, isLink := strings.CutPrefix(text, "-> "); isLink {
			os.Symlink(target, name)
		} else {
			os.WriteFile(name, []byte(text), 0o644)
		}
	}
	sys, err := sysfs.OpenAt(root, nil) // sysfs.Open(nil) is /sys
	if err != nil {
		log.Fatal(err)
	}
	return sys, func() { sys.Close(); os.RemoveAll(root) }
}

// The disks of the machine.
func ExampleFS_Devices() {
	sys, done := machine()
	defer done()
	for disk, err := range sys.Devices(&sysfs.Filter{Subsystems: []string{"block"}, DevType: "disk"}) {
		if err != nil {
			fmt.Println(err)
			continue // with the others
		}
		sectors, err := attr.Get[int64](disk.Attr("size"))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(disk.Name(), sectors/2048, "MiB")
	}
	// Output: sda 30532 MiB
}

// Which stick is it that a partition is on?
func ExampleDevice_FindParent() {
	sys, done := machine()
	defer done()
	partition, err := sys.Device("block", "sda1")
	if err != nil {
		log.Fatal(err)
	}
	defer partition.Close()
	stick, err := partition.FindParent("usb", "usb_device") // closed with the partition
	if err != nil {
		log.Fatal(err)
	}
	serial, err := attr.Get[string](stick.Attr("serial"))
	fmt.Println(stick.Name(), serial, err)
	// Output: 1-2 4C530001 <nil>
}

// A device, and those below it.
func ExampleDevice_Devices() {
	sys, done := machine()
	defer done()
	hub, err := sys.Device("usb", "usb1")
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Close()
	var tree func(dev *sysfs.Device, depth int)
	tree = func(dev *sysfs.Device, depth int) {
		fmt.Printf("%s%s\n", strings.Repeat("- ", depth), dev.Name())
		for child, err := range dev.Devices() {
			if err != nil {
				fmt.Println(err)
				continue
			}
			tree(child, depth+1)
		}
	}
	tree(hub, 0)
	// Output:
	// usb1
	// - 1-2
	// - - sda
	// - - - sda1
}

// The number of a node leads to its device, and an index to an interface.
func ExampleFS_DeviceByNumber() {
	sys, done := machine()
	defer done()
	dev, err := sys.DeviceByNumber(sysfs.DevNum{Block: true, Major: 8, Minor: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()
	n, err := dev.DevNum()
	fmt.Println(dev.Name(), n, err)

	eth0, err := sys.DeviceByIndex(2)
	if err != nil {
		log.Fatal(err)
	}
	defer eth0.Close()
	fmt.Println(eth0.Name())
	// Output:
	// sda1 b8:1 <nil>
	// eth0
}

// What makes udev look at a disk anew.
func ExampleObject_Trigger() {
	sys, done := machine()
	defer done()
	disk, err := sys.Device("block", "sda")
	if err != nil {
		log.Fatal(err)
	}
	defer disk.Close()
	uuid, err := disk.Trigger("change", &sysfs.TriggerOptions{
		UUID: "fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed", // without, it is a random one
		Env:  map[string]string{"REASON": "resized"},
	})
	fmt.Println(uuid, err)
	text, err := disk.Attr("uevent").Read() // in a folder, what was written
	fmt.Printf("%.63s %v\n", text, err)
	// Output:
	// fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed <nil>
	// change fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed REASON=resized
	//  <nil>
}

// An attribute's present value, and then each change. Most attributes notify
// nobody: they are looked at, as often as the interval says.
func ExampleDevice_watch() {
	sys, done := machine()
	defer done()
	eth0, err := sys.Device("net", "eth0")
	if err != nil {
		log.Fatal(err)
	}
	defer eth0.Close()
	mtu := attr.Of[int](eth0.Attr("mtu"))
	defer mtu.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for n, err := range mtu.Watch(ctx, &attr.WatchOptions{Interval: 10 * time.Millisecond}) {
		fmt.Println(n, err)
		if n == 9000 {
			break
		}
		if err := mtu.Set(9000); err != nil { // somebody else, as a rule
			fmt.Println(err)
		}
	}
	// Output:
	// 1500 <nil>
	// 9000 <nil>
}

// Registers, here those of a file.
func ExampleBinary_Map() {
	sys, done := machine()
	defer done()
	disk, err := sys.Device("block", "sda")
	if err != nil {
		log.Fatal(err)
	}
	defer disk.Close()
	mem, err := disk.Binary("regs").Map(0, 0, &sysfs.MapOptions{Write: true})
	if err != nil {
		log.Fatal(err)
	}
	defer mem.Close()
	v, err := mem.Uint8(1)
	fmt.Printf("%#x %v\n", v, err)
	fmt.Println(mem.SetUint8(1, 0xff))
	_, err = mem.Uint32(4)
	fmt.Println(err != nil) // outside: an error, and not the program's end
	// Output:
	// 0x80 <nil>
	// <nil>
	// true
}
