// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// filesystem is a pseudo-file-system that is a channel.
type filesystem struct {
	name   string   // as in /proc/filesystems
	usual  []string // where it is mounted; Fix names the first
	magic  int64
	option string // of the kernel's configuration
	module string // "" where it is built in or not there at all
	try    string // a file that is always there and harmless to open, or ""
}

var (
	procfs = filesystem{
		name: "proc", usual: []string{"/proc"}, magic: sys.ProcMagic,
		option: "CONFIG_PROC_FS", try: "/self/stat",
	}
	sysfs = filesystem{
		name: "sysfs", usual: []string{"/sys"}, magic: sys.SysfsMagic,
		option: "CONFIG_SYSFS",
	}
	configfs = filesystem{
		name: "configfs", usual: []string{"/sys/kernel/config"}, magic: sys.ConfigMagic,
		option: "CONFIG_CONFIGFS_FS", module: "configfs",
	}
	debugfs = filesystem{
		name: "debugfs", usual: []string{"/sys/kernel/debug"}, magic: sys.DebugMagic,
		option: "CONFIG_DEBUG_FS",
	}
	tracefs = filesystem{
		name: "tracefs", usual: []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}, magic: sys.TraceMagic,
		option: "CONFIG_TRACING", try: "/README",
	}
)

// rank is how usual a mount point is, 0 the most.
func (f filesystem) rank(point string) int {
	if i := slices.Index(f.usual, point); i >= 0 {
		return i
	}
	return len(f.usual)
}

func (f filesystem) mountCommand() string {
	return fmt.Sprintf("mount -t %s none %s", f.name, f.usual[0])
}

func (s *system) filesystem(f filesystem) Result {
	m, mounted, err := s.find(f)
	switch {
	case err != nil:
		return unknown("/proc/self/mountinfo", "the tree does not say what is mounted", err)
	case !mounted:
		return s.unmounted(f)
	}
	flags := sys.ReadOnly
	if f.try == "" {
		flags |= sys.Directory
	}
	path := m.Point + f.try
	if !s.captured() {
		err = s.open(path, flags)
	}
	switch {
	case err == nil:
		reason := "mounted at " + m.Point
		if m.ReadOnly {
			reason += ", read only"
		}
		return usable(m.Point, reason)
	case errors.Is(err, syscall.EPERM) && f.name == tracefs.name:
		return s.lockdown(path, "nothing can be opened", err)
	case errors.Is(err, syscall.ENOENT) && f.name == tracefs.name && s.mayBeConfidential():
		return s.lockdown(path, "nothing is in it", err)
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return s.forbidden(path, "CAP_DAC_READ_SEARCH", false, err)
	}
	return unknown(path, "it is mounted and cannot be opened", err)
}

// mayBeConfidential reports whether the kernel may have been locked down so far
// at boot that it made no files for tracing.
func (s *system) mayBeConfidential() bool {
	state, known := s.locked()
	return state == "confidentiality" || !known
}

// unmounted says what is to be done, which depends on whether the kernel has
// the file system at all.
func (s *system) unmounted(f filesystem) Result {
	known, option := s.hasFilesystem(f.name), s.option(f.option)
	switch {
	case known, option == "y":
		return missing(f.usual[0], "it is not mounted", f.mountCommand(), nil)
	case option == "n", option == "" && f.module == "":
		return missing(f.usual[0], "the kernel was built without "+f.option, "a kernel with "+f.option+"=y", nil)
	case option == "m":
		return missing(f.usual[0], "its module is not loaded", "modprobe "+f.module+" && "+f.mountCommand(), nil)
	}
	return missing(f.usual[0], "its module is not loaded, or the kernel was built without "+f.option,
		"modprobe "+f.module+" && "+f.mountCommand(), nil)
}

// hasFilesystem looks for a name in /proc/filesystems.
func (s *system) hasFilesystem(name string) bool {
	text, err := s.read("/proc/filesystems")
	return err == nil && slices.Contains(strings.Fields(string(text)), name)
}
