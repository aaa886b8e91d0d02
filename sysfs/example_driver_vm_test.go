// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"cmp"
	"context"
	"fmt"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

// The session of the module sysfs_bus, whose bus has the devices my0 and my1:
// echo my1 > drivers/my_driver/unbind; echo my1 > drivers/my_driver/bind.
func ExampleDriver_Bind() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("sysfs_bus"), "devices=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	if err := rebind(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// my_bus 1.0
	// my0: my_driver
	// my1: my_driver
	// without my1:
	// my0: my_driver
	// my1: none
	// with it:
	// my_driver: my0
	// my_driver: my1
	// probes: 3
}

// rebind takes my1 from its driver and gives it back.
func rebind() error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	bus := sys.Bus("my_bus")
	version, err := attr.Get[string](bus.Attr("version"))
	if err != nil {
		return err
	}
	fmt.Println(bus.Name(), version)
	if err := printDrivers(bus); err != nil {
		return err
	}

	driver, err := bus.Driver("my_driver")
	if err != nil {
		return err
	}
	defer driver.Close()
	my1, err := bus.Device("my1")
	if err != nil {
		return err
	}
	defer my1.Close()

	if err := driver.Unbind(my1); err != nil { // the driver's remove runs
		return err
	}
	fmt.Println("without my1:")
	if err := printDrivers(bus); err != nil {
		return err
	}

	if err := driver.Bind(my1); err != nil { // the driver's probe runs
		return err
	}
	fmt.Println("with it:")
	for dev, err := range driver.Devices() {
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", driver.Name(), dev.Name())
	}
	probes, err := attr.Get[int](driver.Attr("probes"))
	if err != nil {
		return err
	}
	fmt.Println("probes:", probes)
	return nil
}

// printDrivers prints the devices of a bus, each with its driver.
func printDrivers(bus *sysfs.Bus) error {
	for dev, err := range bus.Devices() { // dev is the loop's
		if err != nil {
			return err
		}
		driver, err := dev.DriverName()
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", dev.Name(), cmp.Or(driver, "none"))
	}
	return nil
}
