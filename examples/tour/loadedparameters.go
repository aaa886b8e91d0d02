// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/modparam"
)

func loadedParameters() stage.Chapter {
	return stage.Chapter{
		Title:    "Parameters of a loaded module",
		Packages: "modparam, attr",
		Modules:  []string{"params"},
		Steps: []stage.StepFunc{
			changeLevel, changeList, offendLevel, writeFixed, listPrintk, removeLevel,
		},
	}
}

// A parameter is a file, and a value of the Go type that it is asked for.
//
// The module logs each new level. 0 is what it began with:
func changeLevel(ctx context.Context, tour *stage.Step) error {
	mod, err := kmod.Insert(ctx, "params.ko", nil)
	if err != nil {
		return err
	}
	level := mod.Param("level")
	before, err := attr.Get[int](level)
	if err != nil {
		return err
	}
	err = attr.Set(level, before+12)
	if err != nil {
		return err
	}
	after, err := attr.Get[int](level)
	if err != nil {
		return err
	}
	tour.Show(before, after, level.Path())
	return nil
}

// A list is a slice, and N is false.
//
// Here the module was loaded by somebody else, and is only named.
func changeList(ctx context.Context, tour *stage.Step) error {
	modules, err := modparam.Open(nil) // /sys/module
	if err != nil {
		return err
	}
	defer modules.Close()
	ints := modules.Param("params", "ints")
	err = attr.Set(ints, []int{3, -1, 4})
	if err != nil {
		return err
	}
	numbers, err := attr.Get[[]int](ints)
	if err != nil {
		return err
	}
	on, err := attr.Get[bool](modules.Param("params", "bool"))
	if err != nil {
		return err
	}
	tour.Show(numbers, len(numbers), on)
	return nil
}

// What the module does not take is an error that shows the value.
func offendLevel(ctx context.Context, tour *stage.Step) error {
	mod, err := kmod.Find("params")
	if err != nil {
		return err
	}
	err = attr.Set(mod.Param("level"), 13) // odd
	tour.Refused(err, syscall.EINVAL)
	err = attr.Set(mod.Param("byte"), 300)
	tour.Refused(err, syscall.ERANGE)
	return nil
}

// One is for reading only, and another has no file at all.
//
// The kernel says “permission denied” to root, too; the error says what it means.
func writeFixed(ctx context.Context, tour *stage.Step) error {
	mod, err := kmod.Find("params")
	if err != nil {
		return err
	}
	err = attr.Set(mod.Param("fixed"), 8)
	tour.Refused(err, kernlink.ErrReadOnly)
	_, err = attr.Get[int](mod.Param("secret"))
	tour.Refused(err, fs.ErrNotExist)
	return nil
}

// What is built into the kernel has parameters, too.
func listPrintk(ctx context.Context, tour *stage.Step) error {
	modules, err := modparam.Open(nil)
	if err != nil {
		return err
	}
	defer modules.Close()
	for file, err := range modules.Params("printk") {
		if err != nil {
			return err
		}
		value, err := attr.Get[string](file)
		if err != nil {
			return err
		}
		tour.Show(file.Name(), value)
	}
	return nil
}

// A handle that stays open does not keep the module.
//
// The file goes with it, and the handle says so:
func removeLevel(ctx context.Context, tour *stage.Step) error {
	mod, err := kmod.Find("params")
	if err != nil {
		return err
	}
	level := attr.Of[int](mod.Param("level")) // opens on first use, stays open
	defer level.Close()
	n, err := level.Get()
	if err != nil {
		return err
	}
	tour.Show(n)
	err = mod.Remove(ctx)
	if err != nil {
		return err
	}
	_, err = level.Get()
	tour.Refused(err, kernlink.ErrGone)
	return nil
}
