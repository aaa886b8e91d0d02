// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/sys"
)

var errNotMounted = errors.New("configfs is not mounted there")

const mountCommand = "mount -t configfs none " + usual

// mountHint is the command that makes configfs appear at its place, as far as
// the kernel tells what is missing.
func mountHint() string {
	text, err := sys.ReadFile("/proc/filesystems")
	switch {
	case err != nil:
		return mountCommand + "; the kernel needs CONFIG_CONFIGFS_FS"
	case !slices.Contains(strings.Fields(string(text)), "configfs"):
		return "modprobe configfs && " + mountCommand + "; the kernel needs CONFIG_CONFIGFS_FS"
	}
	return mountCommand
}

func kindOfMount(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) {
		return kernlink.ErrNotSupported
	}
	return errno.Kind(err)
}

// modules are those whose subsystem has another name.
var modules = map[string]string{
	"cluster":    "ocfs2_nodemanager",
	"iio":        "industrialio_configfs",
	"nullb":      "null_blk",
	"pci_ep":     "pci-ep-cfs",
	"stp-policy": "stm_core",
	"target":     "target_core_mod",
	"usb_gadget": "libcomposite",
}

// subsystemHint names the module that a subsystem comes with.
func subsystemHint(name string) string {
	module, known := modules[name]
	if !known {
		return "a subsystem comes with its module: modprobe " + name + ", if it is called so"
	}
	return "modprobe " + module
}
