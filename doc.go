// SPDX-License-Identifier: Apache-2.0

// Package kernlink is the root of a library that speaks to the Linux kernel
// over every channel the kernel offers, one package a channel, with one
// vocabulary and one shape of error. This package holds what the channels
// share: the errors, and this guide to choosing a channel.
//
// For each channel there is a small reference module in C that stands on the
// other side of it (package kmod/reference), and the tests and examples run
// against it in stock Debian kernels. Package kerneltest lets tests of other
// modules do the same.
//
// # Choosing
//
// Who speaks, and what it is good at. Packages with a star are not built yet.
//
//	package      direction        choose it for
//	modparam     user -> module   a handful of settings, at load time or later as
//	                              files below /sys/module
//	kmod         user -> kernel   loading, unloading and inspecting modules
//	kmsg         kernel -> user   what the kernel and its modules say to humans; no
//	                              interface for programs
//	procfs       both             processes and the system; a module's own entry with
//	                              records (seq_file). New modules rather use sysfs
//	sysctl       both             tunables of the kernel, typed, named by a path
//	sysfs        both             one value a file: state and settings of an object or
//	                              device that the kernel made
//	configfs     user -> kernel   objects that the user makes and removes
//	debugfs      both             whatever helps debugging; no promise that it stays
//	relay        kernel -> user   much data of one kind, a buffer for each CPU
//	chardev *    both             streams of bytes, waiting for them, mapped memory
//	ioctl *      both             typed requests to a device that is open
//	syscalls *   both             calls that libc has no wrapper for; a module cannot
//	                              add one
//	nl *         both             typed messages and events with many listeners; for
//	                              a new module nl/genl *. The kernel's own families:
//	                              nl/rtnl *, nl/uevent *, nl/procevent *, nl/sockdiag *
//	packet *     both             network frames
//	udp *        both             datagrams to a socket that a module opened
//	alg *        both             the kernel's crypto; deprecated by the kernel itself
//
// What it costs, what it asks for, and what the module calls on its side. The
// times are orders of magnitude for one operation on current hardware: a
// value of a file that is kept open, a record, a round trip.
//
//	package      size              time    privilege           kernel side
//	modparam     4 MB for all      -       CAP_SYS_MODULE,     module_param()
//	                                       then file modes
//	kmod         a file            1 ms    CAP_SYS_MODULE      module_init()
//	kmsg         about 1 KB        1 us    CAP_SYSLOG mostly   pr_info(), dev_info()
//	procfs       4 KB a read       10 us   file modes          proc_create(), seq_file
//	sysctl       a value           1 us    root to write       register_sysctl()
//	sysfs        4 KB              1 us    file modes          kobject, DEVICE_ATTR()
//	configfs     4 KB              10 us   root                configfs_register_subsystem()
//	debugfs      any               10 us   root, no lockdown   debugfs_create_file()
//	relay        a sub-buffer      10 us   root, no lockdown   relay_open()
//	chardev *    any               1 us    the node's mode     misc_register(), cdev_add()
//	ioctl *      under 16 KB       1 us    the node's mode     unlocked_ioctl
//	syscalls *   its arguments     1 us    the call's own      -
//	nl *         32 KB a datagram  10 us   CAP_NET_ADMIN for   genl_register_family()
//	                                       most changes
//	packet *     a frame           0.1 us  CAP_NET_RAW         net_device
//	udp *        a datagram        4 us    none                sock_create_kern()
//	alg *        any               10 us   none                crypto_register_alg()
//
// Package attr is below the channels whose unit is a file: one value in one
// file, read, written and watched, the same way in each of them.
//
// Between those that fit, take the one that tools already understand: sysfs
// for a value, generic netlink for messages with structure, a character
// device for streams, configfs for what an administrator declares. procfs
// for something that is no process, and debugfs for something that users
// depend on, are the two choices that maintainers of the kernel refuse.
//
// # Errors
//
// Every failure is an *[Error]: which channel, what was tried, on what, why,
// and where it is known what to do about it. Its text reads
//
//	kmod: remove nf_nat: in use (1 reference; by nft_chain_nat): context deadline exceeded
//
// What it means is one of the sentinels, the same in all channels: [ErrGone],
// [ErrNoValue], [ErrBusy], [ErrReadOnly], [ErrRestricted], [ErrNotSupported].
// Below it is the kernel's errno:
//
//	_, err := kmod.Insert(ctx, "echo.ko", nil)
//	switch {
//	case errors.Is(err, kernlink.ErrRestricted): // a policy forbids it; the text names it
//	case errors.Is(err, fs.ErrNotExist): // package io/fs's words for an errno
//	case errors.Is(err, syscall.ENODEV): // the errno itself
//	}
//
// Details that one channel knows have a type there:
//
//	if refused, ok := errors.AsType[*kmod.LogError](err); ok {
//		fmt.Println(refused.Records) // what the kernel logged about it
//	}
//
// Where several things went wrong, errors.Is finds each of them.
//
// # Conventions
//
// A wait (following a log, unloading a module that is in use) takes a context
// and returns promptly when it ends. A call (loading a module, a store into a
// file) runs in the kernel to its end: its context is looked at before the
// kernel is entered and never after. The documentation says which it is.
//
// Sequences are iter.Seq2[T, error]. An error about one item does not end the
// loop unless nothing more can come; breaking out of it releases everything.
// What a loop yields may be borrowed until the next turn, where its
// documentation says so, and Clone makes a value to keep.
//
// There are two tiers and no third: an easy call that returns a value, and a
// call that fills the caller's memory without allocating, named ReadInto or
// the like. Parsers are functions of bytes, apart from the reading, so they
// work on captured files and on any system.
//
// Nothing happens behind the caller's back: no goroutine that was not asked
// for, no work at program start, no cgo, no state of the package's own. Every
// file descriptor is close-on-exec and has one owner.
//
// # Privileges
//
// Each package names what its calls need. An operation that a capability, a
// sysctl, lockdown or a seccomp filter forbids fails with [ErrRestricted],
// and [Error.Hint] says which it was, as far as that can be found out.
//
// # Kernel versions
//
// The tests run on Linux 6.1, 6.12 and the newest that Debian offers. Older
// kernels lack some features, which fail with [ErrNotSupported] and a Hint.
// On other systems than Linux everything compiles, and what asks the kernel
// returns an error that matches [errors.ErrUnsupported].
package kernlink
