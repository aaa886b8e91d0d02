// SPDX-License-Identifier: Apache-2.0

// The tour talks to a live kernel over every channel that kernlink has, and
// shows of each step the Go that runs, what the kernel answers, and what it
// writes to its log.
//
// It loads kernel modules and so wants a kernel of its own:
//
//	make demo
//
// or, what that does, go tool kerneltest run ./examples/tour. Its exit status
// is 0 when all answered, 1 when something failed, and 2 on a host.
//
// A chapter is one file: a function that returns a [stage.Chapter], added to
// the list in chapters, and a function for each of its steps. Package stage
// says what a step looks like.
package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"os"

	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kerneltest"
)

//kerneltest:need modules=../../kmod/reference kmods=configfs tools=sleep,sh,mount,umount

// sources are the chapters' own files, which the tour shows.
//
//go:embed *.go
var sources embed.FS

func chapters() []stage.Chapter {
	return []stage.Chapter{
		whatThereIs(),
		kernelLog(),
		modules(),
		parameterTypes(),
		loadedParameters(),
		attributes(),
		sysctls(),
		processes(),
		system(),
		devices(),
		configured(),
		debugging(),
		tracing(),
		relays(),
	}
}

func main() { os.Exit(run(os.Stdout, os.Stderr)) }

func run(out *os.File, complain io.Writer) int {
	if !kerneltest.InGuest() {
		fmt.Fprintln(complain, "tour: it loads kernel modules and wants a kernel of its own: run “make demo”, or “go tool kerneltest run ./examples/tour”")
		return 2
	}
	if err := enterModules(); err != nil {
		fmt.Fprintln(complain, "tour:", err) // the chapters say what they miss
	}
	ok, err := stage.Run(context.Background(), stage.Options{
		Out:    out,
		Color:  stage.Color(out, os.Getenv),
		Source: sources,
	}, chapters())
	if err != nil {
		fmt.Fprintln(complain, "tour:", err)
	}
	if err != nil || !ok {
		return 1
	}
	return 0
}

// enterModules goes to the folder of the modules, so that the chapters can
// say "echo.ko", as one says it to insmod.
func enterModules() error { return os.Chdir(os.Getenv("KERNELTEST_MODULES")) }
