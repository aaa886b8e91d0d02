// SPDX-License-Identifier: Apache-2.0

// Package attr reads, writes and watches one value in one file: what a module
// parameter, an attribute of sysfs, a sysctl and an entry of /proc have in
// common.
//
//	mtu := attr.Of[int](eth0.Attr("mtu")) // opens on first use, stays open
//	defer mtu.Close()
//	n, err := mtu.Get()
//	err = mtu.Set(9000)
//	for n, err := range mtu.Watch(ctx, nil) { // the present value, then each change
//	}
//
// # Choosing
//
// The channels' packages hand out [File] values; [At] and [OpenDir] make them
// for pseudo-filesystems that have no package here (cgroup2, resctrl), and for
// folders that a test has filled itself.
//
// [Get] and [Set] are for once. [Of] makes a [Value] that keeps its file open,
// which is several times faster. [With] takes a [Codec] where the Go type does
// not say it all. [Load] fills a struct. [File.Read] and [File.Write] do not
// look at the bytes.
//
// # Values
//
// Reading an integer takes decimal digits, or hexadecimal ones after 0x, and
// white space around them. A bool is any of 1/0, Y/N, yes/no, true/false,
// on/off, enabled/disabled. A string is the text without the newlines at its
// end; a []byte is the text as it is. Slices and arrays are separated by white
// space, by commas for module parameters. A [Selector] is the choices with the
// one that holds in brackets, and [Bits] are a list of CPUs ("0-3,8"). What is
// hexadecimal needs a codec: [Hex], and [Mask] for a bitmap.
//
// # Writing
//
// One Set is one write(2) of the whole value at the beginning of the file,
// which is neither made nor cut; each write(2) is a store of its own to the
// kernel. How a value ends is the channel's matter:
//
//	policy      written     empty value  what the kernel makes of the newline
//	[Sysfs]     value "\n"  "\n"         handed to the driver, most strip it
//	[Configfs]  value "\n"  "\n"         handed to the driver, most strip it
//	[Param]     value       "\n"         a string keeps it
//	[Procfs]    value "\n"  "\n"         the module's own matter
//	[Sysctl]    value "\n"  "\n"         stripped
//	[Debugfs]   value "\n"  "\n"         stripped by the kernel's helpers, else the module's matter
//
// A write of no bytes at all stores nothing, which is why an empty value is a
// newline, and why [File.Write] refuses it. A []byte is written as it is.
// A slice or array of numbers is refused by a sysctl that has another number
// of them, of which the kernel would store a part.
//
// # Errors
//
// All are *kernlink.Error whose Channel is that of the file's policy.
// errors.Is finds [kernlink.ErrGone] when the object went away under the
// handle, [kernlink.ErrNoValue], [kernlink.ErrReadOnly],
// [kernlink.ErrRestricted], [kernlink.ErrBusy], [ErrMalformed], the errno, and
// [io/fs.ErrNotExist] for a name that is not there while the object is.
//
// # Privileges
//
// The modes of the files, which errors show. The kernel refuses root, too, to
// write a file of sysfs that has no way to store.
//
// The rules of these files are in Documentation/filesystems/sysfs.rst,
// seq_file.rst and admin-guide/sysctl/index.rst in the kernel's sources.
package attr
