// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/modparam"
)

func modules() stage.Chapter {
	return stage.Chapter{
		Title:    "Modules",
		Packages: "kmod",
		Modules:  []string{"echo", "params"},
		Steps: []stage.StepFunc{
			inspectEcho, loadEcho, findEcho, loadEchoTwice, removeEcho,
			misspellParameter, offendModule,
		},
	}
}

// What does the file say about itself?
//
// This is modinfo: nothing is loaded.
func inspectEcho(ctx context.Context, tour *stage.Step) error {
	info, err := kmod.ReadInfo("echo.ko")
	if err != nil {
		return err
	}
	tour.Show(info.Name, info.Description, info.License, info.Vermagic)
	for _, p := range info.Params {
		tour.Show(p.Name, p.Type, p.Description)
	}
	return nil
}

// Load it, as “insmod echo.ko cnt=2 args=a,b” does.
//
// The module echoes its parameters to the log; mod.Log has these records.
func loadEcho(ctx context.Context, tour *stage.Step) error {
	type EchoParams struct {
		Count int      `param:"cnt"`
		Args  []string `param:"args"`
	}
	p := EchoParams{Count: 2, Args: []string{"a", "b"}}
	mod, err := kmod.Insert(ctx, "echo.ko", p)
	if err != nil {
		return err
	}
	tour.Show(mod.Name(), len(mod.Log()))
	return nil
}

// It is in the kernel's list now, as lsmod shows it.
func findEcho(ctx context.Context, tour *stage.Step) error {
	for st, err := range kmod.Loaded() {
		if err != nil {
			return err
		}
		if st.Name == "echo" {
			tour.Show(st.Name, st.State, st.Size, st.RefCount, st.Taints)
		}
	}
	return nil
}

// Twice is once too often.
func loadEchoTwice(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "echo.ko", nil)
	tour.Refused(err, kmod.ErrLoaded, syscall.EEXIST)
	return nil
}

// Unload it, as rmmod does.
//
// Remove waits while the module is in use, until ctx ends. Then it is gone:
func removeEcho(ctx context.Context, tour *stage.Step) error {
	mod, err := kmod.Find("echo")
	if err != nil {
		return err
	}
	err = mod.Remove(ctx)
	if err != nil {
		return err
	}
	_, err = kmod.Find("echo")
	tour.Refused(err, syscall.ENOENT)
	return nil
}

// A parameter that the module does not have.
//
// The kernel would ignore it and load the module. Insert asks the file first.
func misspellParameter(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "echo.ko", "cnd=2")
	tour.Refused(err)
	if unknown, ok := errors.AsType[*modparam.UnknownError](err); ok {
		tour.Show(unknown.Closest)
	}
	return nil
}

// A value that only the module can judge.
//
// The errno says little: the refusal brings the kernel's own words, from the log.
func offendModule(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "params.ko", "level=13") // odd
	tour.Refused(err, syscall.EINVAL)
	if refusal, ok := errors.AsType[*kmod.LogError](err); ok {
		tour.Show(refusal.Errno, len(refusal.Records))
	}
	return nil
}
