// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"errors"
	"fmt"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/probe"
)

// What a stock Debian kernel has before anything is loaded, out of a copy of
// its /proc, /sys and /boot. nil instead of the options asks the running
// kernel.
func ExampleAll() {
	for r := range probe.All(&probe.Options{Root: "testdata/stock"}) {
		if r.State != probe.Usable {
			fmt.Printf("%s %s: %s\n", r.Channel, r.State, r.Reason)
		}
	}
	// Output:
	// configfs missing: its module is not loaded
	// chardev unknown: the tree has no such file
	// ioctl unknown: the tree has no such file
	// alg missing: its module is not loaded; the first socket would load it, where modprobe has it
	// kmsg unknown: the tree has no such file
}

// A program that cannot do without a channel says so at its start.
func ExampleCheck() {
	err := probe.Check("configfs", &probe.Options{Root: "testdata/stock"}).Failure()
	fmt.Println(err)
	fmt.Println(errors.Is(err, kernlink.ErrNotSupported), errors.Is(err, errors.ErrUnsupported))
	// Output:
	// configfs: probe /sys/kernel/config: not supported here: its module is not loaded (modprobe configfs && mount -t configfs none /sys/kernel/config)
	// true true
}
