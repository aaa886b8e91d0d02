// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

func devices() stage.Chapter {
	return stage.Chapter{
		Title:    "Devices, their bus and their driver",
		Packages: "sysfs",
		Modules:  []string{"sysfs_bus"},
		Steps: []stage.StepFunc{
			findDevices, changeDriver, searchDevices, announceDevice,
			awaitDevice, outliveDevice, mapDevice, removeBus,
		},
	}
}

// A bus, and who drives what is on it.
//
// The kernel asks the bus for each device whether the driver is for it, and
// then the driver itself.
func findDevices(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "sysfs_bus.ko", "devices=2")
	if err != nil {
		return err
	}
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	for dev, err := range sys.Bus("my_bus").Devices() {
		if err != nil {
			return err
		}
		driver, err := dev.DriverName()
		if err != nil {
			return err
		}
		tour.Show(dev.Name(), driver, dev.SysPath())
	}
	return nil
}

// Take a device from its driver, and give it back.
//
// In between it has none:
func changeDriver(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	my1, err := sys.Device("my_bus", "my1")
	if err != nil {
		return err
	}
	defer my1.Close()
	driver, err := my1.Driver() // closed with my1
	if err != nil {
		return err
	}
	err = driver.Unbind(my1)
	if err != nil {
		return err
	}
	_, err = my1.Driver()
	tour.Refused(err, fs.ErrNotExist)
	err = driver.Bind(my1)
	if err != nil {
		return err
	}
	probes, err := attr.Get[int](driver.Attr("probes"))
	if err != nil {
		return err
	}
	tour.Show(driver.Name(), driver.Bus(), probes)
	return nil
}

// Look for devices, wherever they are.
//
// The filter has links and attributes read. What cannot be read does not match,
// and fails nothing. The number of a node leads to its device as well.
func searchDevices(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	which := &sysfs.Filter{
		Driver: "my_driver",
		Attrs:  map[string]string{"value": "[0-9]"},
	}
	for dev, err := range sys.Devices(which) {
		if err != nil {
			return err
		}
		parent, err := dev.Parent() // closed with dev
		if err != nil {
			return err
		}
		tour.Show(dev.Name(), parent.Name())
	}
	null, err := sys.DeviceByNode("/dev/null")
	if err != nil {
		return err
	}
	defer null.Close()
	number, err := null.DevNum()
	if err != nil {
		return err
	}
	tour.Show(null.Path(), number)
	return nil
}

// Have the kernel announce a device once more.
//
// Who listens, like udev, hears SYNTH_ARG_WHY=tour. The UUID tells this event
// from others.
func announceDevice(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	my1, err := sys.Device("my_bus", "my1")
	if err != nil {
		return err
	}
	defer my1.Close()
	why := &sysfs.TriggerOptions{Env: map[string]string{"WHY": "tour"}}
	uuid, err := my1.Trigger("change", why)
	if err != nil {
		return err
	}
	_, err = my1.Trigger("dance", why)
	tour.Refused(err, syscall.EINVAL)
	tour.Show(len(uuid))
	return nil
}

// A device comes.
//
// WaitDevice waits until it is there, with its attributes, or until ctx ends.
func awaitDevice(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	bus := sys.Bus("my_bus")
	plugged := make(chan error)
	go func() { // anybody may be the one who plugs it in
		plugged <- attr.Set(bus.Attr("add"), "my7")
	}()
	dev, err := bus.WaitDevice(ctx, "my7")
	err = errors.Join(err, <-plugged)
	if err != nil {
		return err
	}
	defer dev.Close()
	err = attr.Set(dev.Attr("value"), 45)
	if err != nil {
		return err
	}
	n, err := attr.Get[int](dev.Attr("value"))
	if err != nil {
		return err
	}
	tour.Show(dev.SysPath(), n)
	return nil
}

// The device goes, and another comes under its name.
//
// The handle is that of the first, and does not take the other for it.
func outliveDevice(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	bus := sys.Bus("my_bus")
	old, err := bus.Device("my7")
	if err != nil {
		return err
	}
	defer old.Close()
	err = attr.Set(bus.Attr("remove"), "my7")
	if err != nil {
		return err
	}
	err = attr.Set(bus.Attr("add"), "my7")
	if err != nil {
		return err
	}
	_, err = attr.Get[int](old.Attr("value"))
	tour.Refused(err, kernlink.ErrGone)
	dev, err := bus.Device("my7")
	if err != nil {
		return err
	}
	defer dev.Close()
	n, err := attr.Get[int](dev.Attr("value"))
	if err != nil {
		return err
	}
	tour.Show(old.Gone(), dev.Gone(), n)
	return nil
}

// The registers of a real device.
//
// The machine's line to its host is a PCI device, and this memory its table of
// interrupts. An access that is outside, or not aligned, or too late, is an
// error and not the end of the program.
func mapDevice(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	for dev, err := range sys.Devices(&sysfs.Filter{Driver: "virtio-pci"}) {
		if err != nil {
			return err
		}
		mem, err := dev.MapResource(1, nil)
		if err != nil {
			return err
		}
		address, err := mem.Uint32(0)
		if err != nil {
			return err
		}
		tour.Show(dev.Name(), mem.Len(), address>>20 == 0xfee)
		err = mem.Close()
		if err != nil {
			return err
		}
		_, err = mem.Uint32(0)
		tour.Refused(err, fs.ErrClosed)
		break
	}
	return nil
}

// Unload the module: the driver lets go of each device, and the bus is no more.
func removeBus(ctx context.Context, tour *stage.Step) error {
	err := kmod.Remove(ctx, "sysfs_bus")
	if err != nil {
		return err
	}
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	_, err = sys.Device("my_bus", "my0")
	tour.Refused(err, fs.ErrNotExist)
	return nil
}
