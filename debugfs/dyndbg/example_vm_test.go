// SPDX-License-Identifier: Apache-2.0

//go:build linux

package dyndbg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/dyndbg"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/kmsg"
)

// The debug messages of the module debugfs_ex, switched on and read.
func ExampleControl_Enable() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("debugfs_ex"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	if err := listen(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1 call site
	// debug debugfs_ex:say_write: debugfs_ex: said hello
	// unknown flag 'z'
}

func listen() error {
	ctl, err := dyndbg.Open(nil)
	if err != nil {
		return err
	}
	defer ctl.Close()
	said := dyndbg.Query{Module: "debugfs_ex", Format: "said"}
	n, err := ctl.Enable(said, dyndbg.Print|dyndbg.FunctionName)
	if err != nil {
		return err
	}
	fmt.Println(n, "call site")

	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		return err
	}
	defer log.Close()
	say := attr.At("/sys/kernel/debug/debugfs_ex/say", attr.Debugfs)
	if err := attr.Set(say, "hello"); err != nil {
		return err
	}
	for rec, err := range log.Pending() {
		if err != nil {
			return err
		}
		if strings.Contains(rec.Text.String(), "said") {
			fmt.Println(rec.Level, rec.Text)
		}
	}

	// What the kernel does not know, it says in its log.
	err = ctl.Exec("module debugfs_ex +z")
	if why, ok := errors.AsType[*dyndbg.LogError](err); ok {
		fmt.Println(strings.TrimPrefix(why.Records[0].Text.String(), "dyndbg: "))
		return nil
	}
	return err
}
