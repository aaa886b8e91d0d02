// SPDX-License-Identifier: Apache-2.0

// Package reference holds the source of kernlink's reference kernel modules:
// small modules in C, one for each channel between user space and the kernel,
// that stand on the other side of the Go packages in their examples and tests.
//
// Each is one folder of kbuild: NAME/NAME.c, whose first comment says which
// files or sockets appear and what to try from the shell, and a Makefile. They
// build without warnings on Linux 6.1 to 7.3. Their licence is GPL-2.0-only,
// unlike the Go code's.
//
//	echo     says its parameters to the kernel log
//	fault    makes the kernel fail on request; only for a virtual machine
//	params   one module parameter of every type
//
// To build one by hand: make -C kmod/reference/echo KDIR=/lib/modules/$(uname -r)/build
package reference

import "embed"

// FS holds the folders NAME/, each with what kbuild needs to make NAME.ko.
// It is read-only and may be shared.
//
//go:embed */*.c */Makefile
var FS embed.FS

// Names returns the names of the modules, sorted: each is a folder of [FS]
// and the name of the .ko that kbuild makes there. The slice is the caller's.
func Names() []string {
	dirs, err := FS.ReadDir(".")
	if err != nil {
		return nil // cannot be: the root of an embedded tree is always there
	}
	names := make([]string, 0, len(dirs))
	for _, d := range dirs {
		if d.IsDir() {
			names = append(names, d.Name())
		}
	}
	return names
}
