// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

const (
	hintNoModules = "this kernel has no loadable modules: CONFIG_MODULES is not set"
	hintNoUnload  = "this kernel cannot unload modules: CONFIG_MODULE_UNLOAD is not set"
	hintDisabled  = "kernel.modules_disabled is 1: no module can be loaded or unloaded until the next boot"
	hintNoCap     = "needs CAP_SYS_MODULE"
	hintPolicy    = "a policy forbids it: seccomp, a security module, or a user namespace"
	hintSigned    = "this kernel takes only modules signed with a key it knows: module.sig_enforce or lockdown"
	hintRebuild   = "build it with this kernel's headers"
	hintLockdown  = "the kernel is locked down: it takes only modules signed with a key it knows"
	hintBlacklist = "the kernel's command line forbids it: module_blacklist="
)

// notLoaded wraps the failure to find a module, and says so if it is built
// into the kernel: people look for it in vain.
func notLoaded(op, name string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: op, Path: name, Kind: kindOf(err), Err: err}
	if err != syscall.ENOENT {
		return e
	}
	if !hasModules() {
		e.Kind, e.Hint = kernlink.ErrNotSupported, hintNoModules
	} else if exists("/sys/module/" + name) {
		e.Hint = "it is built into the kernel"
	}
	return e
}

func hasModules() bool { return exists(procModules) }

func exists(path string) bool {
	fd, err := sys.Open(path, sys.PathOnly)
	if err == nil {
		sys.Close(fd)
	}
	return err == nil
}

// permissionHint says why module calls give EPERM, in the order in which the
// kernel looks.
func permissionHint() string {
	switch {
	case !hasCapSysModule():
		return hintNoCap
	case sys.FileIs("/proc/sys/kernel/modules_disabled", "1"):
		return hintDisabled
	}
	return hintPolicy
}

// hasCapSysModule asks for the calling thread, as the kernel does.
func hasCapSysModule() bool {
	text, err := sys.ReadFile("/proc/thread-self/status")
	return err != nil || parseCapSysModule(string(text))
}

// parseCapSysModule looks into a /proc/PID/status or that of a thread. It gives the benefit of
// the doubt where there is no such line.
func parseCapSysModule(text string) bool {
	const capSysModule = 16 // include/uapi/linux/capability.h
	_, rest, found := strings.Cut(text, "\nCapEff:")
	if !found {
		return true
	}
	line, _, _ := strings.Cut(rest, "\n")
	caps, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return err != nil || caps&(1<<capSysModule) != 0
}

// blacklisted reports whether the kernel's command line names the module in
// module_blacklist=.
func blacklisted(cmdline, name string) bool {
	for word := range strings.FieldsSeq(cmdline) {
		list, ok := strings.CutPrefix(word, "module_blacklist=")
		if !ok {
			continue
		}
		for n := range strings.SplitSeq(list, ",") {
			if Normalize(n) == name {
				return true
			}
		}
	}
	return false
}

// missing returns those of the modules that are not loaded, by their names in
// the kernel.
func missing(depends []string) []string {
	if len(depends) == 0 {
		return nil
	}
	loaded := make(map[string]bool)
	for s, err := range Loaded() {
		if err == nil {
			loaded[s.Name] = true
		} else if errors.Is(err, kernlink.ErrNotSupported) {
			return nil
		}
	}
	var absent []string
	for _, name := range depends {
		if !loaded[Normalize(name)] {
			absent = append(absent, Normalize(name))
		}
	}
	return absent
}
