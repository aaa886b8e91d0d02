// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

// The session of the module gpio_pwm: an item made in configfs is a device in
// sysfs, which is run with a period of 10 ms, half of it high.
func Example_pwm() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("configfs"), nil)
	if err == nil {
		defer mod.Remove(ctx)
	}
	mod, err = kmod.Insert(ctx, kerneltest.ModulePath("gpio_pwm"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	if err := pulse(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// gpio_pwm:123 runs: true
	// half of the time high: true
	// it toggles every 5 ms: true
	// it stopped: true
	// removed: the device is gone
}

func pulse(ctx context.Context) error {
	cfg, err := configfs.Open(&configfs.Options{Mount: true})
	if err != nil {
		return err
	}
	defer unix.Unmount(cfg.Root(), 0)
	defer cfg.Close()
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()

	group, err := cfg.Subsystem("gpio_pwm")
	if err != nil {
		return err
	}
	defer group.Close()
	item, err := group.Create("123")
	if err != nil {
		return err
	}
	defer item.Remove()
	pwm, err := sys.WaitDevice(ctx, "pwm", "gpio_pwm:123")
	if err != nil {
		return err
	}
	defer pwm.Close()
	if err := errors.Join(
		attr.Set(pwm.Attr("export"), 1),
		attr.Set(pwm.Attr("period_ns"), 10_000_000),
		attr.Set(pwm.Attr("duty_ns"), 5_000_000),
		attr.Set(pwm.Attr("run"), true),
	); err != nil {
		return err
	}
	running, err := attr.Get[bool](pwm.Attr("run"))
	if err != nil {
		return err
	}
	fmt.Printf("%s runs: %t\n", pwm.Name(), running)
	if err := watch(ctx, pwm); err != nil {
		return err
	}

	if err := attr.Set(pwm.Attr("run"), false); err != nil {
		return err
	}
	level, err := attr.Get[int](pwm.Attr("level"))
	if err != nil {
		return err
	}
	fmt.Println("it stopped:", level == 0)
	if err := errors.Join(attr.Set(pwm.Attr("unexport"), 1), item.Remove()); err != nil {
		return err
	}
	if _, err := pwm.Attr("run").Read(); errors.Is(err, kernlink.ErrGone) {
		fmt.Println("removed: the device is gone")
	}
	if _, err := group.Child("123"); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// watch looks at the pin for a while.
func watch(ctx context.Context, pwm *sysfs.Device) error {
	type changes struct { // how often it changed, and when that was read
		edges int
		at    time.Time
	}
	var first, last changes
	high, looks := 0, 0
	edges := attr.Of[int](pwm.Attr("edges"))
	defer edges.Close()
	for n, err := range edges.Watch(ctx, &attr.WatchOptions{Interval: time.Millisecond}) {
		if err != nil {
			return err
		}
		last = changes{n, time.Now()}
		if looks == 0 {
			first = last
		}
		level, err := attr.Get[int](pwm.Attr("level"))
		if err != nil {
			return err
		}
		high += level
		if looks++; last.at.Sub(first.at) > time.Second {
			break
		}
	}
	fmt.Println("half of the time high:", high > looks/4 && high < looks*3/4)
	each := last.at.Sub(first.at) / time.Duration(last.edges-first.edges)
	fmt.Println("it toggles every 5 ms:", each > 4500*time.Microsecond && each < 5500*time.Microsecond)
	return nil
}
