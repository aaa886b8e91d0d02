// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/kmod"
)

// Need is something that a test cannot do without.
type Need struct {
	name string
	// missing says what is not here, "" when all is.
	missing func() string
	// kernel is set for a need of a kernel version: the only one whose lack
	// is no fault of whoever prepared the guest.
	kernel bool
}

// VM is the need of a kernel that the test may do anything to: the guest.
var VM = Need{name: "a kernel of its own", missing: func() string {
	if InGuest() {
		return ""
	}
	return "this is a host"
}}

// Root is the need of user id 0.
var Root = Need{name: "root", missing: func() string {
	if os.Geteuid() == 0 {
		return ""
	}
	return fmt.Sprintf("user id %d", os.Geteuid())
}}

// Module is the need of a module that [Load] can load: built for this run
// (-modules), one of the kernel's own (-kmods), or built into the kernel.
func Module(name string) Need {
	return Need{name: "module " + name, missing: func() string {
		switch {
		case ModulePath(name) != "", builtin(name):
			return ""
		case InGuest():
			return "not in the guest: give its folder with -modules, or its name with -kmods if it is the kernel's own"
		}
		if _, err := kmod.Find(name); err == nil {
			return ""
		}
		return "not loaded"
	}}
}

// Capability is the need of an effective capability, named as in
// capabilities(7): "CAP_NET_ADMIN".
func Capability(name string) Need {
	return Need{name: name, missing: func() string {
		has, err := feature.HasCapability(name)
		switch {
		case err != nil:
			return err.Error()
		case !has:
			return "this process lacks it"
		}
		return ""
	}}
}

// Kernel is the need of at least this version. An older kernel skips the
// test, in the guest too; it is looked at before all other needs.
func Kernel(major, minor int) Need {
	return Need{name: fmt.Sprintf("Linux %d.%d", major, minor), kernel: true, missing: func() string {
		running, err := feature.RunningKernel()
		switch {
		case err != nil:
			return err.Error()
		case !running.AtLeast(major, minor):
			return "this is " + running.String()
		}
		return ""
	}}
}

// Config is the need of a kernel option that is built in or a module:
// "CONFIG_RELAY".
func Config(option string) Need {
	return Need{name: option, missing: func() string {
		config, err := feature.RunningConfig()
		if err != nil {
			return err.Error()
		}
		if value, set := config.Value(option); !set || value == "n" {
			return "this kernel was built without it"
		}
		return ""
	}}
}

// Program is the need of a program in PATH: -tools puts one into the guest.
func Program(name string) Need {
	return Need{name: "program " + name, missing: func() string {
		if _, err := exec.LookPath(name); err == nil {
			return ""
		}
		if InGuest() {
			return "not in the guest: give it with -tools"
		}
		return "not in PATH"
	}}
}

// Require says what a test needs. On a host the test is skipped when
// something is missing, with one line that names the command to run instead.
// In the guest it fails then: what is not there was forgotten, and a test
// that skips for ever tests nothing. Only a kernel that is really older than
// [Kernel] asks for skips it there too.
func Require(t testing.TB, needs ...Need) {
	t.Helper()
	for _, n := range needs {
		if !n.kernel {
			continue
		}
		if missing := n.missing(); missing != "" {
			t.Skipf("needs %s: %s", n.name, missing)
		}
	}
	for _, n := range needs {
		missing := n.missing()
		switch {
		case missing == "":
		case InGuest():
			t.Fatalf("needs %s: %s", n.name, missing)
		default:
			t.Skipf("needs %s (%s): run `go tool kerneltest` on this package", n.name, missing)
		}
	}
}
