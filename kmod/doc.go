// SPDX-License-Identifier: Apache-2.0

// Package kmod loads, unloads, lists and inspects kernel modules.
//
//	mod, err := kmod.Insert(ctx, "echo.ko", "cnt=2 args=a,b")
//	for _, rec := range mod.Log() { // what the module said while it started
//		fmt.Println(rec.Text)
//	}
//	err = mod.Remove(ctx) // waits while it is in use, until ctx ends
//
// # Choosing
//
// [Insert] takes a path, [InsertFile] an open file and options. Both load
// this one file, as insmod does. Parameters are given as package modparam
// wants them and are checked against what the module declares: the kernel
// itself ignores unknown ones without a word to the caller.
//
// [Remove] and [Module.Remove] wait until the module is free, as long as
// their context lets them.
//
// [Loaded] lists what is loaded, with its users; [Find] looks for one.
// [ReadInfo] tells what a module file says about itself, as modinfo does, and
// [ReadInfoInto] does for a whole tree of them with one allocation a file;
// [ParseInfo] and [ParseStatus] do the parsing alone, on any system.
//
// # Errors
//
// All are *[kernlink.Error]. The kernel has few errnos for many reasons and
// explains itself in its log: a [LogError] holds those lines, and
// [ErrLoaded], [ErrUnknownSymbol], [ErrVermagic] and [ErrFormat] say what
// they mean. A [BusyError] names who uses a module that would not go.
//
// # Privileges
//
// Loading and unloading need CAP_SYS_MODULE. Reading does not, save for
// module addresses (CAP_SYSLOG). The kernel's words need a readable kernel
// log: CAP_SYSLOG, or kernel.dmesg_restrict=0 and access to /dev/kmsg.
// Without it everything works, [Module.Log] is empty and errors say less.
//
// # Kernel versions
//
// finit_module(2) is used wherever it is (Linux 3.8), with a file that the
// kernel reads itself, so that policies which judge files can judge it.
// Compressed files are handed over as they are where the kernel says it
// unpacks that format (Linux 5.17, CONFIG_MODULE_DECOMPRESS), and are
// unpacked here otherwise. The tests run on 6.1, 6.12 and 7.3.
package kmod
