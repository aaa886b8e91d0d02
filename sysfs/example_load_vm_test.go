// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"fmt"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

// Attributes of many devices, a struct each. What a device has not is nil, and
// what is wrong with one is no matter of the others.
func ExampleFS_Devices_structs() {
	ctx := context.Background()
	for _, m := range [][2]string{{"dummy", "numdummies=1"}, {"configfs", ""}, {"null_blk", "nr_devices=1 gb=1"}} {
		mod, err := kmod.Insert(ctx, kerneltest.ModulePath(m[0]), m[1])
		if err != nil {
			fmt.Println(err)
			return
		}
		defer mod.Remove(ctx)
	}
	if err := printDevices(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// dummy0 mtu 1500, type 1, speed unknown
	// lo mtu 65536, type 772, speed unknown
	// nullb0 1024 MiB, turns: false
}

func printDevices() error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()

	type link struct {
		MTU   int  `attr:"mtu"`
		Type  int  `attr:"type"`
		Speed *int `attr:"speed"` // nil: it has none now
	}
	for dev, err := range sys.Devices(&sysfs.Filter{Subsystems: []string{"net"}}) {
		if err != nil {
			return err
		}
		var l link
		if err := attr.Load(dev, &l); err != nil {
			fmt.Println(dev, err)
			continue
		}
		speed := "unknown"
		if l.Speed != nil {
			speed = fmt.Sprint(*l.Speed)
		}
		fmt.Printf("%s mtu %d, type %d, speed %s\n", dev.Name(), l.MTU, l.Type, speed)
	}

	type disk struct {
		Sectors int64 `attr:"size"`
		Turns   *bool `attr:"queue/rotational"` // nil: it is a partition
	}
	for dev, err := range sys.Devices(&sysfs.Filter{Subsystems: []string{"block"}, Names: []string{"nullb*"}}) {
		if err != nil {
			return err
		}
		var d disk
		if err := attr.Load(dev, &d); err != nil {
			fmt.Println(dev, err)
			continue
		}
		fmt.Printf("%s %d MiB, turns: %t\n", dev.Name(), d.Sectors/2048, d.Turns != nil && *d.Turns)
	}
	return nil
}

// The interrupts of a PCI device, out of its memory: where each one goes.
func ExampleDevice_MapResource() {
	sys, err := sysfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sys.Close()
	for dev, err := range sys.Devices(&sysfs.Filter{Driver: "virtio-pci"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		resources, err := dev.Resources()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(dev.Name(), "resource 1:", resources[1].Size(), "bytes, memory:", resources[1].IsMemory())
		mem, err := dev.MapResource(1, nil) // its table of interrupts
		if err != nil {
			fmt.Println(err)
			return
		}
		first, err := mem.Uint32(0) // one access of four bytes
		fmt.Printf("the first interrupt goes to %#x... %v\n", first>>20, err)
		mem.Close()
	}
	// Output:
	// 0000:00:02.0 resource 1: 4096 bytes, memory: true
	// the first interrupt goes to 0xfee... <nil>
}
