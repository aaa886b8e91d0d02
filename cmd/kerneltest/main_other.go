// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "kerneltest: runs on Linux only: it builds kernel modules and boots a Linux kernel")
	os.Exit(2)
}
