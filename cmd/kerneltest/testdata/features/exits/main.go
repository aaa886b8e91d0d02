// SPDX-License-Identifier: Apache-2.0

// Exits prints what it was given and ends with status 3.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("given:", os.Args[1:], "pid 1 is another:", os.Getpid() != 1)
	os.Exit(3)
}
