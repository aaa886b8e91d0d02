// SPDX-License-Identifier: Apache-2.0

package kernlink_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink"
)

// One error answers three questions: what it means, what the kernel said, and
// what to do about it.
func ExampleError() {
	var err error = &kernlink.Error{
		Channel: "kmod",
		Op:      "insert",
		Path:    "echo.ko",
		Kind:    kernlink.ErrRestricted,
		Err:     syscall.EPERM,
		Hint:    "this process lacks CAP_SYS_MODULE: run it as root",
	}
	fmt.Println(err)
	fmt.Println(errors.Is(err, kernlink.ErrRestricted))
	fmt.Println(errors.Is(err, syscall.EPERM))
	fmt.Println(errors.Is(err, fs.ErrPermission))
	// Output:
	// kmod: insert echo.ko: restricted: operation not permitted (this process lacks CAP_SYS_MODULE: run it as root)
	// true
	// true
	// true
}

// The fields are there for programs that want more than the text.
func ExampleError_fields() {
	err := fmt.Errorf("starting up: %w", &kernlink.Error{
		Channel: "sysfs",
		Op:      "get",
		Path:    "net/eth0/speed",
		Kind:    kernlink.ErrNoValue,
		Err:     syscall.EINVAL,
	})
	if e, ok := errors.AsType[*kernlink.Error](err); ok {
		fmt.Println(e.Channel, e.Op, e.Path, e.Kind)
	}
	// Output:
	// sysfs get net/eth0/speed no value now
}
