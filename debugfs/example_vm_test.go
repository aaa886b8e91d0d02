// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debugfs_test

import (
	"context"
	"fmt"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

// What the module debugfs_ex shows: a number, one in hexadecimal, an array, and
// the registers of a device.
func Example() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("debugfs_ex"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	if err := look(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 32 -> 33
	// 0x32
	// [1 20 300 4294967295]
	// CTRL 0x1
	// STATUS 0xdeadbeef
	// IRQ MASK 0x80000000
	// inner: folder/inner
}

func look() error {
	fs, err := debugfs.Open(nil)
	if err != nil {
		return err
	}
	defer fs.Close()
	dir, err := fs.Dir("debugfs_ex")
	if err != nil {
		return err
	}
	defer dir.Close()

	u32 := attr.Of[uint32](dir.File("u32"))
	defer u32.Close()
	n, err := u32.Get()
	if err != nil {
		return err
	}
	if err := u32.Set(n + 1); err != nil {
		return err
	}
	now, err := u32.Get()
	if err != nil {
		return err
	}
	fmt.Println(n, "->", now)

	x32, err := attr.With(dir.File("x32"), attr.Hex[uint32]()).Get()
	if err != nil {
		return err
	}
	fmt.Printf("%#x\n", x32)

	words, err := attr.Get[[]uint32](dir.File("u32s"))
	if err != nil {
		return err
	}
	fmt.Println(words)

	for reg, err := range debugfs.Registers(dir.File("regs")) {
		if err != nil {
			return err
		}
		fmt.Printf("%s %#x\n", reg.Name, reg.Value)
	}
	for e, err := range fs.Walk("debugfs_ex/folder") {
		if err != nil {
			return err
		}
		fmt.Println("inner:", e.Path[len("debugfs_ex/"):])
	}
	return nil
}
