// SPDX-License-Identifier: Apache-2.0

package kerneltest_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

// An example, or a test that wants to load a module in its own way, takes the
// file that was built for the running kernel.
func ExampleModulePath() {
	ctx := context.Background()
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath("echo"), "cnt=1 args=hello")
	if err != nil {
		log.Fatal(err)
	}
	for _, rec := range mod.Log() {
		if text := rec.Text.String(); strings.HasPrefix(text, "#:") {
			fmt.Println(text)
		}
	}
	if err := mod.Remove(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// #: cnt: 1
	// #: Module init
}
