// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysctl"
)

func sysctls() stage.Chapter {
	return stage.Chapter{
		Title:    "Sysctls: the settings of the kernel",
		Packages: "sysctl",
		Modules:  []string{"sysctl_ex"},
		Steps: []stage.StepFunc{
			setKeys, refuseValues, applyLines, outliveKey,
		},
	}
}

// A key by its components, or by its name.
//
// As “sysctl sysctl_ex.number; sysctl -w sysctl_ex.vector="9 8 7 6"” does. A dot in the
// name of a network interface is a slash in a dotted name.
func setKeys(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "sysctl_ex.ko", nil)
	if err != nil {
		return err
	}
	ctl, err := sysctl.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	number, err := attr.Get[int](ctl.Key("sysctl_ex", "number"))
	if err != nil {
		return err
	}
	vector := attr.Of[[4]int](ctl.Dotted("sysctl_ex.vector"))
	defer vector.Close()
	err = vector.Set([4]int{9, 8, 7, 6})
	if err != nil {
		return err
	}
	numbers, err := vector.Get()
	if err != nil {
		return err
	}
	vlan := sysctl.Name("net", "ipv4", "conf", "eth0.100", "forwarding")
	tour.Show(number, numbers, vlan)
	return nil
}

// Values that are refused.
//
// The kernel would take two numbers for four, and leave the others as they are.
func refuseValues(ctx context.Context, tour *stage.Step) error {
	ctl, err := sysctl.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()

	err = attr.Set(ctl.Key("sysctl_ex", "number"), 101) // it goes to 100
	tour.Refused(err, syscall.EINVAL)
	err = attr.Set(ctl.Key("sysctl_ex", "vector"), []int{1, 2})
	tour.Refused(err, attr.ErrMalformed)
	err = attr.Set(ctl.Key("sysctl_ex", "readonly"), 1)
	tour.Refused(err, kernlink.ErrReadOnly)
	return nil
}

// The lines of a sysctl.d file, and what became of each.
//
// A pattern leaves alone what has a line of its own. A minus says that a failure is none.
func applyLines(ctx context.Context, tour *stage.Step) error {
	ctl, err := sysctl.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	settings, err := sysctl.ParseSettings([]byte(`
		sysctl_ex.number = 70
		sysctl_ex.ev[a-e]? = 4
		-sysctl_ex.no_such_key = 1
	`))
	if err != nil {
		return err
	}
	results, err := ctl.Apply(ctx, settings)
	if err != nil {
		return err
	}
	for _, r := range results {
		tour.Show(r.Key, r.State, r.Old, r.New)
	}
	return nil
}

// Watch a key, until its module goes.
//
// Most keys notify nobody and need an interval. This one does notify.
func outliveKey(ctx context.Context, tour *stage.Step) error {
	ctl, err := sysctl.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	event := attr.Of[int](ctl.Key("sysctl_ex", "event"))
	defer event.Close()
	for n, err := range event.Watch(ctx, nil) {
		if n < 2 && err == nil {
			tour.Show(n)
			err = attr.Set(ctl.Key("sysctl_ex", "trigger"), 1)
		} else if err == nil {
			err = kmod.Remove(ctx, "sysctl_ex")
		}
		if err != nil {
			tour.Refused(err, kernlink.ErrGone, syscall.ENOENT)
		}
	}
	return nil
}
