// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

// The session of the module sysfs_bus: echo my7 > add;
// echo 45 > devices/my7/value; echo my7 > remove; cat devices/my0/uevent.
func ExampleBus_WaitDevice() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("sysfs_bus"), "devices=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	if err := comeAndGo(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// my7 came: devices/my_bus/my7
	// value: 45
	// my7 went: true
	// value: object is gone
	// my0: map[DRIVER:my_driver MY_NAME:my0]
}

// comeAndGo waits for the device my7 and uses it until it goes away.
func comeAndGo(ctx context.Context) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	bus := sys.Bus("my_bus")

	plugged := make(chan error, 1)
	go func() { plugged <- attr.Set(bus.Attr("add"), "my7") }() // as if a user plugged it in
	my7, err := bus.WaitDevice(ctx, "my7")
	if err := errors.Join(err, <-plugged); err != nil {
		return err
	}
	defer my7.Close()
	fmt.Printf("%s came: %s\n", my7.Name(), my7.Path())

	value := attr.Of[int](my7.Attr("value")) // opens on first use, stays open
	defer value.Close()
	if err := value.Set(45); err != nil {
		return err
	}
	n, err := value.Get()
	if err != nil {
		return err
	}
	fmt.Println("value:", n)

	if err := attr.Set(bus.Attr("remove"), "my7"); err != nil {
		return err
	}
	fmt.Printf("%s went: %t\n", my7.Name(), my7.Gone())
	if _, err := value.Get(); errors.Is(err, kernlink.ErrGone) {
		fmt.Println("value:", kernlink.ErrGone)
	}

	my0, err := bus.Device("my0")
	if err != nil {
		return err
	}
	defer my0.Close()
	properties, err := my0.Properties() // of its file uevent
	if err != nil {
		return err
	}
	fmt.Println(my0.Name()+":", properties)
	return nil
}
