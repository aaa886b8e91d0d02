// SPDX-License-Identifier: Apache-2.0

// Package configfs makes, configures, links and removes the objects of the
// kernel that are made by user space, below /sys/kernel/config: null_blk disks,
// USB gadgets, NVMe and SCSI targets, and the items of a module of one's own.
//
//	cfg, err := configfs.Open(nil)
//	defer cfg.Close()
//	group, err := cfg.Subsystem("nullb")
//	defer group.Close()
//	item, err := group.Create("disk0") // mkdir: the kernel makes it
//	defer item.Remove()
//	err = attr.Set(item.Attr("size"), 64)
//
// # Choosing
//
// [FS.Subsystem] and [FS.Node] open what is there, [Node.Create] makes what is
// not. Attributes are read and written with package attr; [Node.Binary] is for
// those that are bytes. [Node.Link] says that one item uses another.
//
// Where more than a few steps are needed, describe what is to be: [FS.Plan]
// compares an [Item] with the live tree and says what would be done,
// [Plan.Apply] does it, or nothing of it, and [FS.Export] reads a live tree
// into an Item:
//
//	plan, err := cfg.Plan(configfs.Item{
//		Path:     "nullb/disk0",
//		Set:      []configfs.Attr{{"size", 64}, {"memory_backed", true}},
//		Activate: []configfs.Attr{{"power", true}},
//	})
//	fmt.Println(plan)
//	err = plan.Apply(ctx)
//
// [OpenAt] on an ordinary folder serves the tests of one's own code.
//
// What an item makes elsewhere comes when the driver makes it, a disk in /sys
// and in /dev after power is on: sysfs.FS.WaitDevice waits for it.
//
// # Handles
//
// A [Node] is the kernel's item and not its name, and owns one descriptor.
// There are four ways to be done with one: [Node.Close] leaves the item,
// [Node.Remove] removes it, [Node.RemoveAll] removes it with what is in it and
// what links to it, and [Node.Detach] turns the Remove of a defer into a Close.
// A handle keeps neither the item nor its module, but the mount; an attribute
// that is open would keep the module, and none stays open here, not even by an
// [attr.Value].
//
// A name ("disk0") is one part of a path. The empty one, ".", "..", and one
// with a slash or a zero byte are refused before the kernel sees them. A path
// ("nullb/disk0") is of the form of [io/fs.ValidPath], below the root.
//
// # Errors
//
// All are *kernlink.Error with Channel "configfs". errors.Is finds
// [kernlink.ErrNotSupported] when configfs is not mounted and where nothing can
// be made, linked or removed; [io/fs.ErrNotExist] for what is not there;
// [kernlink.ErrGone] when an item was removed under its handle;
// [kernlink.ErrBusy] for an item that is held, with a [*BusyError] that says by
// whom, and for an attribute that is not to be changed now;
// [kernlink.ErrRestricted], [kernlink.ErrReadOnly], [io/fs.ErrInvalid] for what
// is no name, [io/fs.ErrClosed] after Close.
//
// The kernel takes an item apart piece by piece: for a moment what is read or
// written of it can be [io/fs.ErrNotExist] before it is ErrGone, which matches
// both.
//
// Drivers do not agree how to refuse a change of an item that is active: with
// EBUSY (null_blk), EACCES (nvmet), EINVAL (netconsole). The first two are
// ErrBusy here; the third may as well be a wrong value, and the Hint says so.
//
// # Privileges
//
// Looking is everybody's; making and writing is root's, as the modes say.
// Mounting needs CAP_SYS_ADMIN.
//
// # Kernel versions
//
// Linux 4.4 and newer with CONFIG_CONFIGFS_FS, which many kernels have as a
// module: modprobe configfs, or any module that uses it.
//
// A kernel that makes a link to an item while another thread removes that item
// may use its memory after it was freed (seen on 6.1 and 6.12, "refcount_t:
// addition on 0", and not on 7.3). One [FS] does not let the two meet; several
// of them, and several processes, have to see to it themselves.
//
// The rules are in Documentation/filesystems/configfs.rst in the kernel's
// sources, and those of a subsystem with its driver.
package configfs
