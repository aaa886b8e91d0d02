// SPDX-License-Identifier: Apache-2.0

// Package probe says which channels to the kernel are usable here, and what
// would make the others so.
//
//	for r := range probe.All(nil) {
//		fmt.Println(r.Channel, r.State, r.Reason, r.Fix)
//	}
//	if err := probe.Check("configfs", nil).Failure(); err != nil {
//		return err // configfs: probe: its module is not loaded (modprobe configfs && ...)
//	}
//
// # Choosing
//
// [All] is for a report, as the program examples/doctor prints it. [Check] is
// for a program that wants to say at its start what it will miss. One that can
// do without need not ask: each channel's own errors say the same when it is
// used, and they cannot be out of date.
//
// With [Options.Root] both judge a captured tree, a machine's support archive
// for example, by its files alone.
//
// # What is done to find out
//
// The calls that the channel itself begins with: files are opened, sockets
// made, and closed at once. What can be known from /proc (mounts, file systems,
// protocols, the kernel's configuration) is read first.
//
// Nothing is loaded, mounted or changed. Therefore a socket is made only of a
// family that /proc/net/protocols has already: socket(AF_ALG) and
// socket(AF_PACKET) make the kernel look for their modules, without any
// privilege, where they are not loaded. Such a channel is [Missing], and its
// Reason says that its first user would bring it. For the same cause nothing
// is looked for below /sys/kernel/debug/tracing, which mounts tracefs when it
// is entered. To know whether modules can be loaded, finit_module(2) is called
// with no file, after which a kernel that would take one says EBADF.
//
// Where a seccomp filter is in force finit_module is not called, since a
// filter may kill whoever calls it; kmod is [Unknown] then unless something
// else forbids it already.
//
// # Errors
//
// A channel that is not usable is an answer, no failure: neither [All] nor
// [Check] returns an error, and what the kernel said is in [Result.Err].
// [Result.Failure] makes the answer a *kernlink.Error with the Channel that it
// is about: kernlink.ErrNotSupported for [Missing], kernlink.ErrRestricted for
// [Restricted], neither for [Unknown].
//
// # Privileges
//
// None. The answers are those of the calling thread: its capabilities, its
// seccomp filter, its namespaces. A thread that differs from the rest of the
// process must be locked (runtime.LockOSThread) while it asks.
//
// The answer is about the channel and not about every file in it: a file may
// still be another user's, and a security module decides each time anew.
//
// # Kernel versions
//
// Any that this module supports. The kernel's configuration, which tells "its
// module is not loaded" from "it was not built", is read from /proc/config.gz,
// /boot or /lib/modules; without it the Reason names both.
//
// # Adding a channel
//
// A line in the table in channel.go, and a function from the system to a
// Result. A pseudo-file-system is an entry in filesystem.go, a family of
// sockets one in socket.go.
package probe
