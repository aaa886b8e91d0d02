// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/sysfs"
)

// board makes an ordinary folder that looks like a small /sys, as a test of
// yours may: a sensor on a bus.
func board() string {
	root, err := os.MkdirTemp("", "sysfs")
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range map[string]string{
		"devices/soc/uevent":                "",
		"devices/soc/sensor0/uevent":        "DEVNAME=sensor0\n",
		"devices/soc/sensor0/temp":          "42\n",
		"bus/my_bus/drivers/my_driver/bind": "",
	} {
		name = filepath.Join(root, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		os.WriteFile(name, []byte(text), 0o644)
	}
	os.MkdirAll(filepath.Join(root, "bus/my_bus/devices"), 0o755)
	os.Symlink("../../../devices/soc/sensor0", filepath.Join(root, "bus/my_bus/devices/sensor0"))
	os.Symlink("../../../../devices/soc/sensor0", filepath.Join(root, "bus/my_bus/drivers/my_driver/sensor0"))
	os.Symlink("../../../bus/my_bus", filepath.Join(root, "devices/soc/sensor0/subsystem"))
	os.Symlink("../../../bus/my_bus/drivers/my_driver", filepath.Join(root, "devices/soc/sensor0/driver"))
	return root
}

func Example() {
	root := board()
	defer os.RemoveAll(root)
	sys, err := sysfs.OpenAt(root, nil) // sysfs.Open(nil) is /sys
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Close()

	sensor, err := sys.Device("my_bus", "sensor0")
	if err != nil {
		log.Fatal(err)
	}
	defer sensor.Close()
	temp := attr.Of[int](sensor.Attr("temp")) // opens on first use, stays open
	defer temp.Close()
	fmt.Println(temp.Get())
	fmt.Println(sensor.Path())
	fmt.Println(sensor.DevNode())
	parent, err := sensor.Parent() // closed with the sensor
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(parent.Name())
	// Output:
	// 42 <nil>
	// devices/soc/sensor0
	// /dev/sensor0 <nil>
	// soc
}

// The devices of a bus, each with its driver.
func ExampleBus() {
	root := board()
	defer os.RemoveAll(root)
	sys, err := sysfs.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Close()
	for dev, err := range sys.Bus("my_bus").Devices() { // dev is the loop's: dev.Open() keeps it
		if err != nil {
			fmt.Println(err)
			continue
		}
		driver, err := dev.DriverName() // "" when it has none
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(dev.Name(), driver)
	}
	// Output: sensor0 my_driver
}

// A driver from a loop is the loop's, as the device is: nothing to close.
func ExampleDevice_Driver() {
	root := board()
	defer os.RemoveAll(root)
	sys, err := sysfs.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Close()
	for dev, err := range sys.Bus("my_bus").Devices() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		driver, err := dev.Driver()
		if err != nil {
			fmt.Println(err) // errors.Is(err, fs.ErrNotExist): it has none
			continue
		}
		for other, err := range driver.Devices() {
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Println(driver.Name(), "drives", other.Name())
		}
	}
	// Output: my_driver drives sensor0
}

func ExampleDevice_Property() {
	root := board()
	defer os.RemoveAll(root)
	sys, err := sysfs.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sys.Close()
	sensor, err := sys.Bus("my_bus").Device("sensor0")
	if err != nil {
		log.Fatal(err)
	}
	defer sensor.Close()
	fmt.Println(sensor.Property("DEVNAME"))
	_, err = sensor.Property("MODALIAS")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// sensor0 <nil>
	// true
}

// One attribute once needs neither FS nor Object: its path, and whose rules it
// follows.
func Example_oneAttribute() {
	root := board() // "/sys"
	defer os.RemoveAll(root)
	temp, err := attr.Get[int](attr.At(root+"/bus/my_bus/devices/sensor0/temp", attr.Sysfs))
	fmt.Println(temp, err)
	// Output: 42 <nil>
}
