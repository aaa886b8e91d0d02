// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/sysctl"
)

// The session of the module sysctl_ex: sysctl sysctl_ex;
// sysctl -w sysctl_ex.number=101; sysctl -w sysctl_ex.vector="9 8 7 6".
func ExampleFS_Key() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("sysctl_ex"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	ctl, err := sysctl.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ctl.Close()

	fmt.Println(attr.Get[string](ctl.Key("sysctl_ex", "text")))
	number := ctl.Key("sysctl_ex", "number") // from 0 to 100
	fmt.Println(attr.Set(number, 100))
	err = attr.Set(number, 101)
	fmt.Println(errors.Is(err, syscall.EINVAL), err)
	vector := ctl.Key("sysctl_ex", "vector")
	fmt.Println(attr.Set(vector, [4]int{9, 8, 7, 6}))
	fmt.Println(attr.Get[[]int](vector))
	err = attr.Set(ctl.Key("sysctl_ex", "readonly"), 1)
	fmt.Println(errors.Is(err, kernlink.ErrReadOnly))
	// Output:
	// initial <nil>
	// <nil>
	// true sysctl: set /proc/sys/sysctl_ex/number: invalid argument (the kernel does not take the value "101")
	// <nil>
	// [9 8 7 6] <nil>
	// true
}

// A module's key that notifies: its present value, and then each change.
func ExampleFS_Dotted_watch() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("sysctl_ex"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	ctl, err := sysctl.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ctl.Close()

	event := attr.Of[int](ctl.Dotted("sysctl_ex.event"))
	defer event.Close()
	for n, err := range event.Watch(ctx, nil) {
		fmt.Println(n, err)
		if n == 2 {
			break
		}
		if err := attr.Set(ctl.Dotted("sysctl_ex.trigger"), 1); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
	// 2 <nil>
}

// The keys of another network namespace, here that of this process.
func ExampleOptions() {
	ctl, err := sysctl.Open(&sysctl.Options{NetNS: "/proc/thread-self/ns/net"}) // or /run/netns/NAME
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ctl.Close()
	fmt.Println(attr.Get[int](ctl.Dotted("net.ipv4.ip_default_ttl")))
	// Output: 64 <nil>
}
