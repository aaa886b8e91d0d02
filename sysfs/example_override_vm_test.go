// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

// Give a PCI device to a driver that does not know it, as one does to use it
// from a program or a virtual machine.
func ExampleDevice_SetDriverOverride() {
	ctx := context.Background()
	for _, name := range []string{"uio", "uio_pci_generic"} { // modprobe uio_pci_generic
		mod, err := kmod.Insert(ctx, kerneltest.ModulePath(name), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer mod.Remove(ctx)
	}
	if err := lend("uio_pci_generic"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0000:00:01.1 is driven by uio_pci_generic: /dev/uio0 <nil>
	// and then by nobody
}

func lend(to string) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	dev, err := sys.Device("pci", "0000:00:01.1")
	if err != nil {
		return err
	}
	defer dev.Close()
	driver, err := sys.Bus("pci").Driver(to)
	if err != nil {
		return err
	}
	defer driver.Close()
	if old, err := dev.Driver(); err == nil { // here it has none
		if err := old.Unbind(dev); err != nil {
			return err
		}
	}
	err = dev.SetDriverOverride(to)
	if err != nil {
		return err
	}
	err = driver.Bind(dev) // the driver's probe runs
	if err != nil {
		return err
	}
	name, err := dev.DriverName()
	if err != nil {
		return err
	}
	made := &sysfs.Filter{Subsystems: []string{"uio"}, Below: dev}
	for child, err := range sys.Devices(made) { // what the driver has made of it
		if err != nil {
			return err
		}
		node, err := child.DevNode()
		fmt.Println(dev.Name(), "is driven by", name+":", node, err)
	}
	err = errors.Join(driver.Unbind(dev), dev.ClearDriverOverride())
	if err != nil {
		return err
	}
	name, err = dev.DriverName()
	fmt.Println("and then by", cmp.Or(name, "nobody"))
	return err
}
