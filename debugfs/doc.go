// SPDX-License-Identifier: Apache-2.0

// Package debugfs reads and writes what modules and subsystems show for
// debugging in /sys/kernel/debug.
//
//	fs, err := debugfs.Open(nil)
//	defer fs.Close()
//	n, err := attr.Get[uint32](fs.File("debugfs_ex/u32"))
//	err = attr.Set(fs.File("debugfs_ex/u32"), n+1)
//	for reg, err := range debugfs.Registers(fs.File("debugfs_ex/regs")) {
//		fmt.Println(reg.Name, reg.Value)
//	}
//
// # Choosing
//
// One file once needs no more than its path, and nothing to close:
//
//	n, err := attr.Get[uint32](attr.At("/sys/kernel/debug/debugfs_ex/u32", attr.Debugfs))
//
// [FS.File] is for files by their path, [FS.Dir] for the folder of one module,
// which is not taken for another that comes by the same name. [FS.List] and
// [FS.Walk] say what is there. [OpenAt] on an ordinary folder serves the tests
// of one's own code.
//
// The kernel's debug messages are switched by package debugfs/dyndbg. Tracing
// has a file system of its own, which is mounted at /sys/kernel/tracing, too.
//
// # Values
//
// Which type a file has is not written anywhere but in the driver:
//
//	debugfs_create_    in Go, with package attr
//	u8 u16 u32 u64     attr.Of[uint8] to attr.Of[uint64]
//	x8 x16 x32 x64     the same; attr.With(f, attr.Hex[uint32]()) writes 0x, too
//	size_t, ulong      attr.Of[uint64]
//	atomic_t           attr.Of[int32]
//	bool               attr.Of[bool]
//	str                attr.Of[string]
//	blob               attr.Of[[]byte]
//	u32_array          attr.Of[[]uint32]
//	regset32           [Registers]
//	file               as the driver likes: [attr.File.Read], or package attr
//
// The kernel cuts off what a u8, u16 or u32 has no room for, without a word: a
// Go type of the same width does not let it come so far. It ignores a word
// that is no bool, and of a number it reads the first 23 bytes. A blob takes
// what it has room for, and the rest is an [io.ErrShortWrite].
//
// # Handles
//
// A file is opened for each read and each write, also below an
// [attr.Value] that is kept: many files of debugfs have no position to go back
// to, and an open file whose operations are the module's own keeps the module
// from being unloaded.
//
// # Errors
//
// All are *kernlink.Error with Channel "debugfs". errors.Is finds
// [kernlink.ErrGone] for what was there and was removed, or whose module is
// being unloaded, [io/fs.ErrNotExist] for a name that is not there,
// [kernlink.ErrReadOnly] for what cannot be written and
// [kernlink.ErrNotSupported] for what cannot be read, also by root,
// [kernlink.ErrRestricted] with the reason in the Hint (lockdown, or the
// modes), EINVAL and ERANGE for a value that the kernel does not take,
// [io/fs.ErrInvalid] for what is no path, [io/fs.ErrClosed] after Close, and
// [kernlink.ErrNotSupported] from [Open] where no debugfs is mounted.
//
// # Privileges
//
// Root's, since the folder /sys/kernel/debug has mode 0700; the files' own
// modes say little. Under lockdown, integrity or confidentiality, only files of
// mode 0444 can be opened, for reading; the folders can be listed. With
// debugfs=off or debugfs=no-mount on the kernel's command line there is none.
//
// # Kernel versions
//
// Linux 5.8 and newer with CONFIG_DEBUG_FS. A blob can be written in 6.12 and
// not in 6.1, a str since 6.7.
//
// The rules are in Documentation/filesystems/debugfs.rst in the kernel's
// sources.
package debugfs
