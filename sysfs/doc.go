// SPDX-License-Identifier: Apache-2.0

// Package sysfs reads and changes what the kernel shows of its objects below
// /sys: devices, the classes and buses that they belong to, drivers, and
// whatever else a module has made a kobject of.
//
//	fs, err := sysfs.Open(nil)
//	defer fs.Close()
//	lo, err := fs.Device("net", "lo")
//	defer lo.Close()
//	mtu, err := attr.Get[int](lo.Attr("mtu"))
//	for dev, err := range fs.Bus("pci").Devices() {
//		driver, err := dev.Driver() // or DriverName
//	}
//	for disk, err := range fs.Devices(&sysfs.Filter{Subsystems: []string{"block"}, DevType: "disk"}) {
//		stick, err := disk.FindParent("usb", "usb_device")
//	}
//
// # Choosing
//
// One attribute once needs no more than its path, and nothing to close:
//
//	mtu, err := attr.Get[int](attr.At("/sys/class/net/lo/mtu", attr.Sysfs))
//
// [FS.Object] is for any folder by its path. [FS.Device] finds a device by
// its subsystem and name, and [FS.WaitDevice] waits until it is there;
// [Bus.Device] and [Class.Device] do for who has the one or the other already.
// [FS.DeviceAt] takes a path in any form, and [FS.DeviceByNumber],
// [FS.DeviceByNode] and [FS.DeviceByIndex] what else one may know of a device.
// [Bus.Devices] and [Class.Devices] list; [FS.Devices] lists all that there
// are, or those that a [Filter] holds for.
//
// From a device on, [Device.Parent], [Device.FindParent] and [Device.Devices]
// go up and down, and [Device.Driver] across. Attributes are read, watched and
// written with package attr, many of them as a struct with [attr.Load];
// [Object.Binary] is for those that are bytes at offsets, and its Map for those
// that are memory, as is [Device.MapResource] of PCI; [Device.Property] is for
// what the kernel says in the device's events, which [Object.Trigger] has it
// say again. [Driver.Bind], [Driver.AddID] and [Device.SetDriverOverride]
// decide who drives what.
// [OpenAt] on an ordinary folder serves the tests of one's own code.
//
// A device is known by its subsystem and name. Its path in /sys/devices
// changes from one kernel version to the next, and so do the folders between
// a device and its parent, which [Device.Parent] passes over. The words are
// those of udev, whose data base (tags, what rules have found out) is not here;
// its sysname is [Object.Name], but that it has "/" for "!".
//
// A module's parameters, in /sys/module, have rules of their own.
//
// # Handles
//
// An [Object] is the kernel's object and not its name, and owns one
// descriptor. What a loop yields is the loop's until the next turn, and is
// closed by it. What a device leads to ([Device.Driver], [Device.Parent]) is
// the device's, and is closed with it. Of either, Open makes one to keep. A
// module can be unloaded while its objects are open here; using them is
// [kernlink.ErrGone] from then on.
//
// An object that gets another name, as a network interface can, stays the same:
// its handle works on. [Object.Name] and [Object.Path] are still those that it
// was found by; Property("INTERFACE") has the present name, and
// [FS.DeviceByIndex] opens it anew.
//
// A name ("lo") is one part of a path. The empty one, ".", "..", and one with
// a slash or a zero byte are refused before the kernel sees them. A path
// ("kernel/mm") is of the form of [io/fs.ValidPath]. No link leads out of the
// root.
//
// # Errors
//
// All are *kernlink.Error with Channel "sysfs". errors.Is finds
// [kernlink.ErrGone] when the object went away under its handle,
// [io/fs.ErrNotExist] for a name that is not there (the Hint of a device that
// is missing says where it was looked for), [kernlink.ErrBusy] when a
// device has a driver already, [kernlink.ErrReadOnly],
// [kernlink.ErrRestricted], [io/fs.ErrInvalid] for a name that is none,
// [io/fs.ErrClosed] after Close, [kernlink.ErrNotSupported] when no sysfs is
// mounted. Objects that come and go while a loop runs are not its errors, and
// an attribute that cannot be read is never the error of a scan that looks at
// it. The
// kernel takes a device apart piece by piece: for a moment an attribute or a
// link of it can be [io/fs.ErrNotExist] before the device itself is gone.
//
// # Privileges
//
// Looking is everybody's, but for some attributes. Writing is as the modes of
// the files say, which as a rule is root; a container's /sys is mostly mounted
// read only. Lockdown forbids the memory of PCI devices and writing to their
// configuration. Of network interfaces a sysfs has those of one namespace.
//
// # Kernel versions
//
// Linux 4.0 and newer with CONFIG_SYSFS. [Object.Trigger] needs 4.13, and
// mapping "kernel/btf/vmlinux" 6.15. The tests run on 6.1, 6.12 and 7.3.
//
// The rules are in Documentation/admin-guide/sysfs-rules.rst and
// Documentation/filesystems/sysfs.rst in the kernel's sources.
package sysfs
