// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"errors"
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// errFlags: init_module(2), which takes a module from memory, has no flags.
var errFlags = errors.New("cannot ignore vermagic or modversions of a file that this kernel does not read itself: uncompress it first")

// load asks the kernel, by the file wherever it can read that. It returns a
// bare errno of the kernel's, or an error of its own.
func load(src *source, img *image, args string, opts *InsertOptions) error {
	flags := opts.flags()
	unpacks := img.format.kernelUnpacks(img.head)
	if unpacks {
		flags |= sys.ModuleInitCompressedFile
	}
	if img.format == plain || unpacks {
		err := sys.FinitModule(src.fd, args, flags)
		if err != syscall.ENOSYS {
			return err
		}
	}
	return loadMemory(img, args, opts)
}

// loadMemory is for compressed files, and for a kernel or a sandbox without
// finit_module(2).
func loadMemory(img *image, args string, opts *InsertOptions) error {
	if opts.flags() != 0 {
		return errFlags
	}
	b, err := img.bytes(opts.maxSize())
	if err != nil {
		return err
	}
	return sys.InitModule(b, args)
}
