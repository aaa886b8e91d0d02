// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/debugfs/dyndbg"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
)

func debugging() stage.Chapter {
	return stage.Chapter{
		Title:    "What is there for debugging",
		Packages: "debugfs, debugfs/dyndbg",
		Modules:  []string{"debugfs_ex"},
		Steps: []stage.StepFunc{
			debugValues, debugRegisters, listMessages, enableMessages, refusedQuery, removeDebugging,
		},
	}
}

// Values in debugfs.
//
// The kernel cuts off what is too large for a u8. A Go type does not let it
// come so far.
func debugValues(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "debugfs_ex.ko", nil)
	if err != nil {
		return err
	}
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	err = attr.Set(dbg.File("debugfs_ex/u8"), uint8(200))
	if err != nil {
		return err
	}
	u8, err := attr.Get[uint8](dbg.File("debugfs_ex/u8"))
	if err != nil {
		return err
	}
	x32, err := attr.With(dbg.File("debugfs_ex/x32"), attr.Hex[uint32]()).Get()
	if err != nil {
		return err
	}
	u32s, err := attr.Get[[]uint32](dbg.File("debugfs_ex/u32s"))
	if err != nil {
		return err
	}
	tour.Show(u8, x32, u32s)
	err = attr.Set(dbg.File("debugfs_ex/signed"), 101)
	tour.Refused(err, syscall.ERANGE)
	return nil
}

// The registers of a device.
//
// One line a register, which the kernel reads from the device meanwhile.
func debugRegisters(ctx context.Context, tour *stage.Step) error {
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	for reg, err := range debugfs.Registers(dbg.File("debugfs_ex/regs")) {
		if err != nil {
			return err
		}
		tour.Show(reg.Name, reg.Value)
	}
	return nil
}

// Debug messages that nobody sees.
//
// They are compiled in and silent. Each call site has a line in the kernel's
// list.
func listMessages(ctx context.Context, tour *stage.Step) error {
	ctl, err := dyndbg.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	mine := dyndbg.Query{Module: "debugfs_ex"}
	for site, err := range ctl.Sites() {
		if err != nil {
			return err
		}
		if mine.Match(site) {
			tour.Show(site.Function, site.Flags, site.Format)
		}
	}
	return nil
}

// Switch one on, and off again.
//
// The module says the first text to nobody, and the second to its log.
func enableMessages(ctx context.Context, tour *stage.Step) error {
	ctl, err := dyndbg.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	say := dbg.File("debugfs_ex/say")
	err = attr.Set(say, "to nobody")
	if err != nil {
		return err
	}
	said := dyndbg.Query{Module: "debugfs_ex", Format: "said"}
	enabled, err := ctl.Enable(said, dyndbg.Print|dyndbg.FunctionName)
	if err != nil {
		return err
	}
	err = attr.Set(say, "hello")
	if err != nil {
		return err
	}
	_, err = ctl.Set(said, 0)
	tour.Show(enabled, said)
	return err
}

// A query that the kernel refuses.
//
// It says EINVAL, and why in its log. The error has both.
func refusedQuery(ctx context.Context, tour *stage.Step) error {
	ctl, err := dyndbg.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	err = ctl.Exec("module debugfs_ex line 20-10 +p")
	tour.Refused(err, syscall.EINVAL)
	return nil
}

// The module goes, and its files with it.
//
// A value that is kept reads “gone”, where the kernel has several words.
func removeDebugging(ctx context.Context, tour *stage.Step) error {
	dbg, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer dbg.Close()
	count := attr.Of[uint32](dbg.File("debugfs_ex/count"))
	defer count.Close()
	said, err := count.Get()
	if err != nil {
		return err
	}
	tour.Show(said)
	err = kmod.Remove(ctx, "debugfs_ex")
	if err != nil {
		return err
	}
	_, err = count.Get()
	tour.Refused(err, kernlink.ErrGone)
	return nil
}
