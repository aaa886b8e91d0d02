// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/chroot"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/guest"
)

func main() {
	// The same program is process 1 of the guest, and what enters a build
	// root: one binary to build, and both ends always fit.
	switch {
	case guest.IsGuest():
		guest.Main()
	case chroot.IsHelper():
		fmt.Fprintln(os.Stderr, "kerneltest:", chroot.Helper())
		os.Exit(exitError)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	stop()
	if status, ok := errors.AsType[exitStatus](err); ok {
		os.Exit(int(status))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kerneltest:", err)
		os.Exit(exitError)
	}
}

func command(ctx context.Context, args []string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	switch o.command {
	case "run":
		return runProgram(ctx, o)
	case "prepare":
		return prepare(ctx, o)
	}
	return testLanes(ctx, o)
}
