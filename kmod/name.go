// SPDX-License-Identifier: Apache-2.0

package kmod

import "strings"

// maxName is the longest module name that the kernel stores: MODULE_NAME_LEN
// of include/linux/moduleparam.h, less its NUL, on a 64-bit kernel.
const maxName = 64 - 8 - 1

// Normalize returns the name under which the kernel knows a module: "-" is
// written "_" (snd-hda-intel is loaded as snd_hda_intel). The functions of
// this package do it by themselves.
//
// It allocates only when there is something to replace.
func Normalize(name string) string { return strings.ReplaceAll(name, "-", "_") }

// badName says what is wrong with name as a module's name, or "".
//
// The kernel would look up any string and answer ENOENT, and some of them
// would make a path to somewhere else in /sys/module.
func badName(name string) string {
	switch {
	case name == "":
		return "the module's name is empty"
	case len(name) > maxName:
		return "longer than a module's name can be"
	case name == "." || name == ".." || strings.ContainsAny(name, "/\x00\n "):
		return "not a module's name"
	case strings.HasSuffix(name, ".ko"):
		return "a module goes by its name, not by its file: " + strings.TrimSuffix(name, ".ko")
	}
	return ""
}
