// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"context"
	"fmt"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/procfs"
)

// What a module shows in /proc, as from the shell: cat, echo 12345 >, cat.
// The module is kmod/reference/procfs.
func Example_module() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("procfs"), "records=3")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	proc, err := procfs.Open(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proc.Close()

	file := proc.Entry("my_test/my_file")
	text, err := attr.Get[string](file)
	fmt.Println(text, err)
	fmt.Println(attr.Set(file, "12345"))
	text, err = attr.Get[string](file)
	fmt.Println(text, err)

	parse := func(line []byte) (sum int, err error) {
		var id, square int
		_, err = fmt.Sscan(string(line), &id, &square)
		return id + square, err
	}
	for sum, err := range procfs.Records(proc.Entry("my_test/records"), parse) {
		fmt.Println(sum, err)
	}
	// Output:
	// initial content <nil>
	// <nil>
	// 12345 <nil>
	// 2 <nil>
	// 6 <nil>
	// 12 <nil>
}
