// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package example_test

import (
	"fmt"
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func Example_leaks() {
	fmt.Println("the example itself passes")
	go func() { select {} }()
	// Output: the example itself passes
}
