// SPDX-License-Identifier: Apache-2.0

//go:build linux

package guest

import (
	"os"
	"os/exec"
	"syscall"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

// shell gives the console to a shell until it ends.
func (g *guest) shell() {
	path := ""
	for _, p := range []string{"/usr/bin/bash", "/usr/bin/sh", "/usr/bin/busybox"} {
		if exists(p) {
			path = p
			break
		}
	}
	console, err := os.OpenFile("/dev/ttyS0", os.O_RDWR|syscall.O_NOCTTY, 0)
	if path == "" || err != nil {
		g.note("no shell in the image: %v", err)
		return
	}
	defer console.Close()
	_ = g.frames.Send(wire.Frame{Kind: wire.Shell})
	cmd := exec.Command(path)
	if path == "/usr/bin/busybox" {
		cmd.Args = []string{"sh"}
	}
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TERM=linux", "PS1=guest# "}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = console, console, console
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Run(); err != nil {
		g.note("shell: %v", err)
	}
}
