// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package chroot runs a command with an unpacked system as its root folder,
// in a mount namespace of its own: nothing that it mounts shows outside, and
// nothing needs to be undone. Without root a user namespace does it.
package chroot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// helperArg, as the first argument, makes this program the helper that
// prepares the mounts and then becomes the command.
const helperArg = "__chroot"

// Cmd is a command inside a root.
type Cmd struct {
	Root string            // the unpacked system
	Bind map[string]string // folder inside -> folder outside
	Dir  string            // working folder inside
	Env  []string
	Args []string // Args[0] is the program's path inside
}

// Run runs the command and returns what it printed, output and errors in
// order.
func Run(ctx context.Context, c Cmd) ([]byte, error) {
	spec, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, helperArg, string(spec))
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LC_ALL=C"}, c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		// The command is process 1 of its own: what it started ends with it,
		// and it ends with this process.
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch _, ran := errors.AsType[*exec.ExitError](err); {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err != nil && !ran:
		err = fmt.Errorf("%w: %s", err, needsRights)
	}
	return out, err
}

// needsRights explains what a container or a hardened system forbids.
const needsRights = "modules are built in a root folder of its own, which needs root with CAP_SYS_ADMIN, or a system that lets ordinary users make user namespaces"

// IsHelper reports whether this process is to be the helper.
func IsHelper() bool { return len(os.Args) == 3 && os.Args[1] == helperArg }

// Helper sets the mounts up and becomes the command; it returns only on
// failure.
func Helper() error {
	var c Cmd
	if err := json.Unmarshal([]byte(os.Args[2]), &c); err != nil {
		return err
	}
	switch err := sys.MakeMountsPrivate(); {
	case errors.Is(err, syscall.EINVAL):
		return errors.New("this is a chroot whose root is no mount point: bind its folder onto itself (mount --bind DIR DIR) before entering it")
	case err != nil:
		return fmt.Errorf("making mounts private: %w: %s", err, needsRights)
	}
	binds := map[string]string{"/dev": "/dev", "/proc": "/proc"}
	for inside, outside := range c.Bind {
		binds[inside] = outside
	}
	// Sorted, so that a folder comes before what is mounted in it.
	for _, inside := range slices.Sorted(maps.Keys(binds)) {
		outside, target := binds[inside], filepath.Join(c.Root, inside)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if err := sys.BindMount(outside, target); err != nil {
			return fmt.Errorf("binding %s: %w", outside, err)
		}
	}
	if err := sys.Chroot(c.Root); err != nil {
		return fmt.Errorf("entering %s: %w", c.Root, err)
	}
	if c.Dir != "" {
		if err := os.Chdir(c.Dir); err != nil {
			return err
		}
	}
	// What Run asked for holds for this process's first thread only, and the
	// one that calls execve need not be that.
	runtime.LockOSThread()
	if err := sys.DieWithParent(); err != nil {
		return err
	}
	return fmt.Errorf("starting %s: %w", c.Args[0], syscall.Exec(c.Args[0], c.Args, os.Environ()))
}
