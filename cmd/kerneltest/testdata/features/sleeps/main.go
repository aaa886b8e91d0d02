// SPDX-License-Identifier: Apache-2.0

// Sleeps never ends by itself.
package main

import (
	"fmt"
	"os"
	"os/signal"
)

func main() {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // so that it is no deadlock
	fmt.Println("asleep")
	select {}
}
