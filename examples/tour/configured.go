// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

func configured() stage.Chapter {
	return stage.Chapter{
		Title:    "Objects of the kernel that you make yourself",
		Packages: "configfs",
		Modules:  []string{"gpio_pwm", "configfs_ex"},
		Steps: []stage.StepFunc{
			openConfigfs, runPin, holdItem, applyPlan, undoPlan, removeConfigured,
		},
	}
}

// withConfigfs loads configfs, which most kernels have as a module.
func withConfigfs(ctx context.Context) error {
	file := kerneltest.ModulePath("configfs")
	if file == "" {
		return nil // it is part of the kernel
	}
	_, err := kmod.Insert(ctx, file, nil)
	return err
}

// withoutConfigfs takes it away again, with its mount.
func withoutConfigfs(ctx context.Context) error {
	if err := sys.Unmount("/sys/kernel/config"); err != nil {
		return err
	}
	if kerneltest.ModulePath("configfs") == "" {
		return nil
	}
	return kmod.Remove(ctx, "configfs")
}

// Where is configfs?
//
// Not there until somebody mounts it, and the error names the command. Mount does it:
func openConfigfs(ctx context.Context, tour *stage.Step) error {
	err := withConfigfs(ctx)
	if err != nil {
		return err
	}
	_, err = kmod.Insert(ctx, "gpio_pwm.ko", nil)
	if err != nil {
		return err
	}
	_, err = kmod.Insert(ctx, "configfs_ex.ko", nil)
	if err != nil {
		return err
	}
	_, err = configfs.Open(nil)
	tour.Refused(err, kernlink.ErrNotSupported)
	cfg, err := configfs.Open(&configfs.Options{Mount: true})
	if err != nil {
		return err
	}
	defer cfg.Close()
	for name, err := range cfg.Subsystems() {
		if err != nil {
			return err
		}
		tour.Show(name)
	}
	return nil
}

// Make a pin in configfs, and run its device in sysfs.
//
// 10 ms a period, half of it high: two changes of the level in each.
func runPin(ctx context.Context, tour *stage.Step) error {
	cfg, err := configfs.Open(nil)
	if err != nil {
		return err
	}
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
	err = errors.Join(
		attr.Set(pwm.Attr("export"), 1),
		attr.Set(pwm.Attr("period_ns"), 10_000_000),
		attr.Set(pwm.Attr("duty_ns"), 5_000_000),
		attr.Set(pwm.Attr("run"), true),
	)
	if err != nil {
		return err
	}
	edges := attr.Of[int](pwm.Attr("edges"))
	defer edges.Close()
	often := &attr.WatchOptions{Interval: 5 * time.Millisecond}
	for n, err := range edges.Watch(ctx, often) {
		if err != nil {
			return err
		}
		if n >= 100 {
			tour.Show(pwm.Name(), n >= 100)
			break
		}
	}
	return nil
}

// Who holds an item?
//
// The kernel says “device or resource busy” and no more. The error has found the link.
func holdItem(ctx context.Context, tour *stage.Step) error {
	cfg, err := configfs.Open(nil)
	if err != nil {
		return err
	}
	defer cfg.Close()
	group, err := cfg.Subsystem("configfs_ex")
	if err != nil {
		return err
	}
	defer group.Close()
	a, err := group.Create("a")
	if err != nil {
		return err
	}
	defer a.RemoveAll()
	b, err := group.Create("b")
	if err != nil {
		return err
	}
	defer b.RemoveAll()
	err = a.Link("peer", b)
	if err != nil {
		return err
	}

	err = b.Remove()
	tour.Refused(err, kernlink.ErrBusy, syscall.EBUSY)
	busy, ok := errors.AsType[*configfs.BusyError](err)
	tour.Show(ok, busy.Links)
	return nil
}

// Describe what is to be. The plan is what has to be done for that.
//
// Made, set, linked, and at last switched on. Done twice, there is nothing left to do.
func applyPlan(ctx context.Context, tour *stage.Step) error {
	cfg, err := configfs.Open(nil)
	if err != nil {
		return err
	}
	defer cfg.Close()
	node := configfs.Item{
		Path:     "configfs_ex/node",
		Set:      []configfs.Attr{{Name: "number", Value: 45}},
		Links:    []configfs.Link{{Name: "peer", Target: "configfs_ex/peer"}},
		Activate: []configfs.Attr{{Name: "enable", Value: true}},
	}
	peer := configfs.Item{Path: "configfs_ex/peer"}
	plan, err := cfg.Plan(node, peer)
	if err != nil {
		return err
	}
	for _, step := range plan.Steps() {
		tour.Show(step)
	}
	err = plan.Apply(ctx)
	if err != nil {
		return err
	}
	again, err := cfg.Plan(node, peer)
	if err != nil {
		return err
	}
	tour.Show(again)
	return nil
}

// A step fails, and those before it are taken back.
//
// An attribute of this module takes no value at all.
func undoPlan(ctx context.Context, tour *stage.Step) error {
	cfg, err := configfs.Open(nil)
	if err != nil {
		return err
	}
	defer cfg.Close()
	plan, err := cfg.Plan(configfs.Item{
		Path:     "configfs_ex/doomed",
		Items:    []configfs.Item{{Path: "below"}},
		Activate: []configfs.Attr{{Name: "stubborn", Value: 8}},
	})
	if err != nil {
		return err
	}
	err = plan.Apply(ctx)
	tour.Refused(err, syscall.EINVAL)
	failed, ok := errors.AsType[*configfs.ApplyError](err)
	tour.Show(ok, failed.Step, len(failed.Undone), len(failed.NotUndone))
	return nil
}

// Remove what is left, in the kernel's order, and the modules with it.
func removeConfigured(ctx context.Context, tour *stage.Step) error {
	cfg, err := configfs.Open(nil)
	if err != nil {
		return err
	}
	defer cfg.Close()
	plan, err := cfg.Plan(
		configfs.Item{Path: "configfs_ex/peer", Absent: true},
		configfs.Item{Path: "configfs_ex/node", Absent: true},
	)
	if err != nil {
		return err
	}
	err = plan.Apply(ctx)
	if err != nil {
		return err
	}
	for _, step := range plan.Steps() {
		tour.Show(step)
	}
	err = errors.Join(kmod.Remove(ctx, "configfs_ex"), kmod.Remove(ctx, "gpio_pwm"))
	if err != nil {
		return err
	}
	err = cfg.Close()
	if err != nil {
		return err
	}
	return withoutConfigfs(ctx)
}
