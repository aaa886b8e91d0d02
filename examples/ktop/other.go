// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"fmt"
	"io"
	"os"
)

func run(_ []string, _ *os.File, complain io.Writer) int {
	fmt.Fprintln(complain, "ktop: it shows the processes of Linux")
	return 2
}
