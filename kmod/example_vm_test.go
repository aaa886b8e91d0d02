// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/kmsg"
)

// EchoParams are the parameters of the module kmod/reference/echo.
type EchoParams struct {
	Count int      `param:"cnt"`
	Args  []string `param:"args"`
}

// The session of the article: insmod echo.ko cnt=2 args=a,b; dmesg; rmmod echo.
func Example_echo() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("echo"), EchoParams{Count: 2, Args: []string{"a", "b"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	print := func(records []kmsg.Record) {
		for _, rec := range records {
			// The kernel log is everybody's: take what echo prints.
			if text := rec.Text.String(); strings.HasPrefix(text, "#: ") || strings.HasSuffix(text, "; ") {
				fmt.Printf("%q\n", text)
			}
		}
	}
	print(mod.Log())
	if err := mod.Remove(ctx); err != nil { // waits while it is in use
		fmt.Println(err)
	}
	print(mod.RemoveLog())
	// Output:
	// "#: cnt: 2"
	// " a; "
	// " b; "
	// "#: Module init"
	// "#: Module exit"
}

// The kernel says in its log what an errno leaves out; the error brings it.
func ExampleLogError() {
	_, err := kmod.Insert(context.Background(), kerneltest.ModulePath("params"), "level=13")
	if refusal, ok := errors.AsType[*kmod.LogError](err); ok {
		fmt.Println(refusal.Errno)
		for _, rec := range refusal.Records {
			if text := rec.Text.String(); strings.HasPrefix(text, "params: ") {
				fmt.Println(text)
			}
		}
	}
	// Output:
	// invalid argument
	// params: `13' invalid for parameter `level'
}

// The modules that were not built with this kernel, and who uses them.
func ExampleLoaded() {
	for s, err := range kmod.Loaded() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if strings.Contains(s.Taints, "O") {
			fmt.Println(s.Name, s.RefCount, s.Holders)
		}
	}
}
