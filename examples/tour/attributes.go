// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysfs"
)

func attributes() stage.Chapter {
	return stage.Chapter{
		Title:    "Attributes: one value in one file",
		Packages: "attr, sysfs",
		Modules:  []string{"sysfs_ex"},
		Steps: []stage.StepFunc{
			setFirst, useCodecs, missValues, loadStruct, watchEvent, removeFirst,
		},
	}
}

// Read it, write it, and read it again.
//
// As “cat first; echo 45 > first; cat first” does. The module logs each of them.
func setFirst(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "sysfs_ex.ko", nil)
	if err != nil {
		return err
	}
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		return err
	}
	defer obj.Close()

	first := attr.Of[int](obj.Attr("first")) // opens on first use, stays open
	defer first.Close()
	before, err := first.Get()
	if err != nil {
		return err
	}
	err = first.Set(45)
	if err != nil {
		return err
	}
	after, err := first.Get()
	if err != nil {
		return err
	}
	tour.Show(before, after)
	return nil
}

// Where the type does not say it all, a codec does.
//
// Some drivers want numbers with 0x. Others print all choices, and brackets
// around the one that holds.
func useCodecs(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		return err
	}
	defer obj.Close()

	mask := attr.With(obj.Attr("mask"), attr.Hex[uint32]())
	defer mask.Close()
	err = mask.Set(0xcafe)
	if err != nil {
		return err
	}
	bits, err := mask.Get()
	if err != nil {
		return err
	}
	text, err := attr.Get[string](mask.File())
	if err != nil {
		return err
	}
	tour.Show(bits, text)

	mode := attr.Of[attr.Selector](obj.Attr("mode"))
	defer mode.Close()
	before, err := mode.Get()
	if err != nil {
		return err
	}
	err = mode.Set(attr.Selector{Current: "lz4"})
	if err != nil {
		return err
	}
	after, err := mode.Get()
	if err != nil {
		return err
	}
	tour.Show(before, after, after.Current, len(after.Choices))
	return nil
}

// A value that is refused, and an attribute that has none.
//
// The kernel says “invalid argument” to both.
func missValues(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		return err
	}
	defer obj.Close()

	err = attr.Set(obj.Attr("first"), "many")
	tour.Refused(err, syscall.EINVAL)
	_, err = attr.Get[int](obj.Attr("speed")) // its link is down
	tour.Refused(err, kernlink.ErrNoValue, syscall.EINVAL)
	return nil
}

// Many attributes are a struct.
//
// The speed has a value only while the link is up, so it is a pointer.
func loadStruct(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		return err
	}
	defer obj.Close()

	type Port struct {
		Mode  string `attr:"mode,choice"`
		Mask  uint32 `attr:"mask,hex"`
		Link  bool   `attr:"link"`
		Speed *int   `attr:"speed"` // nil: no value now
	}
	var down, up Port
	err = attr.Load(obj, &down)
	if err != nil {
		return err
	}
	err = attr.Set(obj.Attr("link"), true)
	if err != nil {
		return err
	}
	err = attr.Load(obj, &up)
	if err != nil {
		return err
	}
	tour.Show(down.Mode, down.Mask, down.Link, down.Speed)
	tour.Show(up.Link, *up.Speed)
	return nil
}

// Watch one: its present value, and then each change.
//
// The module counts what is written to trigger, and notifies of it.
func watchEvent(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		return err
	}
	defer obj.Close()

	event := attr.Of[int](obj.Attr("event"))
	defer event.Close()
	for n, err := range event.Watch(ctx, nil) {
		if err != nil {
			return err
		}
		tour.Show(n)
		if n == 2 {
			break
		}
		err = attr.Set(obj.Attr("trigger"), "now")
		if err != nil {
			return err
		}
	}
	return nil
}

// The module goes, although an attribute is open.
//
// An open file does not hold a module. The handle says what became of its object:
func removeFirst(ctx context.Context, tour *stage.Step) error {
	sys, err := sysfs.Open(nil)
	if err != nil {
		return err
	}
	defer sys.Close()
	obj, err := sys.Object("fs/my_test")
	if err != nil {
		return err
	}
	defer obj.Close()

	first := attr.Of[int](obj.Attr("first"))
	defer first.Close()
	n, err := first.Get()
	if err != nil {
		return err
	}
	tour.Show(n)
	err = kmod.Remove(ctx, "sysfs_ex")
	if err != nil {
		return err
	}
	_, err = first.Get()
	tour.Refused(err, kernlink.ErrGone, syscall.ENODEV)
	return nil
}
