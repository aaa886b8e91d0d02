// SPDX-License-Identifier: Apache-2.0

// Package sysctl reads, sets, lists and watches the settings of the kernel
// below /proc/sys, and applies files of them.
//
//	ctl, err := sysctl.Open(nil)
//	defer ctl.Close()
//	ports, err := attr.Get[[2]int](ctl.Key("net", "ipv4", "ip_local_port_range"))
//	err = attr.Set(ctl.Dotted("net.ipv4.conf.eth0/100.forwarding"), true)
//
// # Choosing
//
// [FS.Key] takes a key by its components and [FS.Dotted] by its name, as
// sysctl(8) and sysctl.d(5) have it; [Name] and [ParseName] are the way
// between. A component may have dots in it, as the name of a VLAN does, so
// that to split a name at its dots is a mistake. Both give files for package
// attr, which reads and writes them: once, kept open, or watched.
//
// An int, uint, bool or string is the value of that form, an array or a slice
// of numbers a vector, [attr.Bits] a list of ports. Several keys at once are a
// struct, for [attr.Load]:
//
//	var net struct {
//		Forward bool   `attr:"net.ipv4.ip_forward"`
//		Ports   [2]int `attr:"net.ipv4.ip_local_port_range"`
//	}
//	err := attr.Load(ctl, &net)
//
// [FS.All] lists, and [FS.Dir] is a folder whose object may go, as the keys of
// a network interface do. [ReadSettings] and [FS.Apply] do what sysctl --system
// and systemd-sysctl do, and say of each key what became of it. [OpenAt] on an
// ordinary folder serves the tests of one's own code.
//
// # Namespaces
//
// Which network namespace a key below net belongs to is decided when its name
// is looked up, by the thread that does. A value that is kept open stays with
// it, whatever thread uses it. An [FS] with [Options.NetNS] looks up in that
// namespace: it locks the goroutine to its thread, asks whether the thread may
// come back, goes there, opens the file, and comes back, which costs some 10 to
// 20 µs for each file that is opened or folder that is listed. Reading a value
// that is kept open costs nothing more. Should the thread not come back after
// all (for want of memory), then the call fails and the goroutine stays locked
// to it: the thread ends with the goroutine, and nobody else gets it.
//
// Other namespaces are those of the thread that reads or writes:
// kernel.hostname and kernel.domainname, and what System V IPC has.
//
// # Watching
//
// The kernel notifies of kernel.hostname and kernel.domainname, and of a
// module's key that says so; [attr.Value.Watch] waits for that. All other keys
// need an Interval.
//
// # Errors
//
// All are *kernlink.Error with Channel "sysctl". errors.Is finds
// [io/fs.ErrNotExist] for a key that is not there, whose module may be missing;
// [kernlink.ErrGone] for one that went, with its interface or module, while it
// was open; EINVAL for a value that the key does not take, which the Hint
// names; [attr.ErrMalformed] for a value of another type, or a vector of
// another length; [kernlink.ErrReadOnly]; [kernlink.ErrNotSupported] for the
// reading of a key that can only be written, and when /proc/sys is not there;
// [kernlink.ErrNoValue] for one that was never set
// (net.ipv6.conf.*.stable_secret); [kernlink.ErrRestricted];
// [io/fs.ErrInvalid] for a name that is none; [io/fs.ErrClosed] after Close.
//
// What the kernel does not report is a string that is longer than its room,
// which it cuts; [Result.Taken] tells.
//
// # Privileges
//
// Reading is mostly everybody's, writing root's. The keys of a network
// namespace may be written with CAP_NET_ADMIN in its user namespace. Entering
// one needs CAP_SYS_ADMIN in its user namespace, in that of the caller's own
// one, to come back, and in the caller's own user namespace. A container's
// /proc/sys is mostly mounted read only.
//
// # Kernel versions
//
// Linux 4.0 and newer with CONFIG_PROC_SYSCTL.
//
// The keys are in Documentation/admin-guide/sysctl and
// Documentation/networking/ip-sysctl.rst in the kernel's sources, the files in
// sysctl.d(5) and sysctl.conf(5).
package sysctl
